"""``pmframes sandbox``: serve fictional data until interrupted."""

import argparse
import signal
import time
from typing import Any

from pmframes import _demo
from pmframes._cli._arguments import Commands, add_command


def add_parser(commands: Commands) -> None:
    summary = "serve fictional data of all four services on this machine until interrupted"
    parser = add_command(commands, "sandbox", summary)
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
    api_versions: dict[str, list[str]] = {}
    for service, _, version in (text.partition(":") for text in args.api_version):
        api_versions.setdefault(service, []).append(version)
    box = _demo.start_sandbox(
        people=args.people,
        seed=args.seed,
        port=args.port,
        latency=args.latency,
        faults=args.fault,
        api_versions=api_versions,
        rate_limit=args.rate_limit,
        ports_per_service=args.ports_per_service,
    )
    try:
        for line in _demo.environment_lines(box):
            print(line, flush=True)
        # Not signal.pause: Windows does not have it, and a signal just before it would be waited for in vain.
        while True:
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("# stopped", flush=True)
    finally:
        box.stop()
    return 0


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt
