"""An error of pmframes in a notebook: where it was raised, and the message; ``%tb`` shows the traceback."""

import re
import subprocess
import sys

import pytest

from tests.e2e.kernels import environment

CELL = "first = 1\npm.teamwork.people('zero')\nlast = 1"
MESSAGE = "InvalidArgument: projects is 'zero'. Pass ids such as 12345"
RAISED = "raise _messages.wrong_kind("
IPYTHON = ["-m", "IPython", "--no-banner", "--colors=NoColor"]


def test_an_error_shows_its_line_and_the_message(demo_kernel):
    ran = demo_kernel.run(CELL)
    assert (ran.status, ran.reply["ename"]) == ("error", "InvalidArgument")
    place, message = ran.error["traceback"]
    assert re.fullmatch(r"Cell In\[\d+\], line 2", place)
    assert message == f"InvalidArgument: {ran.error['evalue']}"
    assert message.startswith(MESSAGE)


def test_the_line_is_the_last_one_within_the_notebook(demo_kernel):
    defined = demo_kernel.run("def load():\n    first = 1\n    return pm.report.people_by_type(5)")
    ran = demo_kernel.run("load()")
    assert ran.told.startswith(f"Cell In[{defined.reply['execution_count']}], line 3\n")
    demo_kernel.run("open('helper.py', 'w').write('import pmframes as pm\\ndef load(): pm.report.people_by_type(5)')")
    ran = demo_kernel.run("from helper import load\n\nload()")
    assert ran.told.startswith(f"Cell In[{ran.reply['execution_count']}], line 3\n")


@pytest.mark.parametrize("line", ["%tb", "%tb Verbose", "%xmode Plain\n%tb"])
def test_tb_shows_the_whole_traceback_each_time(demo_kernel, line):
    demo_kernel.run("%xmode Context")
    demo_kernel.run(CELL)
    for _ in range(2):
        told = demo_kernel.run(line).told
        assert RAISED in told
        assert "pm.teamwork.people('zero')" in told
        assert MESSAGE in told
    demo_kernel.run("%xmode Context")


@pytest.mark.parametrize("source", ["%pm people zero", "pm.connect('spirii', token='two words')"])
def test_tb_shows_the_traceback_of_a_magic_and_of_a_refused_credential(demo_kernel, source):
    assert len(demo_kernel.run(source).error["traceback"]) == 2
    assert "pmframes/" in demo_kernel.run("%tb").told


def test_tb_shows_the_exception_that_led_to_the_error(demo_kernel):
    ran = demo_kernel.run("open('x.csv', 'w').close()\npm.report.changes('x.csv', 'x.csv')")
    assert "ArrowInvalid" not in ran.told
    assert "cannot be read as a parquet file" in ran.told
    assert "ArrowInvalid" in demo_kernel.run("%tb").told


def test_an_error_raised_again_in_another_cell_shows_its_message(demo_kernel):
    demo_kernel.run("try:\n    pm.teamwork.people('zero')\nexcept ValueError as error:\n    kept = error")
    assert MESSAGE in demo_kernel.run("raise kept").told


def test_an_error_of_something_else_keeps_its_traceback(demo_kernel):
    assert "Traceback" in "".join(demo_kernel.run("1 / 0").error["traceback"])


def _run_python(arguments, folder):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=environment(folder / "cache") | {"IPYTHONDIR": str(folder)},
        check=False,
        cwd=folder,
    )


@pytest.mark.parametrize("arguments", [["-c", "%run script.py"], ["script.py"]])
def test_the_line_in_a_script_that_ipython_runs(arguments, tmp_path):
    (tmp_path / "script.py").write_text(
        "import pmframes as pm\ndef load():\n    exec('pm.report.people_by_type(5)')\nload()\n"
    )
    done = _run_python([*IPYTHON, *arguments], tmp_path)
    place, message = (done.stdout + done.stderr).strip().splitlines()
    assert re.fullmatch(r"File .*script\.py, line 3", place)
    assert message.startswith("InvalidArgument: people must be a DataFrame")


@pytest.mark.parametrize("command", [[], IPYTHON], ids=["python", "ipython"])
def test_a_program_shows_the_traceback_and_a_terminal_the_message(command, tmp_path):
    """The hint on how to connect is for notebooks: neither shows it."""
    done = _run_python([*command, "-c", "import pmframes as pm; pm.spirii.customers()"], tmp_path)
    shown = done.stdout + done.stderr
    assert shown.count("NotConnected: There is no connection to Spirii") == 1
    assert ("Traceback" in shown) == ("pmframes/_registry.py" in shown) == (command == [])
    assert "getpass" not in shown
    assert done.returncode == 1 or command
