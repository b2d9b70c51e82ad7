"""``pmframes demo``: the summaries it prints and the report it writes."""

import contextlib
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from pmframes._cli import main
from pmframes._services import find_service
from pmframes.sandbox import Sandbox


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Return what the demo printed, and the report it wrote."""
    folder = tmp_path_factory.mktemp("demo")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert main(["demo"]) == 0
    assert err.getvalue() == ""
    return out.getvalue(), folder / "pmframes-demo.html"


@pytest.fixture(scope="module")
def data():
    """The data of the demo's sandbox, made once more and never served."""
    return Sandbox(people=1200, seed=7).data


def test_the_second_load_costs_no_request(demo):
    assert re.search(r"^[1-9]\d* requests, then 0:", demo[0], re.MULTILINE)
    assert len(re.findall(r" columns   requests: [1-9]\d*, then 0$", demo[0], re.MULTILINE)) == 5


def people_row(people) -> list[int]:
    flags = ("is_admin", "is_client_user", "is_service_account", "deleted")
    return [len(people), *(sum(getattr(person, flag) for person in people) for flag in flags)]


def test_people_by_type_are_those_of_the_sandbox(demo, data):
    kinds = {kind: [one for one in data.people if one.type == kind] for kind in ("account", "collaborator", "contact")}
    expected = {kind: people_row(people) for kind, people in kinds.items()} | {"total": people_row(data.people)}
    rows = re.findall(r"^(\(?\w+\)?) +(\d+) +[\d.]+% +(\d+) +(\d+) +(\d+) +(\d+)$", demo[0], re.MULTILINE)
    assert {kind: [int(count) for count in counts] for kind, *counts in rows} == expected
    assert expected["total"][0] == 1200


def test_roles_by_permission_are_those_of_the_sandbox(demo, data):
    rows = re.findall(r"^([a-z_]+) +(\d+)  ((?:  [x.?])+)$", demo[0], re.MULTILINE)
    marks = {name: cells.split() for name, _, cells in rows}
    assert len(marks) == 18
    granted = [dict(role.permissions) for role in data.roles]
    for key in granted[0]:
        name = re.sub("([A-Z])", lambda letter: "_" + letter[0].lower(), key)
        assert marks[name] == ["x" if flags[key][0] else "." for flags in granted]
    assert all(int(count) == cells.count("x") for _, count, cells in rows)


@pytest.mark.parametrize(("service", "records", "of_company", "companies", "title"), [
    ("outlign", "clients", "company_id", "outlign_companies", "title"),
    ("spirii", "spirii_customers", "owner_id", "spirii_customers", "name"),
])  # fmt: skip
def test_customers_by_company_are_those_of_the_sandbox(demo, data, service, records, of_company, companies, title):
    heading = find_service(service).title
    (block,) = re.findall(rf"^{heading}: ([\d,]+ customers\n(?:  .+\n)+)", demo[0], re.MULTILINE)
    rows = re.findall(r"^ +([\d,]+) +[\d.]+%  (.+)$", block, re.MULTILINE)
    owners = Counter(getattr(one, of_company) or None for one in getattr(data, records))
    names = {one.id: getattr(one, title) for one in getattr(data, companies)} | {None: "(none)"}
    assert sum(int(count) for count, _ in rows) == len(getattr(data, records))
    expected = Counter({(names[owner], count) for owner, count in owners.items()})
    others = [name for _, name in rows if name.startswith("in ")]
    assert len(others) == 1
    assert not [row for row in rows if row[1] not in others and (row[1], int(row[0])) not in expected]
    largest = [count for owner, count in owners.most_common() if owner is not None][:12]
    assert [int(count) for count, _ in rows[:12]] == largest


@pytest.mark.parametrize(("name", "records"), [
    ("teamwork.people", "people"), ("projectmanager.customers", "projectmanager_customers"),
    ("projectmanager.roles", "roles"), ("outlign.clients", "clients"), ("spirii.customers", "spirii_customers"),
])  # fmt: skip
def test_the_number_of_rows_is_that_of_the_sandbox(demo, data, name, records):
    (rows,) = re.findall(rf"^ *{re.escape(name)} +([\d,]+) rows", demo[0], re.MULTILINE)
    assert int(rows.replace(",", "")) == len(getattr(data, records))


def test_the_report_is_private_and_says_that_the_data_are_fictional(demo):
    text, path = demo
    assert str(path.resolve()) in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert "fictional" in path.read_text().lower()
