"""``pmframes cache``: list what is cached, or clear it."""

import argparse
from collections.abc import Collection, Hashable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pmframes import cache
from pmframes._cli._arguments import OK, add_command, add_json, add_services
from pmframes._cli._table import print_table
from pmframes._cli._verbosity import status_output
from pmframes._http import store
from pmframes._messages import CacheWarning, messages_to, warn_user
from pmframes._services import SERVICES
from pmframes._text import format_age, pluralize
from pmframes._writers.json import json_bytes
from pmframes.errors import PmframesError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --json, and ``cache clear``."""
    add_json(parser)
    parser.set_defaults(run=list_loads)
    subcommands = parser.add_subparsers(title="commands", metavar="[COMMAND]")
    summary = "clear the cache of every account, and report what was removed"
    clear_parser = add_command(subcommands, "clear", summary)
    add_services(clear_parser, "clear only these services")
    clear_parser.set_defaults(run=clear)


def list_loads(args: argparse.Namespace) -> int:
    """Print a table of the cached loads."""
    loads, unreadable_files = _cached_loads()
    if args.json:
        print(json_bytes(loads).decode(), end="", flush=True)
    elif len(loads):
        headings = ("Service", "Resource", "Rows", "Size", "Age", "Expires", "Account", "Parameters")
        print_table(headings, [_cells(load) for load in loads.to_dict("records")], right_aligned={2, 3})
        print()
        print(_format_amounts(len(loads), int(loads["rows"].sum()), int(loads["bytes"].sum())), flush=True)
    elif not unreadable_files:
        print("Nothing is cached.", flush=True)
    if unreadable_files:
        raise PmframesError(
            f"The list is incomplete: {pluralize(unreadable_files, 'cache file')} could not be read.",
            "Check the permissions, or clear the cache: pmframes cache clear.",
        )
    return OK


def clear(args: argparse.Namespace) -> int:
    """Clear the cache, and print what was removed."""
    with status_output(args):
        _clear(args)
    return OK


def _clear(args: argparse.Namespace) -> None:
    files = _store_files(args.services or SERVICES)
    old_files = [] if args.services else store.old_files(store.cache_folder(), SERVICES)
    is_empty = not old_files
    try:
        cache.clear(args.services or None)  # prints itself how many old files it removed
    finally:
        for service in SERVICES:
            removed = [loads for name, path, loads in files if name == service and not path.exists()]
            if removed:
                is_empty = False
                print(f"{service}: removed {_summarise(removed)}.", flush=True)
    if is_empty:
        print("Nothing was cached.", flush=True)


def _cached_loads() -> tuple[pd.DataFrame, int]:
    """List the loads, and count the files that could not be read."""
    messages: list[str | Warning] = []
    with messages_to(messages.append):
        loads = cache.info()
    others = [message for message in messages if not isinstance(message, CacheWarning)]
    for message in others:
        warn_user(message)
    return loads, len(messages) - len(others)


def _cells(load: dict[Hashable, Any]) -> list[str]:
    left = load["expires"] - datetime.now(UTC)
    return [
        load["service"],
        load["resource"],
        f"{load['rows']:,}",
        _format_size(load["bytes"]),
        "unknown" if pd.isna(load["age"]) else format_age(load["age"]),
        f"in {format_age(left)}" if left.total_seconds() > 0 else "expired",
        load["account"],
        load["parameters"],
    ]


def _store_files(services: Collection[str]) -> list[tuple[str, Path, list[store.CacheEntry]]]:
    """Return each file with its service and its loads; a file that cannot be read has none."""
    with messages_to(lambda _: None):
        files = store.store_files(store.cache_folder(), services)
        return [(path.parent.name, path, store.Store(path, "").entries()) for path in files]


def _summarise(files: Sequence[Sequence[store.CacheEntry]]) -> str:
    loads = [load for file in files for load in file]
    if not loads:
        return f"{pluralize(len(files), 'file')}, in which no load could be read"
    amounts = _format_amounts(len(loads), sum(load.rows for load in loads), sum(load.size for load in loads))
    return f"{amounts}, in {pluralize(len(files), 'file')}"


def _format_amounts(loads: int, rows: int, size: int) -> str:
    return f"{pluralize(loads, 'load')}, {pluralize(rows, 'row')}, {_format_size(size)}"


def _format_size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 999_950 else f"{size / 1e3:,.1f} KB"
