"""A loader without a connection, in a notebook: a panel with two ways on, one line, and still an error."""

import json
import os
import subprocess
import sys
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import pmframes as pm
from tests.support.kernels import environment

LOADERS = {
    "pm.teamwork.people()": ("teamwork", ["PMFRAMES_TEAMWORK_URL", "PMFRAMES_TEAMWORK_TOKEN"]),
    "pm.projectmanager.roles()": ("projectmanager", ["PMFRAMES_PROJECTMANAGER_TOKEN"]),
    "pm.outlign.clients()": ("outlign", ["PMFRAMES_OUTLIGN_TOKEN"]),
    "pm.spirii.customers()": ("spirii", ["PMFRAMES_SPIRII_TOKEN"]),
    "get_ipython().run_line_magic('pm', 'roles')": ("projectmanager", ["PMFRAMES_PROJECTMANAGER_TOKEN"]),
    "pm.connect('spirii')": ("spirii", ["PMFRAMES_SPIRII_TOKEN"]),
}


@pytest.mark.parametrize("source", LOADERS)
def test_a_panel_shows_the_two_ways_on(kernel, source):
    name, variables = LOADERS[source]
    ran = kernel.run(source)
    assert (ran.status, ran.reply["ename"]) == ("error", "NotConnected")
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    for page in (unescape(html), text):
        assert "pm.demo()" in page
        assert f'pm.connect("{name}"' in page
        assert all(variable in page for variable in variables)
        assert ("url=" in page) == (name == "teamwork")
        assert f"Or set {'this' if len(variables) == 1 else 'these'} in the environment" in page
    assert ran.error["traceback"][1:] == [f"NotConnected: {ran.error['evalue']}"]
    assert ran.error["evalue"].startswith("There is no connection to ")


def test_a_line_of_the_magic_shows_the_same(kernel):
    pages = [kernel.run(line).shown("text/html") for line in ("%pm people 1", "pm.teamwork.people(1)")]
    assert pages[0] == pages[1] != []


def test_the_portfolio_names_every_service(kernel):
    html = unescape(kernel.run("%pm customers").shown("text/html")[0])
    for name in ("projectmanager", "outlign", "spirii"):
        assert f'pm.connect("{name}", token=' in html
        assert f"PMFRAMES_{name.upper()}_TOKEN" in html


def test_one_of_several_is_enough_and_nothing_in_the_panel_says_otherwise(kernel):
    """Followed as it is written: the import, and one of the lines."""
    ran = kernel.run("pm.customers()")
    for page in (unescape(ran.shown("text/html")[0]), ran.shown("text/plain")[0]):
        assert "The credential of one of them is enough. Run its line alone, below the import." in page
        assert "Or set one of these in the environment" in page
        assert "these in the environment" not in page.replace("one of these", "")
    lines = unescape(ran.shown("text/html")[0]).split("<code>")[2].partition("</code>")[0].splitlines()
    with pm.demo(people=20) as box:
        for name, line in zip(("projectmanager", "outlign", "spirii"), lines[1:], strict=True):
            typed = f"import getpass\ngetpass.getpass = lambda asked: {box.token(name)!r}\n"
            there = f"import os; os.environ['PMFRAMES_{name.upper()}_URL'] = {box.url(name)!r}\n"
            ran = kernel.run(f"{typed}{there}{lines[0]}\n{line}\nset(pm.customers()['service'])")
            kernel.run(f"pm.disconnect({name!r}); del os.environ['PMFRAMES_{name.upper()}_URL']")
            assert ran.shown("text/plain") == [f"{{{name!r}}}"]


def test_an_address_that_is_set_is_not_replaced_by_an_example(kernel):
    kernel.run("import os; os.environ['PMFRAMES_TEAMWORK_URL'] = 'mine'")
    ran = kernel.run("pm.teamwork.people()")
    kernel.run("del os.environ['PMFRAMES_TEAMWORK_URL']")
    for page in (*ran.shown("text/html"), *ran.shown("text/plain")):
        assert 'pm.connect("teamwork", token=getpass(' in unescape(page)


def test_a_variable_that_is_set_is_not_told(kernel):
    kernel.run("import os; os.environ['PMFRAMES_TEAMWORK_TOKEN'] = 's3cret'")
    ran = kernel.run("pm.teamwork.people()")
    kernel.run("del os.environ['PMFRAMES_TEAMWORK_TOKEN']")
    assert "PMFRAMES_TEAMWORK_TOKEN alone is not enough" in ran.shown("text/html")[0]
    assert "s3cret" not in str(ran)


