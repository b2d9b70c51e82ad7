"""``pmframes history``: list the snapshots of a history, show one, check all, or remove the oldest."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from pmframes._accounts.results import concat_frames
from pmframes._analysis.review_input import ReviewInput
from pmframes._cli._arguments import ERROR, OK, USAGE_ERROR, Commands, add_command, add_json, describe_exit_status
from pmframes._cli._table import print_table
from pmframes._cli._verbosity import status_output
from pmframes._cli.load import print_rows
from pmframes._history import History, history
from pmframes._text import format_time, pluralize
from pmframes._types import TEXT
from pmframes._writers.json import json_bytes

_EXIT_STATUS = {OK: "ok", ERROR: "error, or verify found a problem", USAGE_ERROR: "usage error"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    parser.epilog = describe_exit_status(_EXIT_STATUS)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add(commands, "list", "list the snapshots", list_snapshots)
    show = _add(commands, "show", "print a frame as it was at a moment", show_snapshot)
    show.add_argument("resource", metavar="RESOURCE", help="such as teamwork.people, or people where that is clear")
    show.add_argument("--at", metavar="WHEN", help="a day, a time or the number of a snapshot (default: the last one)")
    show.add_argument("--project", type=int, action="append", metavar="ID", help="as it was loaded; repeatable")
    verify = _add(commands, "verify", "check every line and every file", verify_history)
    verify.add_argument("--head", metavar="HEAD", help="a line that HEAD once held, as a report or a job printed it")
    prune = _add(commands, "prune", "remove all but the last snapshots of each kind, for good", prune_history)
    prune.add_argument("--keep", type=int, required=True, metavar="N", help="how many of each kind remain")


def _add(commands: Commands, name: str, summary: str, run: Callable[[argparse.Namespace], int]) -> Any:
    command = add_command(commands, name, summary)
    command.add_argument("--folder", type=Path, metavar="FOLDER", help="the history (default: that of pm.history())")
    accounts = command.add_mutually_exclusive_group()
    accounts.add_argument("--account", metavar="NAME", help="only the snapshots of this account")
    accounts.add_argument("--all-accounts", action="store_true", help="those of every account, each by itself")
    add_json(command)
    command.set_defaults(run=run)
    return command


def list_snapshots(args: argparse.Namespace) -> int:
    """Print a table of the snapshots."""
    snapshots = _of_account(history(args.folder).snapshots(), args)
    if args.json:
        _print_json(snapshots)
    elif len(snapshots):
        headings = ("Number", "Resource", "Rows", "Fetched", "Account", "Parameters")
        print_table(headings, [_cells(row) for row in snapshots.to_dict("records")], right_aligned={0, 2})
    else:
        print("The history has no snapshots.", flush=True)
    return OK


def _of_account(table: pd.DataFrame, args: argparse.Namespace) -> pd.DataFrame:
    """Return the rows of --account, and those that are of no account."""
    accounts = table["account"]
    return table if args.account is None else table[accounts.isna() | (accounts == args.account)]


def _print_json(frame: pd.DataFrame) -> None:
    print(json_bytes(frame).decode(), end="", flush=True)


def _cells(row: dict[Any, Any]) -> list[str]:
    marks = "".join(f" ({mark.replace('_', ' ')})" for mark in ("fictional", "clock_set_back") if row[mark])
    fetched = f"{format_time(row['fetched_at'])}{marks}"
    resource = f"{row['service']}.{row['resource']}"
    return [str(row["number"]), resource, f"{row['rows']:,}", fetched, row["account"], row["params"]]


def show_snapshot(args: argparse.Namespace) -> int:
    """Print a frame as it was, with --all-accounts that of each account."""
    snapshots = history(args.folder)
    when: Any = args.at or "9999-12-31"
    when = int(when) if when.isdecimal() and len(when) < len("20260301") else when
    params = {"projects": args.project} if args.project else {}
    if args.all_accounts:
        frame = _show_all(snapshots, when, args.resource, params)
    else:
        frame = snapshots.at(when, args.resource, args.account, **params)
    if args.json:
        _print_json(frame)
    else:
        print_rows(frame)
    return OK


def _show_all(snapshots: History, when: Any, resource: str, params: dict[str, Any]) -> pd.DataFrame:
    table = snapshots.snapshots()
    is_named = (table["resource"] == resource) | (table["service"] + "." + table["resource"] == resource)
    frames = list[pd.DataFrame]()
    for account in table.loc[is_named, "account"].unique():
        frame = snapshots.at(when, resource, account, **params)
        frame.insert(0, "account", pd.Series(account, frame.index, dtype=TEXT))
        frames.append(frame)
    return concat_frames(frames) if frames else snapshots.at(when, resource, **params)


def verify_history(args: argparse.Namespace) -> int:
    """Print the problems, and return 1 if there are any."""
    problems = _of_account(history(args.folder).verify(args.head), args)
    if args.json:
        _print_json(problems)
    elif len(problems):
        places = problems["file"].fillna(problems["line"].map("line {}".format, na_action="ignore")).fillna("HEAD")
        rows = list(zip(problems["problem"], places, problems["detail"], strict=True))
        print_table(("Problem", "Place", "Detail"), rows)
    else:
        with status_output(args):
            print(f"No problem. Head: {read_head(args.folder)}", flush=True)
            print("Store it elsewhere: only --head finds that someone computed all hashes anew.", flush=True)
    return ERROR if len(problems) else OK


def prune_history(args: argparse.Namespace) -> int:
    """Remove all but the last snapshots of each kind, with --account only of that one, and print how many."""
    removed, head = history(args.folder).prune(args.keep, args.account), read_head(args.folder)
    if args.json:
        print(msgspec.json.encode({"removed": removed, "head": head}).decode(), flush=True)
    else:
        with status_output(args):
            print(f"{pluralize(removed, 'snapshot')} removed. Head: {head}", flush=True)
    return OK


def open_history(folder: Path | None) -> History | None:
    """Return the history of --history; one that is not whole is refused before anything is loaded."""
    if folder is None:
        return None
    read_head(folder)
    return history(folder)


def read_head(folder: Path | None) -> str:
    """Return the head of a history that is whole."""
    with history(folder)._folder.reading() as (head, _):
        return str(head)


def keep_review(folder: Path, review_input: ReviewInput) -> dict[str, Any]:
    """Keep the frames of a review, and return what to print: the numbers of the snapshots, and the head."""
    kept = history(folder).keep(*review_input.frames.values())
    return {"folder": str(folder), "kept": kept["number"].tolist(), "head": read_head(folder)}
