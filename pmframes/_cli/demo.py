"""The main job from end to end, as ``pmframes demo`` shows it: load, sum up, report."""

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from tqdm import tqdm

import pmframes as pm
from pmframes import _messages

REPORT = Path("pmframes-demo.html")
TITLE = "pmframes demo: one fictional agency, four services"
MOST_COMPANIES = 12


def run(path: Path = REPORT) -> None:
    """Load the five resources from the sandbox, print their summaries and write the report."""
    check_replaceable(path)
    with pm.demo() as box:
        print(f"{box!r}\n")
        frames, again = load_all(), load_all()
        print_costs(frames, again)
        people, roles = frames["teamwork.people"], frames["projectmanager.roles"]
        customers = [frames[name] for name in frames if name.endswith(("customers", "clients"))]
        print_people(pm.report.people_by_type(people))
        print_roles(pm.report.roles_by_permission(roles))
        print_customers(pm.report.customers_by_company(customers))
        written = report(people, roles, customers).to_html(path, overwrite=True)
    print(f"The report: {written.resolve()} (open it in a browser; all data in it are fictional)\n")
    print(f'Next: {sys.executable} -c "import pmframes as pm; pm.demo(); print(pm.teamwork.people())"')
    print("  or in a notebook, of which README.md says more: pm.explore(pm.teamwork.people())")


def load_all() -> dict[str, pd.DataFrame]:
    """Load the five resources."""
    loaders: dict[str, Callable[[], pd.DataFrame]] = {
        "teamwork.people": everyone,
        "projectmanager.customers": pm.projectmanager.customers,
        "projectmanager.roles": pm.projectmanager.roles,
        "outlign.clients": pm.outlign.clients,
        "spirii.customers": pm.spirii.customers,
    }
    frames = {}
    with tqdm(loaders.items(), unit=" resources", leave=False, disable=None) as bar:
        for name, loader in bar:
            bar.set_description(name)
            frames[name] = loader()
    return frames


def everyone() -> pd.DataFrame:
    """Load every person of the site, also those whom the service leaves out by itself."""
    return pm.teamwork.people(include_service_accounts=True, include_placeholders=True, show_deleted=True)


def report(people: pd.DataFrame, roles: pd.DataFrame, customers: list[pd.DataFrame]) -> pm.report.Report:
    """Build the report: what deserves a look, then the three summaries, each with its picture."""
    return (
        pm.report.Report(TITLE)
        .add_text("Made by the command pmframes demo. Nobody in it exists. What deserves a look comes first.")
        .add_findings(pm.report.findings(people, roles=roles))
        .add_table(pm.report.people_by_type(people), "People by type")
        .add_figure(pm.plot.people_by_type(people), "People by type")
        .add_table(pm.report.roles_by_permission(roles), "Roles by permission")
        .add_text("fixed: in how many roles the permission cannot be changed.")
        .add_figure(pm.plot.roles_by_permission(roles), "Roles by permission")
        .add_table(pm.report.customers_by_company(customers), "Customers by company")
        .add_text("(none): without a company; ProjectManager.com knows no companies of customers.")
        .add_figure(pm.plot.customers_by_company(customers), "Customers by company")
    )


def check_replaceable(path: Path) -> None:
    """Refuse to replace a file that the demo did not write."""
    if not path.exists():
        return
    if not path.is_file():
        raise _messages.not_our_file(path)
    with path.open("rb") as file:
        head = file.read(65_536)
    if TITLE.encode() not in head or b'content="pmframes' not in head:
        raise _messages.not_our_file(path)


def print_costs(first: dict[str, pd.DataFrame], second: dict[str, pd.DataFrame]) -> None:
    """Print what was loaded, and how many requests it cost each time."""
    costs = [[frame.attrs["pmframes"]["requests"] for frame in frames.values()] for frames in (first, second)]
    for (name, frame), cold, warm in zip(first.items(), *costs, strict=True):
        shape = f"{len(frame):>6,} rows, {len(frame.columns):>2} columns"
        print(f"  {name:25} {shape}   requests: {cold}, then {warm}")
    print(f"\n{sum(costs[0])} requests, then {sum(costs[1])}: the second time all came from the cache.\n")


def print_people(summary: pd.DataFrame) -> None:
    """Print the people by type."""
    _heading("People by type (teamwork.people)")
    print(summary.to_string(formatters={"share": _percent}), "\n", sep="")


def print_roles(summary: pd.DataFrame) -> None:
    """Print the roles by permission, the roles by number so that it fits."""
    _heading("Roles by permission (projectmanager.roles)")
    roles = [name for name in summary.columns if name not in ("description", "roles", "fixed")]
    marks = {True: "x", False: "."}
    for number, name in enumerate(roles, 1):
        print(f"  {number:>2} {name}")
    print(
        f"\n{'permission':38}{'roles':>5}  {''.join(f'{number:>3}' for number in range(1, len(roles) + 1))}"
    )
    for permission, row in summary.iterrows():
        cells = "".join(f"{marks.get(granted, '?'):>3}" for granted in row[roles])
        print(f"{permission!s:38}{row['roles']:>5}  {cells}")
    print("\nx granted, . not granted, ? not sent\n")


def print_customers(summary: pd.DataFrame) -> None:
    """Print the companies with the most customers of each service."""
    _heading("Customers by company (projectmanager.customers, outlign.clients, spirii.customers)")
    for service, companies in summary.groupby("service", sort=False, dropna=False):
        print(f"{service}: {companies['customers'].sum():,} customers")
        is_company = companies["company_name"] != "(none)"
        largest, rest = companies[is_company][:MOST_COMPANIES], companies[is_company][MOST_COMPANIES:]
        rows = [*zip(largest["customers"], largest["company_name"], strict=True)]
        if len(rest):
            rows.append((rest["customers"].sum(), f"in {len(rest):,} other companies"))
        none = "(none)" if is_company.any() else "(none: this service knows no companies of customers)"
        rows += [(count, none) for count in companies[~is_company]["customers"]]
        for count, name in rows:
            print(f"  {count:>5,} {_percent(count / companies['customers'].sum()):>7}  {name}")
        print()


def _heading(text: str) -> None:
    print(f"{text}\n{'=' * len(text)}")


def _percent(share: float) -> str:
    return f"{share:.1%}"
