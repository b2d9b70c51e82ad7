"""``%pm`` and ``frame.pm`` in a kernel: what they return, what is shown, what is completed."""

import pytest

COMMANDS = [
    "people", "permissions 480101", "projects", "projectmanager.projects --refresh", "companies", "roles", "resources",
    "clients", "customers", "cache", "check",
]  # fmt: skip


def test_a_magic_returns_the_frame_of_its_loader(demo_kernel):
    ran = demo_kernel.run(
        "people = %pm people 480101 --type collaborator\n"
        "print(type(people).__module__, len(people) > 0, set(people['type']))\n"
        "print(people.equals(pm.teamwork.people(480101, user_type='collaborator')))"
    )
    assert ran.status == "ok"
    assert ran.printed == "pandas True {'collaborator'}\nTrue\n"


def test_every_command_of_the_help_returns_a_frame(demo_kernel):
    lines = [f"found = %pm {command}\nprint(type(found).__name__, len(found) > 0)" for command in COMMANDS]
    ran = demo_kernel.run("\n".join(lines))
    assert ran.status == "ok"
    assert ran.printed.splitlines() == ["DataFrame True"] * len(COMMANDS)


def test_a_frame_on_the_last_line_is_shown(demo_kernel):
    (html,) = demo_kernel.run("%pm outlign.companies").shown("text/html")
    assert "<table" in html


@pytest.mark.parametrize(("line", "texts"), [
    ("%pm", ["%pm people", "%pm projectmanager.customers", "%pm check"]),
    ("%pm help", ["%pm people", "%pm projectmanager.customers", "%pm check"]),
    ("%pm people --help", ["--user-type VALUE"]),
])  # fmt: skip
def test_help_is_shown_as_html_and_text_without_a_connection(kernel, line, texts):
    ran = kernel.run(line)
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    for shown in texts:
        assert shown in html
        assert shown in text
    assert "<table" in html
    assert "<table" not in text


@pytest.mark.parametrize(("line", "name", "message"), [
    ("poeple", "InvalidArgument", "Did you mean 'people'? Use one of: customers, companies"),
    ("people 99999999", "NotFound", "does not know"), ("people 'x", "InvalidArgument", "Unbalanced quote"),
])  # fmt: skip
def test_an_error_of_a_magic_stops_the_cell(demo_kernel, line, name, message):
    ran = demo_kernel.run(f"%pm {line}\nprint('went on')")
    assert (ran.status, ran.reply["ename"]) == ("error", name)
    assert ran.error["traceback"][1:] == [f"{name}: {ran.error['evalue']}"]
    assert message in ran.error["evalue"]
    assert ran.printed == ""


def test_nothing_in_a_line_is_run_by_a_shell(demo_kernel):
    assert demo_kernel.run("%pm people $(touch ran.txt) ; touch ran.txt").status == "error"
    assert demo_kernel.run("import os; os.path.exists('ran.txt')").shown("text/plain") == ["False"]


def test_a_credential_in_a_line_is_not_repeated(demo_kernel):
    ran = demo_kernel.run("%pm people --token=s3cret")
    assert ran.status == "error"
    assert "s3cret" not in str([output for output in ran.outputs if "code" not in output])


def test_the_accessor_is_completed(demo_kernel):
    demo_kernel.run("people = pm.teamwork.people(480101)\nimport pandas as pd\nother = pd.DataFrame({'id': [1]})")
    for name in ("people", "other"):
        offered = {match.rpartition(".")[2] for match in demo_kernel.complete(f"{name}.pm.")}
        assert {"source", "summary", "plot", "explore", "report"} <= offered
        assert not [match for match in offered if match.startswith("_")]
    assert "pm" in {match.rpartition(".")[2] for match in demo_kernel.complete("people.p")}
    assert "%pm" in demo_kernel.complete("%p")


def test_the_source_of_a_frame_is_a_table_or_a_line(demo_kernel):
    ran = demo_kernel.run("pm.teamwork.people(480101).pm.source")
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    assert "<table" in html
    assert "projects=[480101]" in html
    assert "Teamwork.com people (account sandbox): " in text
    assert "Fictional" in text