def test_the_first_way_on_works(kernel):
    assert kernel.run("pm.teamwork.people()").status == "error"
    ran = kernel.run("box = pm.demo(people=20)\nlen(pm.teamwork.people()) > 0")
    kernel.run("box.stop()")
    assert ran.shown("text/plain") == ["True"]


def test_the_second_way_on_works_word_for_word(kernel):
    """The lines of the panel, with the address of a sandbox, and somebody who types the credential."""
    lines = unescape(kernel.run("pm.outlign.clients()").shown("text/html")[0])
    code = lines.split("<code>")[2].partition("</code>")[0]
    with pm.demo(people=20) as box:
        typed = f"import getpass\ngetpass.getpass = lambda asked: {box.token('outlign')!r}\n"
        there = f"import os; os.environ['PMFRAMES_OUTLIGN_URL'] = {box.url('outlign')!r}\n"
        ran = kernel.run(f"{typed}{there}{code}\nlen(pm.outlign.clients()) > 0")
        kernel.run("pm.disconnect('outlign'); del os.environ['PMFRAMES_OUTLIGN_URL']")
    assert ran.shown("text/plain") == ["True"]


def test_the_message_stays_what_it_is(kernel, capsys):
    with pytest.raises(pm.errors.NotConnected) as caught:
        pm.teamwork.people()
    said = (
        "There is no connection to Teamwork.com: no credential is known. It needs an API key (your profile: "
        'Edit my details, API & Mobile). Call pm.connect("teamwork", …) with it, or set '
        "PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN in the environment; to try pmframes without an "
        "account, call pm.demo()."
    )
    assert str(caught.value) == said == kernel.run("pm.teamwork.people()").error["evalue"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", [["-c"], ["-m", "IPython", "--no-banner", "--colors=NoColor", "-c"]])
def test_a_program_and_a_terminal_show_the_message_alone(command, tmp_path):
    env = environment(tmp_path / "cache") | {"IPYTHONDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command, "import pmframes as pm; pm.spirii.customers()"],
        capture_output=True,
        text=True,
        env=env,
        check=False,
        cwd=tmp_path,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0 or command != ["-c"]
    assert said.count("There is no connection to Spirii") == 1
    assert "getpass" not in said


def _run_notebook(cells: list[str], folder, **options):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}, **options)
    client.create_kernel_manager()
    return notebook, client


@pytest.mark.parametrize(
    "line",
    [
        "pm.teamwork.people()",
        pytest.param("%pm people", marks=pytest.mark.slow),
        pytest.param("%pm poeple", marks=pytest.mark.slow),
    ],
)
def test_running_all_cells_stops_there_and_the_saved_notebook_shows_why(line, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", environment(tmp_path)["PYTHONPATH"])
    cells = ["import pmframes as pm\n%load_ext pmframes", line, "print('never')"]
    notebook, client = _run_notebook(cells, tmp_path)
    with pytest.raises(CellExecutionError):
        client.execute()
    nbformat.validate(notebook)
    assert notebook.cells[2].outputs == []
    kinds = [one.output_type for one in notebook.cells[1].outputs]
    assert kinds == (["error"] if "poeple" in line else ["display_data", "error"])
    nbformat.write(notebook, tmp_path / "saved.ipynb")
    assert ("pm.demo()" in (tmp_path / "saved.ipynb").read_text()) == ("poeple" not in line)


@pytest.mark.slow
def test_a_page_made_of_the_saved_notebook_shows_it_too(kernel, tmp_path):
    ran = kernel.run("pm.spirii.customers()")
    outputs = [
        nbformat.v4.new_output("display_data", data={"text/html": ran.shown("text/html")[0]}),
        nbformat.v4.new_output(
            "error", ename="NotConnected", evalue=ran.error["evalue"], traceback=ran.error["traceback"]
        ),
    ]
    cell = nbformat.v4.new_code_cell("pm.spirii.customers()", outputs=outputs)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "saved.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "saved.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env={**os.environ})
    page = (tmp_path / "saved.html").read_text()
    assert "pm.demo()" in page
    assert json.dumps("pm.connect")[1:-1] in page
