"""The command line's frame: usage, warnings as one line, errors of the operating system, Ctrl-C."""

import errno
import warnings

import pytest

import pmframes as pm
from pmframes._cli import check, main


def run_with(monkeypatch: pytest.MonkeyPatch, act) -> int:
    """Run ``pmframes check`` with another body."""
    monkeypatch.setattr(check, "run", act)
    return main(["check"])


def test_version(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["--version"])
    assert (raised.value.code, capsys.readouterr().out) == (0, f"pmframes {pm.__version__}\n")


@pytest.mark.parametrize("words", [(), ("chekc",), ("check", "--all")], ids=repr)
def test_usage_errors_exit_with_2(words, capsys):
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_a_warning_is_one_line_without_code(monkeypatch, capsys):
    usual = warnings.formatwarning

    def act(args):
        print(warnings.formatwarning(UserWarning("Offline: old."), UserWarning, "source.py", 7), end="")
        return 0

    assert run_with(monkeypatch, act) == 0
    assert capsys.readouterr().out == "pmframes: Offline: old.\n"
    assert warnings.formatwarning is usual


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
