"""``pmframes demo``: the summaries it prints and the report it writes."""

import contextlib
import io
import re
import sys
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


def test_the_first_lines_are_facts_of_the_sandbox(demo, data):
    lines = iter(demo[0].splitlines())
    assert next(lines) == "One fictional agency, as four services know it:"
    assert next(lines) == ""
    facts = [[int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", next(lines))] for _ in range(5)]
    active = [person for person in data.people if not person.deleted]
    assert facts[0] == [1200, 1200 - len(active)]
    assert facts[1] == [sum(p.is_admin for p in active), sum(p.is_admin and p.is_service_account for p in active)]
    (owner,) = [company.id for company in data.companies if company.is_owner]
    outside = [person for person in active if person.company_id != owner]
    clients = sum(person.is_client_user for person in outside)
    companies = [person.company_id for person in outside if person.type == "collaborator"]
    known = sum(bool(company) for company in companies)
    assert facts[2] == [clients + known, clients, known, len(companies) - known]
    assert facts[3][0] == sum(facts[3][1:-1]) > 0
    assert facts[4][:2] == [len(data.projectmanager_customers) + len(data.clients) + len(data.spirii_customers), 3]
    assert 0 < facts[4][2] < 50


def test_the_most_severe_finding_is_named(demo, data):
    keys = sum(person.is_admin and person.is_service_account for person in data.people)
    assert f" The most severe: service account with administrator rights ({keys}).\n" in demo[0]


def test_the_roles_are_those_that_grant_most(demo, data):
    rows = re.findall(r"^ +(\d+) of 18  (.+)$", demo[0], re.MULTILINE)
    granted = {role.name: sum(on for on, _ in role.permissions.values()) for role in data.roles}
    assert [int(count) for count, _ in rows] == sorted(granted.values(), reverse=True)[:5]
    assert all(granted[name] == int(count) for count, name in rows)
    assert f"\n  {len(granted) - 5} other roles\n" in demo[0]


def test_snapshot(demo, snapshot):
    text, path = demo
    assert text.replace(str(path.resolve()), "REPORT").replace(sys.executable, "PYTHON") == snapshot


@pytest.mark.slow
@pytest.mark.parametrize("works", [True, False])
def test_open_opens_the_report_in_the_browser(works, command_line, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\nexit {0 if works else 1}\n')
    browser.chmod(0o700)
    # No other browser of this machine is tried.
    done = command_line.run_process("demo", "--open", BROWSER=str(browser), PATH=str(tmp_path), DISPLAY="")
    report = command_line.folder / "pmframes-demo.html"
    assert (tmp_path / "opened").read_text() == f"{report.as_uri()}\n"
    assert done.returncode == (0 if works else 1)
    assert done.stderr == ("" if works else f"pmframes: No browser could be started. Open {report} yourself.\n")


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
    largest = [count for owner, count in owners.most_common() if owner is not None][:5]
    assert [int(count) for count, _ in rows[:5]] == largest


@pytest.mark.parametrize(("name", "records"), [
    ("teamwork.people", "people"),
    ("projectmanager.customers", "projectmanager_customers"),
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
