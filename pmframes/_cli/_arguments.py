"""Arguments that several commands have."""

import argparse
from typing import TypeAlias

from pmframes._services import SERVICES, find_service
from pmframes.errors import InvalidArgument

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(
    commands: Commands, name: str, summary: str, exit_codes: dict[int, str] | None = None
) -> argparse.ArgumentParser:
    """Add a command; ``summary`` stands in the list of commands and begins its help."""
    rows = [f"  {code}  {meaning}" for code, meaning in (exit_codes or {}).items()]
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog="\n".join(["exit status:", *rows]) if rows else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_json(command: argparse.ArgumentParser) -> None:
    """Add the option that prints JSON."""
    command.add_argument("--json", action="store_true", help="print JSON, for other programs")


def add_services(command: argparse.ArgumentParser, summary: str) -> None:
    """Add the argument that names services."""
    summary = f"{summary}: {', '.join(SERVICES)} (default: all)"
    # Not by choices=, which in some versions of Python refuse an empty list.
    command.add_argument("services", nargs="*", type=_service_name, metavar="SERVICE", help=summary)


def _service_name(text: str) -> str:
    try:
        return find_service(text).name
    except InvalidArgument as error:
        raise argparse.ArgumentTypeError(str(error)) from None
