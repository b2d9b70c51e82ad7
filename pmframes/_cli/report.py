"""What ``pmframes report`` does: load, build a standard report, write it, and say what is new."""

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

import pmframes as pm
from pmframes import _messages
from pmframes._analysis.baseline import NOT_COMPARED
from pmframes._analysis.changes import read_all, severities
from pmframes._analysis.rules import severity_counts
from pmframes._loading.loader import dry_run
from pmframes._text import strip_control
from pmframes._writers.atomic import atomic_write, require_writable
from pmframes._writers.parquet import parquet_bytes
from pmframes.errors import InvalidArgument
from pmframes.report._access_review import review_access

SOMETHING_NEW = 3
_BASELINE_REMEDY = (
    "Give --before a file that --save wrote, use a --project of last time and connect the same services, or "
    "leave out --before once and --save anew."
)


def access_review(asked: argparse.Namespace) -> int:
    """Write the access review, and give the exit status."""
    _check(asked, asked.save, asked.before)
    before = None if asked.before is None else _kept(asked)
    with _network(asked):
        frames = _frames(asked)
    with _baseline_remedy(before is not None):
        found = review_access(frames, before)
    _write(found.build_report(), asked)
    print(f"  {found.frames['people']['id'].nunique():,} people")
    print(f"  findings: {severity_counts(found.findings['severity'])}")
    judged = [found.new_findings["severity"]]
    if found.changes is not None:
        judged.append(severities(found.changes))
        unknown = int((found.new_findings["new"] == NOT_COMPARED).sum())
        tail = f" ({unknown:,} of them could not be compared)" if unknown else ""
        print(f"  new findings: {severity_counts(judged[0])}{tail}")
        print(f"  changes since last time: {severity_counts(judged[1])}")
    if alone := str(found.scope):
        print(f"  {strip_control(alone)}")
    if asked.save is not None:
        _save(found.frames, asked)
    is_severe = asked.fail_on and any((values >= asked.fail_on).any() for values in judged)
    return SOMETHING_NEW if is_severe else 0


def portfolio(asked: argparse.Namespace) -> int:
    """Write the customer portfolio, and give the exit status."""
    _check(asked)
    with _network(asked):
        customers = pm.customers(refresh=asked.refresh)
    _write(pm.report.customer_portfolio(customers), asked)
    print(f"  {len(customers):,} customers and clients")
    return 0


def _kept(asked: argparse.Namespace) -> list[pd.DataFrame]:
    """Read what was kept, and refuse what could not be compared with what will be loaded."""
    with _baseline_remedy():
        kept = read_all("--before", asked.before)
    with dry_run():
        frames = _frames(asked)
    with _baseline_remedy():
        review_access(frames, kept)
    return kept


@contextmanager
def _baseline_remedy(is_compared: bool = True) -> Iterator[None]:
    """Replace the remedy of what cannot be compared with the baseline."""
    try:
        yield
    except InvalidArgument as error:
        if is_compared:
            raise InvalidArgument(error.cause, _BASELINE_REMEDY) from None
        raise


def _save(given: Mapping[str, pd.DataFrame], asked: argparse.Namespace) -> None:
    # Permissions first, where there are some: that is what other programs read in the file.
    frames = sorted(given.items(), key=lambda one: one[0] != "permissions")
    content = parquet_bytes(*(frame for _, frame in frames))
    print(f"  kept: {atomic_write(asked.save, content, overwrite=asked.force)}")


def _check(asked: argparse.Namespace, save: Path | None = None, before: Path | None = None) -> None:
    """Refuse, before anything is loaded, what could not be written afterwards."""
    if asked.output.suffix.lower() not in (".html", ".xlsx"):
        raise _messages.unknown_format(asked.output)
    for path in (asked.output, save):
        if path is not None:
            require_writable(path, overwrite=asked.force)
    if _real(asked.output) in [_real(path) for path in (save, before) if path is not None]:
        raise _messages.same_file(asked.output)


def _real(path: Path) -> str:
    return os.path.realpath(path.expanduser())


def _network(asked: argparse.Namespace) -> AbstractContextManager[object]:
    return pm.offline() if asked.offline else nullcontext()


def _frames(asked: argparse.Namespace) -> dict[str, pd.DataFrame | None]:
    """Load what is reviewed, by the names of the arguments of ``access_review``."""
    return {
        "people": _people(asked),
        "permissions": _permissions(asked),
        "roles": _roles(asked),
        "logged_in": None if asked.dormant_days is None else _people(asked, _day(asked.dormant_days)),
    }


def _day(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def _people(asked: argparse.Namespace, last_login_after: str | None = None) -> pd.DataFrame:
    """Load everyone, also those whom the service leaves out by itself."""
    return pm.teamwork.people(
        asked.project,
        include_service_accounts=True,
        include_placeholders=True,
        show_deleted=True,
        last_login_after=last_login_after,
        refresh=asked.refresh,
    )


def _permissions(asked: argparse.Namespace) -> pd.DataFrame | None:
    # Of a whole site they would be one load for each of its projects.
    if not asked.project:
        return None
    return pm.teamwork.permissions(
        asked.project, show_deleted=True, include_service_accounts=True, refresh=asked.refresh
    )


def _roles(asked: argparse.Namespace) -> pd.DataFrame | None:
    if "projectmanager" not in set(pm.connections()["service"]):
        return None
    return pm.projectmanager.roles(refresh=asked.refresh)


def _write(report: pm.report.Report, asked: argparse.Namespace) -> None:
    write = report.to_html if asked.output.suffix.lower() == ".html" else report.to_excel
    print(write(asked.output, overwrite=asked.force))
