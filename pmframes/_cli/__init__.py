"""The command line: ``pmframes demo | sandbox | report | check | cache``, also ``python -m pmframes``."""

import argparse
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pmframes._cli import cache, check, demo, report, sandbox
from pmframes._cli._remedies import shell_message, shell_warning
from pmframes._messages import describe_os_error
from pmframes._version import __version__
from pmframes.errors import PmframesError

_COMMANDS = (demo, sandbox, report, check, cache)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one message, without a traceback."""
    args = _build_parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        with _shell_warnings():
            status: int = args.run(args)
    except PmframesError as error:
        print(f"pmframes: {shell_message(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pmframes: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of the output is gone; without this Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"pmframes: {describe_os_error(error)}", file=sys.stderr)
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


@contextmanager
def _shell_warnings() -> Iterator[None]:
    """Print warnings like errors, without a line of pmframes' own code."""
    previous = warnings.formatwarning
    warnings.formatwarning = lambda message, *_: f"pmframes: {shell_warning(message)}\n"
    try:
        yield
    finally:
        warnings.formatwarning = previous
