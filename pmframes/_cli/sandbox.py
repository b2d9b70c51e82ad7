"""``pmframes sandbox``: serve fictional data until interrupted, or while a command runs."""

import argparse
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from pmframes import _demo
from pmframes._cli._arguments import OK
from pmframes._services import SERVICES
from pmframes._text import strip_control
from pmframes._writers.atomic import atomic_write, require_writable
from pmframes.errors import InvalidArgument, PmframesError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to serve, where, and the command to run meanwhile."""
    parser.usage = "%(prog)s [OPTIONS] [-- COMMAND …]"
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run it with the variables that connect to the sandbox, and end with its exit status: "
        "pmframes sandbox -- python report.py",
    )
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="write the variables to this new file, and remove it at the end"
    )
    parser.add_argument("--port", type=int, default=0, help="port to serve on (default: any free one)")
    parser.add_argument(
        "--ports-per-service",
        action="store_true",
        help="serve each service also at the root of a port of its own, as vendors' own clients need it: the four "
        "ports after --port (default: any free ones)",
    )
    parser.add_argument("--people", type=int, default=1200, metavar="N", help="number of people (default: 1200)")
    parser.add_argument("--seed", type=int, default=7, metavar="S", help="random seed (default: 7)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="delay before each response")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="FAULT",
        help="inject a fault: SERVICE[/PATH]:KIND[=VALUE][*TIMES][+AFTER], such as teamwork:status=503*2; repeatable",
    )
    parser.add_argument(
        "--api-version",
        action="append",
        default=[],
        metavar="SERVICE:VERSION",
        help="serve another API version, such as outlign:bare-list or teamwork:teams (all are listed by "
        "help(pmframes.demo)); repeatable",
    )
    parser.add_argument(
        "--rate-limit", type=int, metavar="N", help="requests per minute and service (default: no limit)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    # A shell that starts a command in the background has it ignore interrupts, so they are set here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if args.env_file is not None:
        require_writable(args.env_file, overwrite=False)
    api_versions: dict[str, list[str]] = {}
    for service, _, version in (text.partition(":") for text in args.api_version):
        api_versions.setdefault(service, []).append(version)
    box = _demo.create_sandbox(
        people=args.people,
        seed=args.seed,
        port=args.port,
        latency=args.latency,
        faults=args.fault,
        api_versions=api_versions,
        rate_limit=args.rate_limit,
        ports_per_service=args.ports_per_service,
    )
    _start(box, args)
    try:
        with _env_file(args.env_file, _demo.environment_lines(box)):
            if command := args.command[args.command[:1] == ["--"] :]:
                return _run_command(command, _demo.environment_lines(box))
            for line in _demo.environment_lines(box):
                print(line, flush=True)
            _wait()
    except KeyboardInterrupt:
        print("# stopped", flush=True)
    finally:
        box.stop()
    return OK


def _start(box: Any, args: argparse.Namespace) -> None:
    try:
        box.start()
    except OSError:
        ports = f"Port {args.port}"
        if args.ports_per_service:
            ports += f", or one of the {len(SERVICES)} after it,"
        raise InvalidArgument(
            f"{ports} is in use or not permitted.", "Use another port, or 0 for any free one."
        ) from None


def _wait() -> NoReturn:
    # Not signal.pause: Windows does not have it, and a signal just before it would be waited for in vain.
    while True:
        time.sleep(0.5)


@contextmanager
def _env_file(path: Path | None, lines: list[str]) -> Iterator[None]:
    """Keep a file with the variables within a ``with`` block."""
    if path is None:
        yield
        return
    atomic_write(path, "\n".join([*lines, ""]))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _run_command(command: Sequence[str], lines: list[str]) -> int:
    """Run a command with the variables, and return its exit status as a shell does."""
    variables = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    try:
        process = subprocess.Popen(command, env={**os.environ, **variables})  # noqa: S603 - the user typed it
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PmframesError(f"{strip_control(command[0])} cannot be run: {reason}.", "Check its name.") from None
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        status = process.wait()
    return status if status >= 0 else 128 - status


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt
