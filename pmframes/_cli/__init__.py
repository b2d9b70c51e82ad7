"""The command line: ``pmframes demo | report | sandbox | cache | check``."""

import argparse
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from pmframes import _demo, _messages, errors
from pmframes._cli import _remedies
from pmframes._services import SERVICES, find_service
from pmframes._version import __version__

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_HELP = {
    "project": "only this project, with its permissions; may be given several times "
    "(default: the people of the whole site, without permissions)",
    "before": "a file that --save wrote last time: say what has changed since",
    "save": "keep what was loaded, as --before for the next time",
    "dormant_days": "also find who has not logged in for this many days",
    "fail_on": "exit with status 3 if a finding or a change that is new since --before is as severe as this, "
    "or more so; without --before every finding is new",
}

_CHECK_STATUS = (
    "The exit status is 0 if every service that has a credential works, and 1 if one of them does not or "
    "there is no credential at all. With SERVICE, it is 0 only if each of those named works."
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; an error is one message, without a traceback."""
    asked = _parser().parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        with _plain_warnings():
            status: int = asked.run(asked)
    except errors.PmframesError as error:
        print(f"pmframes: {_remedies.shell_message(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pmframes: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain of it once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"pmframes: {_messages.system_trouble(error)}", file=sys.stderr)
        return 1
    return status


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show a warning as an error is shown, without a line of pmframes' own code."""
    previous = warnings.formatwarning
    warnings.formatwarning = lambda message, *_: f"pmframes: {_remedies.shell_warning(message)}\n"
    try:
        yield
    finally:
        warnings.formatwarning = previous


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pmframes",
        description="People, roles, customers and clients of four services as pandas DataFrames.",
    )
    parser.add_argument("--version", action="version", version=f"pmframes {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    about = "load, sum up and report on fictional data; write pmframes-demo.html here"
    demo = commands.add_parser("demo", help=about, description=_sentence(about))
    demo.set_defaults(run=_run_demo)
    about = "serve fictional data of all four services on this machine until interrupted"
    sandbox = commands.add_parser("sandbox", help=about, description=_sentence(about))
    sandbox.add_argument("--port", type=int, default=0, help="port to serve on (default: 0, any free one)")
    sandbox.add_argument(
        "--people", type=int, default=1200, metavar="N", help="how many people (default: 1200)"
    )
    sandbox.add_argument("--seed", type=int, default=7, metavar="S", help="the same seed makes the same data")
    sandbox.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="wait this long before each answer"
    )
    sandbox.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="FAULT",
        help="inject a fault: SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER], "
        "such as teamwork:status=503*2; repeatable",
    )
    sandbox.add_argument(
        "--api-version",
        action="append",
        default=[],
        metavar="SERVICE:VERSION",
        help="serve an older API version, such as outlign:bare-list; repeatable",
    )
    sandbox.add_argument(
        "--rate-limit", type=int, metavar="N", help="answer this many requests a minute (default: any number)"
    )
    sandbox.set_defaults(run=_sandbox)
    _add_report(commands)
    _add_check(commands)
    _add_cache(commands)
    return parser


def _add_report(commands: _Commands) -> None:
    about = "load and write a standard report, as HTML or Excel"
    report = commands.add_parser("report", help=about, description=_sentence(about))
    kinds = report.add_subparsers(title="reports", required=True, metavar="REPORT")
    about = "who may do what: findings, changes, summaries, everyone with what is granted"
    review = _add_kind(kinds, "access-review", about)
    review.add_argument("--project", type=int, action="append", metavar="ID", help=_HELP["project"])
    review.add_argument("--before", type=Path, metavar="FILE", help=_HELP["before"])
    review.add_argument("--save", type=Path, metavar="FILE", help=_HELP["save"])
    review.add_argument("--dormant-days", type=_days, metavar="N", help=_HELP["dormant_days"])
    review.add_argument("--fail-on", choices=("low", "medium", "high"), help=_HELP["fail_on"])
    review.set_defaults(run=_access_review)
    about = "which customers and clients belong to which company, over all connected services"
    _add_kind(kinds, "portfolio", about).set_defaults(run=_portfolio)


def _add_kind(kinds: _Commands, name: str, about: str) -> argparse.ArgumentParser:
    kind = kinds.add_parser(name, help=about, description=_sentence(about))
    about = "where to write: a name that ends in .html or .xlsx"
    kind.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=about)
    kind.add_argument("--force", action="store_true", help="replace files that are there already")
    age = kind.add_mutually_exclusive_group()
    age.add_argument("--refresh", action="store_true", help="ask the services even where a load is stored")
    age.add_argument("--offline", action="store_true", help="use only what is stored, however old")
    return kind


def _sentence(about: str) -> str:
    return f"{about[0].upper()}{about[1:]}."


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 36_500:
        raise argparse.ArgumentTypeError("give a whole number of days, from 1 to 36500")
    return int(text)


def _add_check(commands: _Commands) -> None:
    about = "ask each service whether the credential works and whose it is"
    check = commands.add_parser("check", help=about, description=f"{_sentence(about)} {_CHECK_STATUS}")
    _add_services(check, "only these services, each of which has to work")
    check.set_defaults(run=_check)


def _add_cache(commands: _Commands) -> None:
    about = "list what is cached on this machine; with clear, remove it"
    cache = commands.add_parser("cache", help=about, description=_sentence(about))
    cache.set_defaults(run=_cache)
    about = "remove what is cached, of every account, and say what that was"
    deeds = cache.add_subparsers(title="commands", metavar="[COMMAND]")
    clear = deeds.add_parser("clear", help=about, description=_sentence(about))
    _add_services(clear, "only what is cached of these services")
    clear.set_defaults(run=_clear)


def _add_services(command: argparse.ArgumentParser, about: str) -> None:
    about = f"{about}: {', '.join(SERVICES)} (default: all)"
    command.add_argument("services", nargs="*", type=_service, metavar="SERVICE", help=about)


def _service(name: str) -> str:
    # Not by choices=, which in some versions of Python refuse that there is none.
    try:
        return find_service(name).name
    except errors.InvalidArgument as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _check(asked: argparse.Namespace) -> int:
    from pmframes._cli import cache

    return cache.check(asked)


def _cache(asked: argparse.Namespace) -> int:
    from pmframes._cli import cache

    return cache.listing(asked)


def _clear(asked: argparse.Namespace) -> int:
    from pmframes._cli import cache

    return cache.clear(asked)


def _access_review(asked: argparse.Namespace) -> int:
    from pmframes._cli import report

    return report.access_review(asked)


def _portfolio(asked: argparse.Namespace) -> int:
    from pmframes._cli import report

    return report.portfolio(asked)


def _run_demo(asked: argparse.Namespace) -> int:
    # The sandbox's absence is told before the rest is imported, which takes a second.
    _demo.check_installed()
    from pmframes._cli import demo

    demo.run()
    return 0


def _sandbox(asked: argparse.Namespace) -> int:
    # Set by hand, because a shell that starts a command in the background has it ignore interrupts.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _interrupt)
    api_versions: dict[str, list[str]] = {}
    for service, _, version in (text.partition(":") for text in asked.api_version):
        api_versions.setdefault(service, []).append(version)
    box = _demo.sandbox(
        people=asked.people,
        seed=asked.seed,
        port=asked.port,
        latency=asked.latency,
        faults=asked.fault,
        api_versions=api_versions,
        rate_limit=asked.rate_limit,
    )
    try:
        for line in _demo.environment(box):
            print(line, flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print("# stopped", flush=True)
    finally:
        box.stop()
    return 0


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt
