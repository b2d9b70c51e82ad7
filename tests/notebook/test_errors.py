"""An error of pmframes in a notebook: the place and the message; the rest is there for who asks."""

import re
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.kernels import environment

CELL = "first = 1\npm.teamwork.people('zero')\nlast = 1"
MESSAGE = "InvalidArgument: projects is 'zero'. Pass a whole number"
RAISED = "raise _messages.wrong_kind("


@pytest.fixture
def failed(demo):
    """Give a kernel in which a cell has just failed."""
    demo.run("%xmode Context")
    demo.run(CELL)
    return demo


def test_the_place_and_the_message_are_told(demo):
    ran = demo.run(CELL)
    assert (ran.status, ran.reply["ename"]) == ("error", "InvalidArgument")
    place, message = ran.error["traceback"]
    assert re.fullmatch(r"Cell In\[\d+\], line 2", place)
    assert message == f"InvalidArgument: {ran.error['evalue']}"
    assert message.startswith(MESSAGE)


def test_the_place_is_the_last_within_the_notebook(demo):
    defined = demo.run("def load():\n    first = 1\n    return pm.report.people_by_type(5)")
    ran = demo.run("load()")
    assert ran.told.startswith(f"Cell In[{defined.reply['execution_count']}], line 3\n")
    demo.run("open('helper.py', 'w').write('import pmframes as pm\\ndef load(): pm.report.people_by_type(5)')")
    ran = demo.run("from helper import load\n\nload()")
    assert ran.told.startswith(f"Cell In[{ran.reply['execution_count']}], line 3\n")


@pytest.mark.parametrize("ran_by", [["-c", "%run script.py"], ["script.py"]])
def test_the_place_in_a_script_is_told(ran_by, tmp_path):
    (tmp_path / "script.py").write_text(
        "import pmframes as pm\ndef load():\n    exec('pm.report.people_by_type(5)')\nload()\n"
    )
    env = environment(tmp_path / "cache") | {"IPYTHONDIR": str(tmp_path)}
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", *ran_by]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False, cwd=tmp_path)
    place, message = (done.stdout + done.stderr).strip().splitlines()
    assert re.fullmatch(r"File .*script\.py, line 3", place)
    assert message.startswith("InvalidArgument: people must be a pandas DataFrame")


@pytest.mark.parametrize("line", ["%tb", "%tb Verbose", "%xmode Plain\n%tb"])
def test_the_whole_traceback_is_given_where_it_is_asked_for(failed, line):
    for _ in range(2):
        told = failed.run(line).told
        assert RAISED in told
        assert "pm.teamwork.people('zero')" in told
        assert MESSAGE in told


@pytest.mark.parametrize("source", ["%pm people zero", "pm.connect('spirii', token='two words')"])
def test_that_of_a_line_too(demo, source):
    assert len(demo.run(source).error["traceback"]) == 2
    assert "pmframes/" in demo.run("%tb").told


def test_what_led_to_it_is_told_where_it_is_asked_for(demo):
    ran = demo.run("open('x.csv', 'w').close()\npm.report.changes('x.csv', 'x.csv')")
    assert "ArrowInvalid" not in ran.told
    assert "cannot be read as a parquet file" in ran.told
    assert "ArrowInvalid" in demo.run("%tb").told


def test_an_error_that_is_raised_again_in_another_cell_is_one_still(demo):
    demo.run("try:\n    pm.teamwork.people('zero')\nexcept ValueError as error:\n    kept = error")
    assert MESSAGE in demo.run("raise kept").told


@pytest.mark.parametrize("command", [["-c"], ["-m", "IPython", "--no-banner", "--colors=NoColor", "-c"]])
def test_python_itself_shows_what_it_always_does(command, tmp_path):
    env = environment(tmp_path / "cache") | {"IPYTHONDIR": str(tmp_path)}
    code = "import pmframes as pm; pm.report.people_by_type(5)"
    done = subprocess.run(
        [sys.executable, *command, code], capture_output=True, text=True, env=env, check=False, cwd=tmp_path
    )
    said = done.stdout + done.stderr
    assert ("check_frame(" in said) == ("Traceback" in said) == (command == ["-c"])
    assert "InvalidArgument: people must be a pandas DataFrame, not int" in said


@pytest.mark.parametrize("wrong", ["'a b ' + secret", "secret, url='http://example.com'"])
def test_a_saved_notebook_holds_no_credential(wrong, tmp_path, monkeypatch):
    """No output repeats one that is written in a cell, unless %tb asks for the cell's own line."""
    monkeypatch.setenv("PYTHONPATH", environment(tmp_path)["PYTHONPATH"])
    monkeypatch.setenv("OF_ANOTHER_NAME", "cnry-7x")
    cells = [
        "import os, pmframes as pm\nsecret = os.environ['OF_ANOTHER_NAME']",
        f"pm.connect('spirii', token={wrong})",
        "%tb",
        "pm.connect('spirii', token='w r i t t e n')",
        "pm.connect('teamwork', url='acme', token='w-r-i-t-t-e-n'); pm.teamwork.people('zero')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "cnry-7x" not in nbformat.writes(notebook)
    outputs = [str(cell.outputs) for cell in notebook.cells[1:]]
    assert all("InvalidArgument" in told for told in outputs)
    assert not any("w r i t t e n" in told or "w-r-i-t-t-e-n" in told for told in outputs)
