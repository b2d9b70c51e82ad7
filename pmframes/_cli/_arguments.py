"""Arguments that several commands have."""

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
OK, ERROR, USAGE_ERROR, NEW_FINDINGS = 0, 1, 2, 3


def add_command(commands: Commands, name: str, summary: str) -> argparse.ArgumentParser:
    """Add a command; ``summary`` stands in the list of commands and begins its help."""
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_verbosity(command)
    return command


def describe_exit_status(meanings: dict[int, str]) -> str:
    """Write the table that ends a help text."""
    return "\n".join(["exit status:", *(f"  {status}  {meaning}" for status, meaning in meanings.items())])


def add_verbosity(parser: argparse._ActionsContainer) -> None:
    """Add -q and -v, which may stand before the name of a command or after it."""
    group = parser.add_mutually_exclusive_group()
    # Without a default, or the one of a command would replace what stands before it.
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print nothing but data, warnings and errors",
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=argparse.SUPPRESS,
        help="also report requests, waits and what came from the cache",
    )


def add_json(command: argparse.ArgumentParser, summary: str = "print JSON, for other programs") -> None:
    """Add the option that prints JSON."""
    command.add_argument("--json", action="store_true", help=summary)


def add_services(command: argparse.ArgumentParser, summary: str) -> None:
    """Add the argument that names services."""
    from pmframes._services import SERVICES, find_service
    from pmframes.errors import InvalidArgument

    def service_name(text: str) -> str:
        try:
            return find_service(text).name
        except InvalidArgument as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    summary = f"{summary}: {', '.join(SERVICES)} (default: all)"
    # Not by choices=, which in some versions of Python refuse an empty list.
    argument = command.add_argument("services", nargs="*", type=service_name, metavar="SERVICE", help=summary)
    argument.completer = lambda **_: [*SERVICES]  # type: ignore[attr-defined]  # argcomplete reads it
