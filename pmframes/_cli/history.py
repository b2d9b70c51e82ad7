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
from pmframes._cli._table import print_paragraph, print_table
from pmframes._cli._verbosity import status_output
from pmframes._cli.load import print_rows
from pmframes._history import History, history
from pmframes._history.folder import HEAD
from pmframes._text import format_time, pluralize
from pmframes._types import TEXT
from pmframes._writers.hash_chain import START
from pmframes._writers.json import json_bytes

_EXIT_STATUS = {OK: "ok", ERROR: "error, or verify found a problem", USAGE_ERROR: "usage error"}
_CHAIN_LIMIT = (
    "Someone who computes the whole chain anew, HEAD included, is found only by a head that stands elsewhere, such as "
    "in a report or a mail: pmframes history verify --head."
)


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
    snapshots = history(args.folder).snapshots()
    if args.account is not None:
        snapshots = snapshots[snapshots["account"] == args.account].reset_index(drop=True)
    if args.json:
        print(json_bytes(snapshots).decode(), end="", flush=True)
    elif len(snapshots):
        headings = ("Number", "Resource", "Rows", "Fetched", "Account", "Parameters")
        print_table(headings, [_cells(row) for row in snapshots.to_dict("records")], right_aligned={0, 2})
    else:
        print("The history has no snapshots.", flush=True)
    return OK


def _cells(row: dict[Any, Any]) -> list[str]:
    marks = "".join(f" ({mark.replace('_', ' ')})" for mark in ("fictional", "clock_set_back") if row[mark])
    resource = f"{row['service']}.{row['resource']}"
    fetched = f"{format_time(row['fetched_at'])}{marks}"
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
        print(json_bytes(frame).decode(), end="", flush=True)
    else:
        print_rows(frame)
    return OK


def _show_all(snapshots: History, when: Any, resource: str, params: dict[str, Any]) -> pd.DataFrame:
    table = snapshots.snapshots()
    names = table["service"] + "." + table["resource"]
    is_named = (names == resource) | (table["resource"] == resource)
    frames = list[pd.DataFrame]()
    for account in dict.fromkeys(table.loc[is_named, "account"]):
        frame = snapshots.at(when, resource, account, **params)
        frame.insert(0, "account", pd.Series(account, frame.index, dtype=TEXT))
        frames.append(frame)
    return concat_frames(frames) if frames else snapshots.at(when, resource, **params)


def verify_history(args: argparse.Namespace) -> int:
    """Print the problems, and return 1 if there are any."""
    problems = history(args.folder).verify(args.head)
    if args.account is not None:
        problems = problems[problems["account"].isna() | (problems["account"] == args.account)].reset_index(drop=True)
    if args.json:
        print(json_bytes(problems).decode(), end="", flush=True)
    elif len(problems):
        places = problems["file"].fillna(problems["line"].map("line {}".format, na_action="ignore")).fillna(HEAD)
        print_table(
            ("Problem", "Place", "Detail"), list(zip(problems["problem"], places, problems["detail"], strict=True))
        )
    else:
        with status_output(args):
            print(f"No problem. Head: {read_head(args.folder)}", flush=True)
            print_paragraph(_CHAIN_LIMIT)
    return ERROR if len(problems) else OK


def prune_history(args: argparse.Namespace) -> int:
    """Remove all but the last snapshots of each kind, with --account only of that one, and print how many."""
    removed = history(args.folder).prune(args.keep, args.account)
    head = read_head(args.folder)
    if args.json:
        print(msgspec.json.encode({"removed": removed, "head": head}).decode(), flush=True)
    else:
        with status_output(args):
            print(f"{pluralize(removed, 'snapshot')} removed. Head: {head}", flush=True)
    return OK


def read_head(folder: Path | None) -> str:
    """Return the head of a history, which the chain was checked against."""
    path = history(folder)._folder.path / HEAD
    return path.read_text().strip() if path.exists() else str(START)


def keep_review(folder: Path, review_input: ReviewInput) -> dict[str, Any]:
    """Keep the frames of a review, and return what to print: the numbers of the snapshots, and the head."""
    kept = history(folder).keep(*review_input.frames.values())
    return {"folder": str(folder), "kept": kept["number"].tolist(), "head": read_head(folder)}
