"""A loader without a connection, in a notebook: an error, and above it how to connect or to try without."""

from contextlib import contextmanager
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

import pmframes as pm
from tests.e2e.kernels import environment

CALLS = {
    "pm.teamwork.people()": ("teamwork", ["PMFRAMES_TEAMWORK_URL", "PMFRAMES_TEAMWORK_TOKEN"]),
    "pm.projectmanager.roles()": ("projectmanager", ["PMFRAMES_PROJECTMANAGER_TOKEN"]),
    "pm.outlign.clients()": ("outlign", ["PMFRAMES_OUTLIGN_TOKEN"]),
    "pm.spirii.customers()": ("spirii", ["PMFRAMES_SPIRII_TOKEN"]),
    "%pm roles": ("projectmanager", ["PMFRAMES_PROJECTMANAGER_TOKEN"]),
    "pm.connect('spirii')": ("spirii", ["PMFRAMES_SPIRII_TOKEN"]),
}


@contextmanager
def variable(kernel, name, value):
    """Set an environment variable in the kernel."""
    kernel.run(f"import os; os.environ[{name!r}] = {value!r}")
    yield
    kernel.run(f"del os.environ[{name!r}]")


def connect_lines(ran):
    """Return the lines of the hint that connect, the import first."""
    return unescape(ran.shown("text/html")[0]).split("<code>")[2].partition("</code>")[0].splitlines()


def connect_as_shown(kernel, box, service, lines, expression):
    """Run lines of the hint, with somebody who types the credential of a sandbox; return the expression's value."""
    typing = f"import getpass\ngetpass.getpass = lambda prompt: {box.token(service)!r}\n"
    with variable(kernel, f"PMFRAMES_{service.upper()}_URL", box.url(service)):
        ran = kernel.run("\n".join([typing, *lines, expression]))
        kernel.run(f"pm.disconnect({service!r})")
    return ran.shown("text/plain")


@pytest.mark.parametrize("call", CALLS)
def test_the_hint_shows_the_demo_and_how_to_connect(kernel, call):
    name, variables = CALLS[call]
    ran = kernel.run(call)
    assert (ran.status, ran.reply["ename"]) == ("error", "NotConnected")
    (html,), (text,) = ran.shown("text/html"), ran.shown("text/plain")
    for page in (unescape(html), text):
        assert "pm.demo()" in page
        assert f'pm.connect("{name}"' in page
        assert all(variable in page for variable in variables)
    assert ran.error["traceback"][1:] == [f"NotConnected: {ran.error['evalue']}"]
    assert ran.error["evalue"].startswith("There is no connection to ")


def test_the_hint_of_a_magic_is_that_of_its_loader(kernel):
    pages = [kernel.run(line).shown("text/html") for line in ("%pm people 1", "pm.teamwork.people(1)")]
    assert pages[0] == pages[1] != []


def test_of_the_services_of_the_portfolio_any_one_is_enough(kernel):
    """Each line of the hint works alone, below the import."""
    ran = kernel.run("%pm customers")
    for page in (unescape(ran.shown("text/html")[0]), ran.shown("text/plain")[0]):
        assert "The credential of one of them is enough." in page
        for name in ("projectmanager", "outlign", "spirii"):
            assert f"PMFRAMES_{name.upper()}_TOKEN" in page
    first, *lines = connect_lines(ran)
    with pm.demo(people=20) as box:
        for name, line in zip(("projectmanager", "outlign", "spirii"), lines, strict=True):
            value = connect_as_shown(kernel, box, name, [first, line], "set(pm.customers()['service'])")
            assert value == [f"{{{name!r}}}"]


def test_the_lines_of_one_service_connect_word_for_word(kernel):
    lines = connect_lines(kernel.run("pm.outlign.clients()"))
    with pm.demo(people=20) as box:
        assert connect_as_shown(kernel, box, "outlign", lines, "len(pm.outlign.clients()) > 0") == ["True"]


def test_the_demo_that_the_hint_names_works(kernel):
    assert kernel.run("pm.teamwork.people()").status == "error"
    ran = kernel.run("box = pm.demo(people=20)\nlen(pm.teamwork.people()) > 0")
    kernel.run("box.stop()")
    assert ran.shown("text/plain") == ["True"]


def test_an_address_in_the_environment_is_not_asked_for(kernel):
    with variable(kernel, "PMFRAMES_TEAMWORK_URL", "mine"):
        ran = kernel.run("pm.teamwork.people()")
    for page in (*ran.shown("text/html"), *ran.shown("text/plain")):
        assert 'pm.connect("teamwork", token=getpass(' in unescape(page)


def test_a_token_without_an_address_is_not_enough_and_not_shown(kernel):
    with variable(kernel, "PMFRAMES_TEAMWORK_TOKEN", "s3cret"):
        ran = kernel.run("pm.teamwork.people()")
    assert "PMFRAMES_TEAMWORK_TOKEN alone is not enough" in ran.shown("text/html")[0]
    assert "s3cret" not in str(ran)


def test_the_message_is_the_same_in_and_outside_of_a_notebook(kernel, capsys):
    with pytest.raises(pm.errors.NotConnected) as caught:
        pm.teamwork.people()
    message = (
        "There is no connection to Teamwork.com: no credential is known. It needs an API key (your profile: "
        'Edit my details, API & Mobile). Call pm.connect("teamwork", …) with it, or set '
        "PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN in the environment; to try pmframes without an "
        "account, call pm.demo()."
    )
    assert str(caught.value) == message == kernel.run("pm.teamwork.people()").error["evalue"]
    assert capsys.readouterr().out == ""


def test_running_all_cells_stops_there_and_the_saved_notebook_shows_why(tmp_path, monkeypatch):
    """So does the page that nbconvert makes of it."""
    monkeypatch.setenv("PYTHONPATH", environment(tmp_path)["PYTHONPATH"])
    cells = ["import pmframes as pm\n%load_ext pmframes", "%pm people", "print('never')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.validate(notebook)
    assert [output.output_type for output in notebook.cells[1].outputs] == ["display_data", "error"]
    assert notebook.cells[2].outputs == []
    page, _ = HTMLExporter().from_notebook_node(nbformat.reads(nbformat.writes(notebook), as_version=4))
    assert "Try it without an account." in page
    assert "NotConnected" in page
