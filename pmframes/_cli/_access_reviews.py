"""``pmframes report access-review --all-accounts``: a report of each account, and an overview."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from pmframes._accounts.across import across
from pmframes._analysis.review_input import ReviewInput
from pmframes._analysis.rules import SEVERITY
from pmframes._cli._accounts import accounts_with, network
from pmframes._cli._arguments import ERROR, NEW_FINDINGS, OK
from pmframes._cli._table import print_table
from pmframes._cli._verbosity import status_output
from pmframes._cli.history import keep_review, open_history, read_head
from pmframes._frames import provenance
from pmframes._history import History
from pmframes._registry import registry
from pmframes._writers.atomic import EXCEL, HTML, require_writable
from pmframes._writers.json import json_records
from pmframes.errors import InvalidArgument

if TYPE_CHECKING:
    from pmframes.report._access_review import AccessReview

OVERVIEW = "overview.html"
_SEVERITIES = [*SEVERITY.categories][::-1]


def write_access_reviews(args: argparse.Namespace, load: Callable[[argparse.Namespace], ReviewInput]) -> int:
    """Write a report of each account that has Teamwork.com, and return the exit status: 1 where one is missing."""
    names = accounts_with(["teamwork"])
    folder, earlier = _check_arguments(args, names), open_history(args.history)
    inputs: dict[str, ReviewInput] = {}

    def load_people() -> pd.DataFrame:
        review_input = load(args)
        inputs[str(registry.account)] = review_input
        return review_input.frames["people"]

    with network(args):
        people = across(names, load_people, on_error="collect")
    failed = people.attrs[provenance.ATTRS_KEY].get("failed", [])
    loaded = {name: inputs[name] for name in names if name not in failed}
    results = {name: _review(review_input, earlier, folder, name, args) for name, review_input in loaded.items()}
    rows = [_build_row(name, result, folder) for name, result in results.items()]
    kept = {name: keep_review(args.history, one) for name, one in loaded.items()} if args.history is not None else None
    overview = pd.DataFrame(rows, columns=["account", "people", *_SEVERITIES, "report"])
    overview.attrs = people.attrs
    if folder is not None:
        _write_overview(overview, failed, folder, args)
    if args.json:
        content: dict[str, Any] = {"accounts": list(json_records(overview)), "failed": failed}
        if kept is not None:
            content["history"] = kept
        print(msgspec.json.format(msgspec.json.encode(content)).decode(), flush=True)
    else:
        with status_output(args):
            print_table([*overview], [list(map(str, row)) for row in rows], right_aligned={1, 2, 3, 4})
            if kept is not None:
                print(f"kept in {args.history}; head: {read_head(args.history)}", flush=True)
    if failed:
        return ERROR
    is_severe = args.fail_on and any(result.has_news(args.fail_on) for result in results.values())
    return NEW_FINDINGS if is_severe else OK


def _check_arguments(args: argparse.Namespace, names: list[str]) -> Path | None:
    """Refuse, before anything is loaded, what does not go together or could not be written."""
    for option in ("project", "before", "save"):
        if getattr(args, option):
            raise InvalidArgument(f"--{option} goes with one account only.", "Leave it out, or use --account.")
    if args.output is None:
        return None
    folder = Path(args.output).expanduser()
    if folder.suffix.lower() in (*HTML, *EXCEL) or (folder.exists() and not folder.is_dir()):
        raise InvalidArgument(f"{folder} is no folder; nothing was loaded.", "With --all-accounts, -o names a folder.")
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in (*map(_file, names), OVERVIEW):
        require_writable(folder / name, args.force)
    return folder


def _file(account: str) -> str:
    return f"access-review-{account}.html"


def _review(
    review_input: ReviewInput, earlier: History | None, folder: Path | None, name: str, args: argparse.Namespace
) -> "AccessReview":
    from pmframes.report._access_review import review_access

    result = review_access(review_input, earlier)
    if folder is not None:
        result.build_report().to_html(folder / _file(name), overwrite=args.force)
    return result


def _build_row(name: str, result: "AccessReview", folder: Path | None) -> tuple[Any, ...]:
    counts = result.findings["severity"].value_counts()
    people = result.review_input.frames["people"]["id"].nunique()
    return (name, people, *(int(counts[severity]) for severity in _SEVERITIES), _file(name) if folder else None)


def _write_overview(overview: pd.DataFrame, failed: list[str], folder: Path, args: argparse.Namespace) -> None:
    from pmframes.report import Report

    report = Report("Access reviews of all accounts").add_table(overview, "Accounts")
    if failed:
        report = report.add_text(f"Not loaded, and so not reviewed: {', '.join(failed)}.")
    report.to_html(folder / OVERVIEW, overwrite=args.force)
