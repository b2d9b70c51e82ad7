"""``pmframes report``: load, write a standard report, and exit with 3 where something is new."""

import argparse
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from pmframes import projectmanager, teamwork
from pmframes._analysis.change_texts import with_texts
from pmframes._analysis.changes import read_snapshots
from pmframes._analysis.review_input import ReviewInput
from pmframes._analysis.rules import severity_counts
from pmframes._cell_text import display_cell, is_missing
from pmframes._cli._access_reviews import write_access_reviews
from pmframes._cli._accounts import add_accounts, chosen_account, load_as, network
from pmframes._cli._arguments import (
    ERROR,
    NEW_FINDINGS,
    OK,
    USAGE_ERROR,
    Commands,
    add_command,
    add_json,
    describe_exit_status,
)
from pmframes._cli._verbosity import status_output
from pmframes._cli.history import keep_review, open_history
from pmframes._customers import CUSTOMER_SERVICES, customers
from pmframes._history import History
from pmframes._loading.loader import dry_run
from pmframes._services import connections
from pmframes._text import join, service_title, strip_control, truncate
from pmframes._writers.atomic import EXCEL, HTML, PARQUET, atomic_write, require_writable
from pmframes._writers.json import json_records
from pmframes._writers.parquet import parquet_bytes
from pmframes.errors import InvalidArgument

if TYPE_CHECKING:
    from pmframes.report import Report
    from pmframes.report._access_review import AccessReview

MAX_LISTED_FINDINGS, MAX_LINE_WIDTH = 50, 160

