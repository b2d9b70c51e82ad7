"""``%pm`` and ``frame.pm`` in a real kernel: what is shown, what is an error, what is completed."""

import pytest

ONCE = "people = %pm people 480101 --type collaborator\n"


def test_a_line_gives_a_frame_that_can_be_kept(demo):
    ran = demo.run(f"{ONCE}print(type(people).__module__, len(people) > 0, set(people['type']))")
    assert ran.status == "ok"
    assert ran.printed == "pandas True {'collaborator'}\n"
    ran = demo.run("len(people) == len(pm.teamwork.people(480101, user_type='collaborator'))")
    assert ran.shown("text/plain") == ["True"]


def test_a_frame_is_shown_where_it_is_the_last_line(demo):
    (html,) = demo.run("%pm outlign.companies").shown("text/html")
    assert "<table" in html


@pytest.mark.parametrize(
    "line",
    [
        "people",
        "permissions 480101",
        "projects",
        "projectmanager.projects --refresh",
        "companies",
        "roles",
        "resources",
        "clients",
        "customers",
        "cache",
        "check",
    ],
)
def test_every_line_that_the_help_promises_gives_a_frame(demo, line):
    ran = demo.run(f"found = %pm {line}\nprint(type(found).__name__, len(found) > 0)")
    assert (ran.status, ran.printed) == ("ok", "DataFrame True\n")


@pytest.mark.parametrize("line", ["%pm people --help", "%pm help people"])
def test_one_of_them_has_a_page_too_and_nothing_is_loaded(kernel, line):
    ran = kernel.run(line)
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    assert ">--user-type VALUE</code>" in html
    assert "--user-type VALUE\n" in text


@pytest.mark.parametrize("line", ["", " help"])
def test_the_help_is_a_page_in_a_notebook_and_text_elsewhere(demo, line):
    ran = demo.run(f"%pm{line}")
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    for said in ("%pm people", "%pm projectmanager.customers", "%pm check"):
        assert said in html
        assert said in text
    assert "<table" in html
    assert "<table" not in text


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        ("poeple", "InvalidArgument", "Did you mean 'people'? Use one of: customers, companies"),
        ("people zero", "InvalidArgument", "projects is 'zero'"),
        ("people 99999999", "NotFound", "does not know"),
        ("people 'x", "InvalidArgument", "Unbalanced quote"),
    ],
)
def test_an_error_is_one_message_and_stays_an_error(demo, line, name, said):
    ran = demo.run(f"%pm {line}\nprint('went on')")
    assert (ran.status, ran.reply["ename"]) == ("error", name)
    assert ran.error["traceback"][1:] == [f"{name}: {ran.error['evalue']}"]
    assert said in ran.error["evalue"]
    assert ran.printed == ""


def test_another_error_keeps_its_traceback(demo):
    assert "Traceback" in "".join(demo.run("1 / 0").error["traceback"])


def test_nothing_in_a_line_is_run(demo):
    demo.run("secret = 'from a variable'")
    for line in ("people --search-term {secret}", "people --search-term $secret", "{secret.upper()}"):
        ran = demo.run(f"%pm {line}")
        assert "from a variable" not in str(ran.outputs[2:]).lower()
    ran = demo.run("%pm people $(touch ran.txt) ; touch ran.txt\nimport os")
    assert ran.status == "error"
    assert demo.run("import os; os.path.exists('ran.txt')").shown("text/plain") == ["False"]


def test_a_credential_that_is_written_all_the_same_is_not_told(demo):
    for line in ("connect teamwork --token=s3cret", "people --token s3cret", "people --token=s3cret"):
        ran = demo.run(f"%pm {line}")
        assert ran.status == "error"
        assert "s3cret" not in str([one for one in ran.outputs if "code" not in one])


def test_the_tabulator_completes_what_a_frame_has(demo):
    demo.run("people = pm.teamwork.people(480101)\nimport pandas as pd\nother = pd.DataFrame({'id': [1]})")
    for name in ("people", "other"):
        offered = {one.rpartition(".")[2] for one in demo.complete(f"{name}.pm.")}
        assert {"source", "summary", "plot", "explore", "report"} <= offered
        assert not [one for one in offered if one.startswith("_")]
    assert "pm" in {one.rpartition(".")[2] for one in demo.complete("people.p")}
    assert "%pm" in demo.complete("%p")


def test_the_source_is_a_table_and_a_line(demo):
    ran = demo.run("pm.teamwork.people(480101).pm.source")
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    assert "<table" in html
    assert "projects=[480101]" in html
    assert text.startswith("Teamwork.com people: ")
    assert "Fictional" in text
