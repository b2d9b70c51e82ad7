"""What ``pmframes report`` does: load, build a standard report, write it, and say what is new."""

import argparse
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pandas as pd

import pmframes as pm
from pmframes import errors, files
from pmframes.report.standard import changes_since, kinds
from pmframes.summaries.changes import severities
from pmframes.summaries.rules import SEVERITY
from pmframes.summaries.snapshots import read

SOMETHING_NEW = 3
_COMPARED = {"people", "permissions", "roles"}


def access_review(asked: argparse.Namespace) -> int:
    """Write the access review, and give the exit status."""
    _check(asked, asked.save)
    before = None if asked.before is None else _before(asked.before)
    with _network(asked):
        people = _people(asked)
        permissions = _permissions(asked)
        roles = _roles(asked)
    report = pm.report.access_review(people, permissions, roles, before=before)
    found = pm.report.findings(people, permissions, roles)["severity"]
    judged = [found]
    _write(report, asked)
    print(f"  {people['id'].nunique():,} people; findings: {_counted(found)}")
    if before is not None:
        judged.append(severities(changes_since(before, people, permissions, roles)))
        print(f"  changes since last time: {_counted(judged[-1])}")
    if asked.save is not None:
        kept = people if permissions is None else permissions
        print(f"  kept: {files.write(asked.save, files.parquet(kept), overwrite=asked.force)}")
    return SOMETHING_NEW if asked.fail_on and _worst(judged) >= _rank(asked.fail_on) else 0


def portfolio(asked: argparse.Namespace) -> int:
    """Write the customer portfolio, and give the exit status."""
    _check(asked)
    with _network(asked):
        customers = pm.customers(refresh=asked.refresh)
    _write(pm.report.customer_portfolio(customers), asked)
    print(f"  {len(customers):,} customers and clients")
    return 0


def _before(path: Path) -> pd.DataFrame:
    kept = read("--before", path)
    if not kinds(kept) <= _COMPARED:
        raise errors.other_snapshot(["service or resource"])
    return kept


def _check(asked: argparse.Namespace, *others: Path | None) -> None:
    """Refuse, before anything is loaded, what could not be written afterwards."""
    if asked.output.suffix.lower() not in (".html", ".xlsx"):
        raise errors.unknown_format(asked.output)
    paths = [path.expanduser() for path in (asked.output, *others) if path is not None]
    for path in paths:
        files.require_writable(path, overwrite=asked.force)
        # The folder may refuse new files all the same, which only shows when there is one.
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    if len({path.resolve() for path in paths}) < len(paths):
        raise errors.same_file(paths[0])


def _network(asked: argparse.Namespace) -> AbstractContextManager[object]:
    return pm.offline() if asked.offline else nullcontext()


def _people(asked: argparse.Namespace) -> pd.DataFrame:
    """Load everyone, also those whom the service leaves out by itself."""
    return pm.teamwork.people(
        asked.project,
        include_service_accounts=True,
        include_placeholders=True,
        show_deleted=True,
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
    connected = "projectmanager" in set(pm.connections()["service"])
    return pm.projectmanager.roles(refresh=asked.refresh) if connected else None


def _write(report: pm.report.Report, asked: argparse.Namespace) -> None:
    write = report.to_html if asked.output.suffix.lower() == ".html" else report.to_excel
    print(write(asked.output, overwrite=asked.force))


def _counted(judged: "pd.Series[str]") -> str:
    counts = judged.value_counts()
    return ", ".join(f"{counts[one]:,} {one}" for one in reversed(SEVERITY.categories))


def _worst(judged: "list[pd.Series[str]]") -> int:
    return max((_rank(one) for series in judged for one in series.unique()), default=-1)


def _rank(severity: str) -> int:
    return list(SEVERITY.categories).index(severity)
