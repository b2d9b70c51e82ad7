"""The quickstart as a marimo notebook: marimo edit notebooks/quickstart_marimo.py."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    mo.md("""
    # From nothing to a report, in marimo

    No account is needed: the next cell starts a server on this machine with the data of one **fictional** agency.
    """)
    return (mo,)


@app.cell
def _():
    import pmframes as pm

    # For your own accounts, replace this line with one pm.connect(…) per service.
    pm.demo()
    return (pm,)


@app.cell
def _(mo):
    mo.md("""
    ## Who is on our Teamwork.com site?

    `everyone=True` includes service accounts, placeholder users and deleted people.
    """)
    return


@app.cell
def _(pm):
    people = pm.teamwork.people(everyone=True)
    people
    return (people,)


@app.cell
def _(people, pm):
    pm.report.people_by_type(people)
    return


@app.cell
def _(people, pm):
    pm.plot.people_by_type(people)
    return


@app.cell
def _(people, pm):
    explorer = pm.explore(people)
    explorer
    return


@app.cell
def _(people, pm):
    roles = pm.projectmanager.roles()
    report = pm.report.access_review(people, roles=roles)
    report.to_html("quickstart.html", overwrite=True)
    report
    return


if __name__ == "__main__":
    app.run()