_EXIT_STATUS = {OK: "ok", ERROR: "error", USAGE_ERROR: "usage error"}
_REVIEW_EXIT_STATUS = {**_EXIT_STATUS, NEW_FINDINGS: "new findings or changes at or above --fail-on"}
_BASELINE_REMEDY = (
    "Give --before a file that --save wrote, use a --project of last time and connect the same services, or "
    "leave out --before once and --save anew."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a subcommand for each report."""
    parser.epilog = describe_exit_status(_REVIEW_EXIT_STATUS)
    reports = parser.add_subparsers(title="reports", required=True, metavar="REPORT")
    _add_access_review(reports)
    _add_portfolio(reports)


def _add_access_review(reports: Commands) -> None:
    summary = "who may do what: findings, changes, summaries, everyone with their permissions"
    parser = add_command(reports, "access-review", summary)
    parser.epilog = describe_exit_status(_REVIEW_EXIT_STATUS)
    _add_output(parser)
    parser.add_argument(
        "--project",
        type=int,
        action="append",
        metavar="ID",
        help="review this project, including its permissions; repeatable (default: everyone on the site, "
        "without permissions)",
    )
    baseline = parser.add_mutually_exclusive_group()
    baseline.add_argument(
        "--before", type=Path, metavar="FILE", help="baseline, written by --save: report what has changed"
    )
    baseline.add_argument(
        "--history",
        type=Path,
        metavar="FOLDER",
        help="compare with the last snapshots of the same kind in this history, and keep the new ones there",
    )
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="save what was loaded, as the baseline for the next review, whatever the exit status; .parquet",
    )
    parser.add_argument(
        "--dormant-days", type=_day_count, metavar="N", help="also find people without a login for N days"
    )
    parser.add_argument(
        "--fail-on",
        choices=("low", "medium", "high"),
        help="exit with 3 if a new finding or change is at least this severe; without a baseline every finding is new",
    )
    parser.set_defaults(run=write_access_review)


def _add_portfolio(reports: Commands) -> None:
    summary = "which customers and clients belong to which company, over all connected services"
    parser = add_command(reports, "portfolio", summary)
    parser.epilog = describe_exit_status(_EXIT_STATUS)
    _add_output(parser)
    parser.set_defaults(run=write_portfolio)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write, .html or .xlsx; needed without --json"
    )
    parser.add_argument("--force", action="store_true", help="overwrite existing files")
    add_accounts(parser)
    add_json(parser, "print what was found, counted and written as JSON")
    parser.set_defaults(parser=parser)
    cache = parser.add_mutually_exclusive_group()
    cache.add_argument("--refresh", action="store_true", help="load again, even what is cached")
    cache.add_argument("--offline", action="store_true", help="use only what is cached, however old")


def _day_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 36_500:
        raise argparse.ArgumentTypeError("must be a whole number of days, from 1 to 36500")
    return int(text)


def write_access_review(args: argparse.Namespace) -> int:
    """Write the access review, with --all-accounts one of each account, and return the exit status."""
    _require_output(args)
    if args.all_accounts:
        return write_access_reviews(args, load_frames)
    _require_writable(args, args.save, args.before)
    with chosen_account(args):
        return _write_access_review(args)


def _write_access_review(args: argparse.Namespace) -> int:
    baseline = open_history(args.history) if args.before is None else _read_baseline(args)
    with network(args):
        review_input = load_frames(args)
    result = _review(review_input, baseline)
    path = _write(result.build_report(), args)
    saved = None if args.save is None else _save(review_input, args)
    kept = None if args.history is None else keep_review(args.history, review_input)
    if args.json:
        _print_json(result, path, saved, kept)
    else:
        with status_output(args):
            _print_review(result, path, saved, kept)
    return NEW_FINDINGS if args.fail_on and result.has_news(args.fail_on) else OK


def _print_json(result: "AccessReview", path: Path | None, saved: Path | None, kept: dict[str, Any] | None) -> None:
    is_compared = result.comparison is not None
    counted = {"findings": result.findings["severity"], **(result.news if is_compared else {})}
    changes = None if result.comparison is None else list(json_records(with_texts(result.comparison.changes)))
    content: dict[str, Any] = {
        "report": None if path is None else str(path),
        "saved": None if saved is None else str(saved),
        "people": _count_people(result),
        "severities": {name: values.value_counts(sort=False).to_dict() for name, values in counted.items()},
        "scope": None if result.comparison is None else str(result.comparison.scope_diff) or None,
        "findings": list(json_records(result.findings)),
        "changes": changes,
    }
    if kept is not None:
        content["history"] = {"baseline": result.baseline, **kept}
    print(msgspec.json.format(msgspec.json.encode(content)).decode(), flush=True)


def _print_review(result: "AccessReview", path: Path | None, saved: Path | None, kept: dict[str, Any] | None) -> None:
    print(path)
    print(f"  {_count_people(result):,} people")
    if result.baseline:
        print(f"  {strip_control(result.baseline)}")
    if result.comparison is not None:
        if scope_diff := str(result.comparison.scope_diff):
            print(f"  {strip_control(scope_diff)}")
        print(f"  changes since the baseline, listed in the report: {severity_counts(result.news['changes'])}")
    print(f"  findings: {severity_counts(result.findings['severity'])}")
    if result.comparison is not None:
        not_comparable = int((result.findings["status"] == "not comparable").sum())
        suffix = f" ({not_comparable:,} of them not comparable)" if not_comparable else ""
        print(f"  new findings: {severity_counts(result.news['new_findings'])}{suffix}")
    _print_findings(result.new_findings)
    if saved is not None:
        print(f"  saved: {saved}")
    if kept is not None:
        print(f"  kept in {kept['folder']}: snapshots {join(kept['kept'])}; head: {kept['head']}")


def _count_people(result: "AccessReview") -> int:
    return int(result.review_input.frames["people"]["id"].nunique())


def _print_findings(findings: pd.DataFrame) -> None:
    """List the findings, the new ones where there is a baseline, so that a mail of cron says which they are."""
    rows = list(zip(*(findings[name] for name in ("severity", "rule", "who", "where")), strict=True))
    for severity, rule, *places in rows[:MAX_LISTED_FINDINGS]:
        place = join(display_cell(text) for text in places if not is_missing(text))
        print(truncate(strip_control(f"    {severity:6} {rule}: {place}"), MAX_LINE_WIDTH))
    if len(rows) > MAX_LISTED_FINDINGS:
        print(f"    {len(rows) - MAX_LISTED_FINDINGS:,} more in the report")


def write_portfolio(args: argparse.Namespace) -> int:
    """Write the customer portfolio, and return the exit status."""
    _require_output(args)
    from pmframes.report import customer_portfolio

    _require_writable(args)
    with network(args):
        frame = load_as(args, partial(customers, refresh=args.refresh), CUSTOMER_SERVICES)
    path = _write(customer_portfolio(frame), args)
    if args.json:
        services = frame["service"].value_counts(sort=False).to_dict()
        content = {"report": None if path is None else str(path), "customers": len(frame), "services": services}
        print(msgspec.json.format(msgspec.json.encode(content)).decode(), flush=True)
    else:
        with status_output(args):
            print(f"{path}\n  {len(frame):,} customers and clients")
            for service in CUSTOMER_SERVICES:
                rows = int((frame["service"] == service).sum())
                print(f"  {service_title(service)}: {f'{rows:,}' if rows else 'none, or not connected'}")
    return OK


def _read_baseline(args: argparse.Namespace) -> list[pd.DataFrame]:
    """Read the baseline, and refuse one that could not be compared with what will be loaded."""
    try:
        baseline = read_snapshots("--before", args.before)
    except InvalidArgument as error:
        raise InvalidArgument(error.cause, _BASELINE_REMEDY) from None
    with dry_run():
        _review(load_frames(args), baseline)
    return baseline


def _review(review_input: ReviewInput, baseline: list[pd.DataFrame] | History | None) -> "AccessReview":
    from pmframes.report._access_review import review_access

    try:
        return review_access(review_input, baseline)
    except InvalidArgument as error:
        if not isinstance(baseline, list):
            raise
        raise InvalidArgument(error.cause, _BASELINE_REMEDY) from None


def _save(review_input: ReviewInput, args: argparse.Namespace) -> Path:
    # Permissions first, where there are any: that is what other programs read from the file.
    frames = sorted(review_input.frames.items(), key=lambda item: item[0] != "permissions")
    content = parquet_bytes(*(frame for _, frame in frames))
    return atomic_write(args.save, content, overwrite=args.force)


def _require_output(args: argparse.Namespace) -> None:
    if args.output is None and not args.json:
        args.parser.error("-o says where to write the report; without it, use --json")


def _require_writable(args: argparse.Namespace, save: Path | None = None, before: Path | None = None) -> None:
    """Refuse, before anything is loaded, what could not be written afterwards."""
    if args.output is not None:
        require_writable(args.output, args.force, HTML, EXCEL)
    if save is not None:
        require_writable(save, args.force, PARQUET)
    if args.output is not None and _real_path(args.output) in [
        _real_path(path) for path in (save, before) if path is not None
    ]:
        raise InvalidArgument(
            f"{args.output} is both the report and the baseline; nothing was loaded.",
            "Give -o another name than --save and --before.",
        )


def _real_path(path: Path) -> str:
    return os.path.realpath(path.expanduser())


def load_frames(args: argparse.Namespace) -> ReviewInput:
    """Load what an access review is made of."""
    load_people = partial(teamwork.people, args.project, everyone=True, refresh=args.refresh)
    people, permissions, roles, logged_in = load_people(), None, None, None
    # For a whole site the permissions would be one load for each of its projects.
    if args.project:
        permissions = teamwork.permissions(args.project, everyone=True, refresh=args.refresh)
    if "projectmanager" in set(connections()["service"]):
        roles = projectmanager.roles(refresh=args.refresh)
    if args.dormant_days is not None:
        start = datetime.now(UTC) - timedelta(days=args.dormant_days)
        logged_in = load_people(last_login_after=start.date().isoformat())
    return ReviewInput(people=people, permissions=permissions, roles=roles, logged_in=logged_in)


def _write(report: "Report", args: argparse.Namespace) -> Path | None:
    if args.output is None:
        return None
    write = report.to_excel if args.output.suffix.lower() in EXCEL else report.to_html
    return write(args.output, overwrite=args.force)
