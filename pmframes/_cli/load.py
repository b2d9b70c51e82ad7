"""``pmframes load``: the rows of a loader, as a table or a file."""

import argparse
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pmframes._cell_text import display_cell
from pmframes._cli._accounts import add_accounts, load_as, network
from pmframes._cli._arguments import ERROR, OK, USAGE_ERROR, add_verbosity, describe_exit_status
from pmframes._cli._table import MAX_CELL_WIDTH, print_table, terminal_width
from pmframes._cli._verbosity import status_output
from pmframes._commands import Command, find_command, list_loaders, unique_commands
from pmframes._customers import CUSTOMER_SERVICES
from pmframes._text import display_width, pluralize
from pmframes._writers.atomic import atomic_write, require_writable
from pmframes._writers.csv import csv_bytes
from pmframes._writers.json import json_bytes, json_lines_bytes
from pmframes._writers.parquet import parquet_bytes
from pmframes.errors import InvalidArgument

PREFIX = "pmframes load"
_OUTPUT_HELP = (
    "  --format FORMAT, -o FILE, --force, --offline, -q, -v",
    "      What becomes of the rows: pmframes load --help.",
)
# A format, and the extension of its files
_FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": csv_bytes, "json": json_bytes, "jsonl": json_lines_bytes, "parquet": parquet_bytes,
}  # fmt: skip
_TABLE = "table"
_EXIT_STATUS = {OK: "ok", ERROR: "error", USAGE_ERROR: "usage error"}
_EXAMPLES = (
    "examples:\n"
    "  pmframes load teamwork.people --project 480101 --format csv -o people.csv\n"
    "  pmframes load outlign.clients --title Acme\n"
    "  pmframes load spirii.customers --format jsonl -o - | jq .name\n\n"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the loader, and what becomes of its rows."""
    parser.epilog = _EXAMPLES + describe_exit_status(_EXIT_STATUS)
    parser.usage = "%(prog)s [LOADER] [ARGUMENTS …] [--format FORMAT] [-o FILE] [OPTIONS]"
    loader = parser.add_argument("loader", nargs="?", metavar="LOADER", help="without it, the loaders are listed")
    # argcomplete reads it.
    loader.completer = lambda **_: list(map(_full_name, unique_commands(list_loaders())))  # type: ignore[attr-defined]
    _add_output(parser.add_argument_group("output"))
    parser.set_defaults(run=run)
    if line := os.environ.get("COMP_LINE"):
        _add_loader_options(parser, line.split())
        return
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        action=_ParseOutput,
        metavar="ARGUMENTS",
        help="those of the loader: pmframes load LOADER --help",
    )


def _add_loader_options(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """Add the options of the loader that a shell completes; ``Command`` parses them otherwise."""
    commands = list_loaders()
    for command in [commands[word] for word in words if word in commands][:1]:
        for option, argument in command.arguments.items():
            parser.add_argument(f"--{option}", action="store_true" if argument.is_flag else "append")


class _ParseOutput(argparse.Action):
    """Takes the options of the output from the words after the loader, and leaves its own."""

    def __call__(self, parser: object, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        """Parse the words."""
        _, namespace.words = _output_parser().parse_known_args(values, namespace)


def _output_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PREFIX, add_help=False, allow_abbrev=False)
    _add_output(parser)
    add_verbosity(parser)
    return parser


def _add_output(parser: argparse._ActionsContainer) -> None:
    formats = [*_FORMATS, _TABLE]
    summary = "by default that of the file's extension, a table in a terminal, CSV in a pipe"
    parser.add_argument("--format", choices=formats, help=summary)
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help="file to write; - is the standard output")
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")
    parser.add_argument("--offline", action="store_true", help="use only what is cached, however old")
    add_accounts(parser)


def run(args: argparse.Namespace) -> int:
    """Print or write the rows, and return the exit status."""
    commands = list_loaders(PREFIX)
    if args.loader is None:
        _print_loaders(unique_commands(commands))
        return OK
    try:
        command = find_command(args.loader, commands, f"{PREFIX} lists them.")
        if {"-h", "--help"} & {*args.words}:
            print("\n".join([*command.help_lines, *_OUTPUT_HELP]))
            return OK
        arguments = command.parse(args.words)
        encode = _find_format(args)
        with network(args):
            frame = load_as(args, partial(command.function, **arguments), _services(command))
    except InvalidArgument as error:
        if error.variable or error.argument in ("account", "overwrite"):
            raise
        print(f"pmframes: {error}", file=sys.stderr)
        return USAGE_ERROR
    _write(frame, encode, args)
    return OK


def _services(command: Command) -> list[str]:
    service = _full_name(command).rpartition(".")[0]
    return [service] if service else [*CUSTOMER_SERVICES]


def _full_name(command: Command) -> str:
    return command.path.removeprefix("pm.")


def _find_format(args: argparse.Namespace) -> Callable[[pd.DataFrame], bytes] | None:
    """Return what writes the frame, None for a table; raise where a file could not be written."""
    is_file = args.output != "-"
    extension = Path(args.output).suffix.lower().removeprefix(".") if is_file else ""
    is_terminal = not is_file and sys.stdout.isatty()
    name = args.format or (extension if extension in _FORMATS else _TABLE if is_terminal else "csv")
    if is_file and not args.format and extension not in _FORMATS:
        raise InvalidArgument(
            f"{args.output} does not say its format.",
            f"End it in {', '.join(f'.{name}' for name in _FORMATS)}, or use --format.",
        )
    if is_file:
        require_writable(args.output, args.force)
    if name == "parquet" and is_terminal:
        raise InvalidArgument("Parquet is binary, and this is a terminal.", "Write it to a file with -o FILE.")
    return _FORMATS.get(name)


def _write(frame: pd.DataFrame, encode: Callable[[pd.DataFrame], bytes] | None, args: argparse.Namespace) -> None:
    if encode is None:
        print_rows(frame)
    elif args.output == "-":
        # The mark at the beginning is for Excel; other programs take it for a part of the first heading.
        content = encode(frame).removeprefix(BOM_UTF8)
        sys.stdout.flush()
        if (buffer := getattr(sys.stdout, "buffer", None)) is None:  # a stream of texts alone
            sys.stdout.write(content.decode(errors="replace"))
        else:
            buffer.write(content)
            buffer.flush()
    else:
        path = atomic_write(args.output, encode(frame), overwrite=args.force)
        with status_output(args):
            print(f"{path}: {pluralize(len(frame), 'row')}", flush=True)


def print_rows(frame: pd.DataFrame) -> None:
    """Print the columns that the terminal has room for, the first ones."""
    texts = [[display_cell(value) for value in frame.iloc[:, at].tolist()] for at in range(frame.shape[1])]
    names, room = [str(column) for column in frame], terminal_width()
    shown = 0
    for name, column in zip(names, texts, strict=True):
        room -= min(max(map(display_width, [name, *column])), MAX_CELL_WIDTH) + 2
        if room < 0 and shown:
            break
        shown += 1
    numbers = {at for at, dtype in enumerate(frame.dtypes) if pd.api.types.is_numeric_dtype(dtype)}
    print_table(names[:shown], list(zip(*texts[:shown], strict=True)), right_aligned=numbers)
    hidden = f"; {pluralize(len(names) - shown, 'more column')} in --format csv" if shown < len(names) else ""
    print(f"\n{pluralize(len(frame), 'row')}{hidden}", flush=True)


def _print_loaders(commands: list[Command]) -> None:
    print_table(("Loader", "What it loads"), [(_full_name(command), command.summary) for command in commands])
    print(f"\n{PREFIX} LOADER --help lists its arguments.", flush=True)
