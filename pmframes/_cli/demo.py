"""``pmframes demo``: the main job from end to end, on fictional data."""

import argparse
import sys
import webbrowser
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from pmframes import _customers, outlign, projectmanager, spirii, teamwork
from pmframes._analysis.people import outsiders
from pmframes._cli._arguments import OK
from pmframes._cli._verbosity import is_quiet, status_output
from pmframes._demo import check_installed, demo
from pmframes._services import SERVICES
from pmframes._text import format_percent, join, pluralize
from pmframes._writers.atomic import require_writable
from pmframes.errors import InvalidArgument, PmframesError

if TYPE_CHECKING:
    from pmframes.report import Report

REPORT_PATH = Path("pmframes-demo.html")
TITLE = "pmframes demo: one fictional agency, four services"
MAX_ROLES = MAX_COMPANIES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether to open the report."""
    parser.add_argument("--open", action="store_true", help="open the report in the browser")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Load five resources from the sandbox, print their summaries and write the report."""
    with status_output(args):
        _run(args)
    return OK


def _run(args: argparse.Namespace) -> None:
    from pmframes import report

    check_installed()
    _require_replaceable(REPORT_PATH)
    with demo():
        frames, cached_frames = _load_all(args), _load_all(args)
        people, roles = frames["teamwork.people"], frames["projectmanager.roles"]
        customers = [frames[name] for name in frames if name.endswith(("customers", "clients"))]
        print("One fictional agency, as four services know it:\n")
        print(*_summarize_people(people), sep="\n")
        print(_summarize_findings(report.findings(people, roles=roles)))
        print(_summarize_customers(_customers.customers(progress=False)), "\n", sep="")
        _print_people(report.people_by_type(people))
        _print_roles(report.roles_by_permission(roles))
        _print_customers(report.customers_by_company(customers))
        _print_requests(frames, cached_frames)
        path = _build_report(people, roles, customers).to_html(REPORT_PATH, overwrite=True)
    print(f"Report: {path.resolve()} (open it in a browser; all data in it are fictional)\n")
    print(f'Next: {sys.executable} -c "import pmframes as pm; pm.demo(); print(pm.teamwork.people())"')
    print("  or in a notebook: pm.explore(pm.teamwork.people())")
    if args.open and not webbrowser.open(path.resolve().as_uri()):
        raise PmframesError("No browser could be started.", f"Open {path.resolve()} yourself.")


def _load_all(args: argparse.Namespace) -> dict[str, pd.DataFrame]:
    loaders: dict[str, Callable[[], pd.DataFrame]] = {
        "teamwork.people": partial(teamwork.people, everyone=True),
        "projectmanager.customers": projectmanager.customers,
        "projectmanager.roles": projectmanager.roles,
        "outlign.clients": outlign.clients,
        "spirii.customers": spirii.customers,
    }
    frames = {}
    tqdm.monitor_interval = 0  # no thread for it: there may be none
    with tqdm(loaders.items(), unit=" resources", leave=False, disable=is_quiet(args) or None) as bar:
        for name, loader in bar:
            bar.set_description(name)
            frames[name] = loader()
    return frames


def _build_report(people: pd.DataFrame, roles: pd.DataFrame, customers: list[pd.DataFrame]) -> "Report":
    # Here, because matplotlib takes half a second to import.
    from pmframes import plot, report
    from pmframes._analysis.review_input import ReviewInput
    from pmframes.report._access_review import review_access
    from pmframes.report._figures import draw_chart

    review = review_access(ReviewInput(people=people, roles=roles)).build_report(title=TITLE)
    chart = draw_chart(partial(plot.customers_by_company, customers))
    companies = report.customers_by_company(customers)
    return review.add_figure(chart, "Customers by company").add_table(companies, "Customers by company")


def _require_replaceable(path: Path) -> None:
    """Refuse to replace a file that the demo did not write."""
    if path.exists() and not _is_written_by_demo(path):
        raise InvalidArgument(
            f"{path} is in the way: it is not a report written by the demo, so it was left unchanged.",
            "Move or rename it, or run the demo in another folder.",
        )
    require_writable(path, overwrite=True)


