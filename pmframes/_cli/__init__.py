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
from pmframes._messages import describe_os_error, messages_to
from pmframes._version import __version__
from pmframes.errors import PmframesError

_COMMANDS = (demo, load, report, sandbox, check, cache)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one message, without a traceback."""
    args = _build_parser().parse_args(argv)
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


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pmframes", description="People, roles, customers and clients of four services as pandas DataFrames."
    )
    parser.add_argument("--version", action="version", version=f"pmframes {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
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
