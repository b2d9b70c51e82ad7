"""The command line, ``pmframes`` or ``python -m pmframes``: demo, load, report, history, sandbox, check, cache."""

import argparse
import io
import os
import sys
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from pmframes._cli._arguments import (
    ERROR,
    NEW_FINDINGS,
    OK,
    USAGE_ERROR,
    add_command,
    add_verbosity,
    describe_exit_status,
)
from pmframes._cli._remedies import shell_message, shell_warning
from pmframes._cli._verbosity import verbosity
from pmframes._messages import describe_os_error, messages_to
from pmframes._text import join, safe_repr, suggest
from pmframes._version import __version__
from pmframes.errors import PmframesError

# A command, with a module of its name, and what it does
_COMMANDS = {
    "demo": "run the demo: load fictional data, print summaries, write pmframes-demo.html",
    "load": "load rows, and print or write them",
    "report": "load and write a standard report, as HTML or Excel",
    "history": "list what was kept of frames over time, show it as it was, check that nobody changed it, prune it",
    "sandbox": "serve fictional data of all four services on this machine, until interrupted or while a command runs",
    "check": "check each service: is the credential valid, whose is it, how old is the cache",
    "cache": "list what is cached on this machine, or clear it",
}
_EXAMPLES = """\
examples:
  pmframes demo
  pmframes load outlign.clients -o clients.csv
  pmframes report access-review --project 480101 -o review.html
the same on fictional data, without an account:
  pmframes sandbox -- pmframes load outlign.clients
  pmframes sandbox -- pmframes report access-review --project 480101 -o review.html

completion of commands and options, in a shell in which the environment is activated:
  bash, zsh  eval "$(register-python-argcomplete pmframes)"
  fish       register-python-argcomplete --shell fish pmframes | source

"""
_EXIT_STATUS = {
    OK: "ok",
    ERROR: "error: the message says cause and remedy",
    USAGE_ERROR: "usage error",
    NEW_FINDINGS: "new findings or changes at or above --fail-on of report",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one message, without a traceback."""
    words = sys.argv[1:] if argv is None else list(argv)
    if "_ARGCOMPLETE" in os.environ:
        _complete()
    parser = _build_parser(words)
    if not words:
        parser.print_help()
        return OK
    if not words[0].startswith("-") and words[0] not in _COMMANDS:
        hint = f"{suggest(words[0], _COMMANDS)} Use one of: {join(_COMMANDS)}.".lstrip()
        _print_error(f"There is no command {safe_repr(words[0])}. {hint}")
        return USAGE_ERROR
    args = parser.parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        with _warnings_shown(), messages_to(_Shown()), verbosity(args):
            status: int = args.run(args)
    except PmframesError as error:
        _print_error(shell_message(error))
        return ERROR
    except KeyboardInterrupt:
        _print_error("interrupted.")
        return 130
    except BrokenPipeError:
        # The reader of the output is gone; without this Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except OSError as error:
        _print_error(describe_os_error(error))
        return ERROR
    return status


def _complete() -> None:
    """Answer a shell that asks how its line goes on, and end the process."""
    from argcomplete import autocomplete

    autocomplete(_build_parser(os.environ.get("COMP_LINE", "").split()))


def _build_parser(words: Collection[str]) -> argparse.ArgumentParser:
    """Build the parser; a command has its arguments where its name is among the words."""
    parser = argparse.ArgumentParser(
        prog="pmframes",
        description="People, roles, customers and clients of four services as pandas DataFrames.",
        epilog=_EXAMPLES + describe_exit_status(_EXIT_STATUS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"pmframes {__version__}")
    add_verbosity(parser)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, summary in _COMMANDS.items():
        command = add_command(commands, name, summary)
        if name in words:  # for the others, pandas would be imported in vain
            import_module(f"pmframes._cli.{name}").add_arguments(command)
    return parser


class _Shown:
    """Prints messages like errors, each once."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def __call__(self, message: str | Warning) -> None:
        text = shell_warning(message)
        if text not in self._texts:
            self._texts.add(text)
            _print_error(text)


def _print_error(text: str) -> None:
    # Where there is no stderr, print would take stdout.
    if sys.stderr is not None:
        print(f"pmframes: {text}", file=sys.stderr)


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Print warnings of libraries on one line; none of them ends a command, whatever PYTHONWARNINGS says."""
    previous = warnings.formatwarning
    warnings.formatwarning = lambda message, *_: f"pmframes: {message}\n"
    try:
        with warnings.catch_warnings():
            if any(action == "error" for action, *_ in warnings.filters):
                warnings.simplefilter("default")
            yield
    finally:
        warnings.formatwarning = previous