def _is_written_by_demo(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(65_536)
    return TITLE.encode() in start and b'content="pmframes' in start


def _summarize_people(people: pd.DataFrame) -> Iterator[str]:
    """Yield who there is, and who of them can do the most and comes from outside; deleted people can do nothing."""
    deleted = people["deleted"].fillna(False)
    yield f"{pluralize(len(people), 'person', 'people')} in Teamwork.com, {deleted.sum():,} of them deleted."
    active = people[~deleted & (people["type"] != "contact")]
    admins = active[active["is_admin"].fillna(False)]
    yield (
        f"{pluralize(len(admins), 'administrator')}, "
        f"{admins['is_service_account'].sum():,} of them service accounts, for which no individual is accountable."
    )
    is_outsider = outsiders(active)
    clients = int(active["is_client_user"].fillna(False).sum())
    count, unknown = int(is_outsider.fillna(False).sum()), int(is_outsider.isna().sum())
    yield (
        f"{count:,} outsiders with access: {pluralize(clients, 'client user')} and "
        f"{pluralize(count - clients, 'collaborator')}; of {unknown:,} without a company it is not known."
    )


def _summarize_findings(findings: pd.DataFrame) -> str:
    counts = findings["severity"].astype(str).value_counts()
    by_severity = join(f"{counts[name]:,} {name}" for name in ("high", "medium", "low") if name in counts)
    # The most severe come first.
    rule = findings["rule"].iloc[0]
    number = (findings["rule"] == rule).sum()
    return f"{pluralize(len(findings), 'finding')}: {by_severity}. The most severe: {rule} ({number:,})."


def _summarize_customers(customers: pd.DataFrame) -> str:
    duplicates = customers[customers["match"].notna()].duplicated(["service", "match"]).sum()
    return (
        f"{len(customers):,} customers and clients in {customers['service'].nunique()} services, "
        f"{duplicates:,} of them probable duplicates: a similar name in the same service."
    )


def _print_requests(first: dict[str, pd.DataFrame], second: dict[str, pd.DataFrame]) -> None:
    _print_heading("Loaded, then once more")
    requests = [[frame.attrs["pmframes"]["requests"] for frame in frames.values()] for frames in (first, second)]
    for (name, frame), cold, warm in zip(first.items(), *requests, strict=True):
        shape = f"{len(frame):>6,} rows, {len(frame.columns):>2} columns"
        print(f"  {name:25} {shape}   requests: {cold}, then {warm}")
    first_total, second_total = map(sum, requests)
    print(f"{first_total} requests, then {second_total}: the second load was served from the cache.\n")


def _print_people(summary: pd.DataFrame) -> None:
    _print_heading("People by type (teamwork.people)")
    print(summary.assign(share=summary["share"].map(format_percent)).to_string(), "\n", sep="")


def _print_roles(summary: pd.DataFrame) -> None:
    """Print the roles that grant the most permissions."""
    _print_heading("Roles by permissions granted (projectmanager.roles)")
    granted = summary.drop(columns=["description", "roles", "fixed"]).sum().sort_values(ascending=False, kind="stable")
    for role, count in granted[:MAX_ROLES].items():
        print(f"  {count:>2} of {len(summary)}  {role}")
    print(f"  {pluralize(len(granted[MAX_ROLES:]), 'other role')}\n")


def _print_customers(summary: pd.DataFrame) -> None:
    _print_heading("Customers by company (projectmanager.customers, outlign.clients, spirii.customers)")
    for service, companies in summary.groupby("service", sort=False):
        title, total = SERVICES[str(service)].title, companies["customers"].sum()
        print(f"{title}: {total:,} customers")
        is_company = companies["company_name"] != "(none)"
        largest, others = companies[is_company][:MAX_COMPANIES], companies[is_company][MAX_COMPANIES:]
        rows = [*zip(largest["customers"], largest["company_name"], strict=True)]
        if len(others):
            rows.append((others["customers"].sum(), f"in {len(others):,} other companies"))
        none = "(none)" if is_company.any() else f"({title} does not link customers to companies)"
        rows += [(count, none) for count in companies[~is_company]["customers"]]
        for count, name in rows:
            print(f"  {count:>5,} {format_percent(count / total):>7}  {name}")
        print()


def _print_heading(text: str) -> None:
    print(f"{text}\n{'=' * len(text)}")
