"""The command line's frame: usage, warnings as one line, errors of the operating system, Ctrl-C."""

import errno
import re
import subprocess
import sys
import warnings

import pytest

import pmframes as pm
from pmframes import _messages
from pmframes._cli import check, main


def run_with(monkeypatch: pytest.MonkeyPatch, act) -> int:
    """Run ``pmframes check`` with another body."""
    monkeypatch.setattr(check, "run", act)
    return main(["check"])


def test_version(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["--version"])
    assert (raised.value.code, capsys.readouterr().out) == (0, f"pmframes {pm.__version__}\n")


def test_a_usage_error_exits_with_2(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["check", "--all"])
    assert raised.value.code == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_an_unknown_command_suggests_the_nearest(capsys):
    assert main(["chekc"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "pmframes: There is no command 'chekc'. Did you mean 'check'? Use one of: demo, load, report"
    )


@pytest.mark.parametrize(("line", "offered"), [
    ("pmframes ", {"demo", "load", "report", "sandbox", "check", "cache", "--version"}),
    ("pmframes ch", {"check"}), ("pmframes load spirii.", {"spirii.customers"}),
    ("pmframes -v load outlign.clients --c", {"--company-id"}),
    ("pmframes load outlign.clients --title x --format ", {"csv", "json", "jsonl", "parquet", "table"}),
    ("pmframes report access-review --d", {"--dormant-days"}), ("pmframes check o", {"outlign"}),
])  # fmt: skip
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_its_line_goes_on(line, offered, shell, tmp_path):
    """By the protocol of argcomplete, whose scripts for these shells call the command so."""
    answer = tmp_path / "answer"
    variables = {
        "_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": shell, "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line)), "HOME": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "pmframes"], env=variables, capture_output=True, timeout=90)
    assert (done.returncode, done.stdout) == (0, b"")
    words = {re.split(r"[:\t]", word)[0].strip() for word in answer.read_text().splitlines()}
    assert offered <= words
    assert offered == words or line == "pmframes "


def test_without_a_command_there_is_help_with_examples(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    for text in ("usage: pmframes", "load rows, and print or write them", "examples:", "exit status:"):
        assert text in out


@pytest.mark.parametrize("action", ["error", "ignore", "default"])
def test_a_message_is_one_line_once_whatever_becomes_of_warnings(action, monkeypatch, capsys):
    def act(args):
        for message in ("Offline: old.", _messages.CacheWarning("Full.", "Call this."), "Offline: old."):
            _messages.warn_user(message)
        return 0

    with warnings.catch_warnings():
        warnings.simplefilter(action)
        assert run_with(monkeypatch, act) == 0
        offline, full = capsys.readouterr().err.splitlines()
        assert offline == "pmframes: Offline: old."
        assert full.startswith("pmframes: Full. Run pmframes cache clear")
    with pytest.warns(UserWarning, match="once more"):
        _messages.warn_user("once more")


def test_a_warning_of_a_library_is_one_line_and_ends_no_command(monkeypatch, capsys):
    usual = warnings.formatwarning, [*warnings.filters]

    def act(args):
        warnings.warn("It will change.", FutureWarning, stacklevel=1)
        print(warnings.formatwarning(UserWarning("Mind."), UserWarning, "source.py", 7), end="")
        return 0

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        assert run_with(monkeypatch, act) == 0
    assert capsys.readouterr().out == "pmframes: Mind.\n"
    assert [str(one.message) for one in caught] == ["It will change."]
    assert (warnings.formatwarning, [*warnings.filters]) == usual


def test_without_stderr_messages_are_not_printed_to_stdout(monkeypatch, capsys):
    def act(args):
        _messages.warn_user("Offline: old.")
        raise pm.errors.PmframesError("It failed.")

    monkeypatch.setattr("sys.stderr", None)
    assert run_with(monkeypatch, act) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("error", "code", "message"), [
    (pm.errors.PmframesError("It failed.", "Do this."), 1, "pmframes: It failed. Do this.\n"),
    (KeyboardInterrupt(), 130, "pmframes: interrupted.\n"),
    (OSError(errno.ENOSPC, "No space", "a.html"), 1, "The disk is full: a.html. Free some space"),
    (OSError(errno.ENOENT, "No such file or directory", "/proc/x"), 1, "No such file or directory: /proc/x"),
], ids=repr)  # fmt: skip
def test_an_error_is_one_line_and_an_exit_code(error, code, message, monkeypatch, capsys):
    def act(args):
        raise error

    assert run_with(monkeypatch, act) == code
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith("pmframes: ")
    assert message.strip() in line
