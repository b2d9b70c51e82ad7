"""What ``pmframes check`` and ``pmframes cache`` do: ask, list or remove, and say it in plain text."""

import argparse
import shutil
import textwrap
import unicodedata
import warnings
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

import pmframes as pm
from pmframes import _messages
from pmframes._cli._remedies import shell_message
from pmframes._http import store
from pmframes._services import SERVICES, ServiceCheck, check_services
from pmframes._text import format_age, pluralize, strip_control

WIDTH = 100
LONGEST = 30
LEAST = 20
# So that an address can still be copied.
WHOLE_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}

_Row = dict[Hashable, Any]


def check(asked: argparse.Namespace) -> int:
    """Say of each service whether its credential works, and give the exit status."""
    checks = check_services(asked.services or None)
    # Those that are named have to work, else those that have a credential; of these there must be one.
    needed = checks if asked.services else [one for one in checks if one.source] or checks
    failing = [one for one in needed if not one.ok]
    heads = ("service", "credential", "works", "oldest load", "as whom, and where")
    _print_table(heads, [_check_cells(one) for one in checks])
    for failed in failing:
        print()
        text = f"{failed.service}: {shell_message(failed.problem) if failed.problem else ''}"
        print(textwrap.fill(strip_control(text), _width(), **WHOLE_WORDS), flush=True)
    return 1 if failing else 0


def listing(asked: argparse.Namespace) -> int:
    """List what is cached, and give the exit status."""
    loads, unreadable = _loads()
    if len(loads):
        heads = ("service", "resource", "rows", "size", "age", "expires", "account", "parameters")
        _print_table(heads, [_listed(load) for load in loads.to_dict("records")], right={2, 3})
        print()
        rows, size = int(loads["rows"].sum()), int(loads["size"].sum())
        print(f"{pluralize(len(loads), 'load')}, {pluralize(rows, 'row')}, {_size(size)}", flush=True)
    elif not unreadable:
        print("Nothing is cached.", flush=True)
    if unreadable:
        raise _messages.cache_unreadable(unreadable)
    return 0


def clear(asked: argparse.Namespace) -> int:
    """Remove what is cached, say what that was, and give the exit status."""
    held = _held(asked.services or SERVICES)
    try:
        for service in asked.services or [None]:
            pm.cache.clear(service)
    finally:
        gone = [one for one in held if not one.path.exists()]
        for service in dict.fromkeys(one.service for one in gone):
            files = [one for one in gone if one.service == service]
            print(f"{service}: removed {_removed(files)}.", flush=True)
    if not gone:
        print("Nothing was cached.", flush=True)
    return 0


def _loads() -> tuple[pd.DataFrame, int]:
    """List the loads, and count the files that could not be read; of other files the user is warned."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        loads = pm.cache.info()  # which warns of other files, too
    others = store.unknown_files(store.cache_folder(), SERVICES)
    if others:
        warnings.warn(_messages.cache_foreign(others), stacklevel=2)
    return loads, len(told) - bool(others)


def _check_cells(result: ServiceCheck) -> list[str]:
    if result.source is None:
        return [result.service, "none", "", "", ""]
    source = result.source.partition(" (")[0]
    works = {True: "yes", False: "no", None: ""}[result.ok]
    oldest = "none" if result.cache_age is None else f"{format_age(result.cache_age)} old"
    where = ", ".join(text for text in (result.identity, result.url) if text)
    return [result.service, source, works, oldest, where]


def _listed(load: _Row) -> list[str]:
    """Write a line of what is cached."""
    left = load["expires"] - datetime.now(UTC)
    expires = f"in {format_age(left)}" if left.total_seconds() > 0 else "expired"
    size, age = _size(load["size"]), format_age(load["age"])
    what = [load["service"], load["resource"], f"{load['rows']:,}"]
    return [*what, size, age, expires, load["account"], load["parameters"]]


@dataclass(frozen=True)
class _File:
    service: str
    path: Path
    loads: list[store.CacheEntry]


def _held(services: Collection[str]) -> list[_File]:
    """List what these services have on disk; what cannot be read is only a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = store.store_files(store.cache_folder(), services)
        return [_File(service, path, store.Store(path, "").entries()) for service, path in found]


def _removed(files: Sequence[_File]) -> str:
    in_files, loads = pluralize(len(files), "file"), [load for one in files for load in one.loads]
    if not loads:
        return f"{in_files}, in which no load could be read"
    rows, size = pluralize(sum(load.rows for load in loads), "row"), _size(sum(load.size for load in loads))
    return f"{pluralize(len(loads), 'load')}, {rows}, {size}, in {in_files}"


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 999_950 else f"{size / 1e3:,.1f} KB"


def _print_table(heads: Sequence[str], lines: Sequence[Sequence[str]], right: Collection[int] = ()) -> None:
    """Print columns of text; the last one is folded where the terminal is too narrow for it."""
    cells = [[strip_control(cell) for cell in line] for line in (heads, *lines)]
    short = [[_shortened(cell) for cell in line[:-1]] for line in cells]
    widths = [max(map(_columns, column)) for column in zip(*short, strict=True)]
    begin = sum(widths) + 2 * len(widths)
    room = max(_width() - begin, LEAST)
    for first, line in zip(short, cells, strict=True):
        padded = [
            _padded(cell, width, place in right)
            for place, (cell, width) in enumerate(zip(first, widths, strict=True))
        ]
        last = textwrap.wrap(line[-1], room, **WHOLE_WORDS)
        print("  ".join([*padded, *last[:1]]).rstrip())
        for more in last[1:]:
            print(" " * begin + more)
    print(end="", flush=True)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _padded(text: str, width: int, to_the_right: bool) -> str:
    room = " " * (width - _columns(text))
    return room + text if to_the_right else text + room


def _columns(text: str) -> int:
    """Count the columns that a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _width() -> int:
    return shutil.get_terminal_size((WIDTH, 24)).columns
