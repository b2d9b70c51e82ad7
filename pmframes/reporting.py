"""What ``pmframes report`` does: load, build a standard report, write it, and say what is new."""

import argparse
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

import pmframes as pm
from pmframes import errors, files
from pmframes.frames.provenance import resources, sources
from pmframes.report.review import review
from pmframes.summaries.changes import severities
from pmframes.summaries.rules import by_severity
from pmframes.summaries.since import NOT_COMPARED
from pmframes.summaries.snapshots import read_all

SOMETHING_NEW = 3


def access_review(asked: argparse.Namespace) -> int:
    """Write the access review, and give the exit status."""
    _check(asked, asked.save)
    before = None if asked.before is None else _before(asked)
    with _network(asked):
        frames = _frames(asked)
    found = review(frames, before)
    _write(found.report(), asked)
    print(f"  {found.given['people']['id'].nunique():,} people")
    print(f"  findings: {by_severity(found.findings['severity'])}")
    judged = [found.new["severity"]]
    if found.changes is not None:
        judged.append(severities(found.changes))
        unknown = int((found.new["new"] == NOT_COMPARED).sum())
        tail = f" ({unknown:,} of them could not be compared)" if unknown else ""
        print(f"  new findings: {by_severity(judged[0])}{tail}")
        print(f"  changes since last time: {by_severity(judged[1])}")
    if asked.save is not None:
        _save(found.given, asked)
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


def _before(asked: argparse.Namespace) -> list[pd.DataFrame]:
    """Read what was kept, and refuse what could not be compared with what will be loaded."""
    frames = read_all("--before", asked.before)
    wanted = {"people", *(["permissions"] if asked.project else []), *(["roles"] if _has_roles() else [])}
    for frame in frames:
        if not resources(frame) <= wanted:
            raise errors.other_review(sorted(resources(frame) - wanted))
        if "roles" not in resources(frame) and _projects(frame) not in (None, {*(asked.project or [])}):
            raise errors.other_review(["projects"])
    return frames


def _projects(frame: pd.DataFrame) -> set[int] | None:
    """Give the projects that a frame is of, none for the whole site; None where it does not say."""
    known = sources(frame)["sources"]
    return {*known[0].get("params", {}).get("projects", [])} if known else None


def _save(given: Mapping[str, pd.DataFrame], asked: argparse.Namespace) -> None:
    # Permissions first, where there are some: that is what other programs read in the file.
    frames = sorted(given.items(), key=lambda one: one[0] != "permissions")
    content = files.parquet(*(frame for _, frame in frames))
    print(f"  kept: {files.write(asked.save, content, overwrite=asked.force)}")


def _check(asked: argparse.Namespace, *others: Path | None) -> None:
    """Refuse, before anything is loaded, what could not be written afterwards."""
    if asked.output.suffix.lower() not in (".html", ".xlsx"):
        raise errors.unknown_format(asked.output)
    paths = [path.expanduser() for path in (asked.output, *others) if path is not None]
    for path in paths:
        files.require_writable(path, overwrite=asked.force)
    if len({path.resolve() for path in paths}) < len(paths):
        raise errors.same_file(paths[0])


def _network(asked: argparse.Namespace) -> AbstractContextManager[object]:
    return pm.offline() if asked.offline else nullcontext()


def _frames(asked: argparse.Namespace) -> dict[str, pd.DataFrame | None]:
    """Load what is reviewed, by the names of the arguments of ``access_review``."""
    return {
        "people": _people(asked),
        "permissions": _permissions(asked),
        "roles": _roles(asked),
        "dormant": None if asked.dormant_days is None else _people(asked, _day(asked.dormant_days)),
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
    return pm.projectmanager.roles(refresh=asked.refresh) if _has_roles() else None


def _has_roles() -> bool:
    return "projectmanager" in set(pm.connections()["service"])


def _write(report: pm.report.Report, asked: argparse.Namespace) -> None:
    write = report.to_html if asked.output.suffix.lower() == ".html" else report.to_excel
    print(write(asked.output, overwrite=asked.force))
