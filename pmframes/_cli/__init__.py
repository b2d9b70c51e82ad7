"""The command line: ``pmframes demo | load | report | sandbox | check | cache``, also ``python -m pmframes``."""

import argparse
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pmframes._cli import cache, check, demo, load, report, sandbox
from pmframes._cli._remedies import shell_message, shell_warning
from pmframes._cli.load import USAGE_ERROR
from pmframes._messages import describe_os_error, messages_to
from pmframes._text import join, safe_repr, suggest
from pmframes._version import __version__
from pmframes.errors import PmframesError

_COMMANDS = (demo, load, report, sandbox, check, cache)
_EPILOG = """\
examples:
  pmframes demo
  pmframes load teamwork.people --project 480101 -o people.csv
  pmframes report access-review --project 480101 -o review.html
  pmframes sandbox -- pmframes load outlign.clients

exit status:
  0  ok
  1  error: the message says cause and remedy
  2  usage error
  3  new findings or changes at or above --fail-on of report
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one message, without a traceback."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser, names = _build_parser()
    if not words:
        parser.print_help()
        return 0
    if not words[0].startswith("-") and words[0] not in names:
        hint = f"{suggest(words[0], names)} Use one of: {join(names)}.".lstrip()
        _print_error(f"There is no command {safe_repr(words[0])}. {hint}")
        return USAGE_ERROR
    args = parser.parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        with _warnings_shown(), messages_to(_Shown()):
            status: int = args.run(args)
    except PmframesError as error:
        _print_error(shell_message(error))
        return 1
    except KeyboardInterrupt:
        _print_error("interrupted.")
        return 130
    except BrokenPipeError:
        # The reader of the output is gone; without this Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        _print_error(describe_os_error(error))
        return 1
    return status


def _build_parser() -> tuple[argparse.ArgumentParser, list[str]]:
    """Return the parser, and the names of the commands."""
    parser = argparse.ArgumentParser(
        prog="pmframes",
        description="People, roles, customers and clients of four services as pandas DataFrames.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"pmframes {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser, [*commands.choices]


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
