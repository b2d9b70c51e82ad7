"""The fictional dataset: sizes, references, what the findings need, edge cases, and that these are few."""

import re
import unicodedata
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from pmframes.sandbox import Sandbox
from pmframes.sandbox.dataset import Dataset
from tests.sandbox.client import instant

SUFFIXES = re.compile(r"\b(a s|as|aps|gmbh co kg|gmbh|ag|ltd|limited|inc|llc|sas|sarl|s a|ab|aktiebolag)$")
UNSET = {None, "", "0001-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return Sandbox().data


def alike(name):
    """A name without case, accents, punctuation and legal suffix."""
    bare = name.lower().translate(str.maketrans({"ø": "o", "æ": "ae", "ß": "ss"}))
    letters = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    return SUFFIXES.sub("", " ".join(re.split(r"\W+", letters)).strip()).strip()


def on_projects(data, test):
    people = {person.id: person for person in data.people}
    return [m for m in data.memberships if test(people[m.person_id], m)]


def test_sizes_unique_ids_and_references(data):
    sizes = (data.people, data.projects, data.roles, data.projectmanager_customers, data.clients, data.spirii_customers)
    assert [len(rows) for rows in sizes] == [1200, 24, 14, 380, 420, 640]
    assert len(data.outlign_companies) == 40
    assert [project.id for project in data.projects] == list(range(480101, 480125))
    for name in ("people", "companies", "projects", "clients", "spirii_customers", "projectmanager_customers"):
        rows = getattr(data, name)
        assert len({row.id for row in rows}) == len(rows)
    companies, people = {c.id for c in data.companies}, {p.id for p in data.people}
    assert {p.company_id for p in data.people} - companies == {None, 0}
    assert {project.company_id for project in data.projects} <= companies
    assert {project.owner_id for project in data.projects} <= people | {0}
    assert len({(m.project_id, m.person_id) for m in data.memberships}) == len(data.memberships)
    customers = {c.id for c in data.spirii_customers}
    assert {one for c in data.spirii_customers for one in (c.owner_id, c.cpo_id)} <= customers | {None, 0}


def test_projects_differ_in_their_members(data):
    sizes = Counter(m.project_id for m in data.memberships)
    assert sizes[480124] == 0
    assert sizes[480101] > 200
    assert max(Counter(m.person_id for m in data.memberships).values()) >= 4
    types = {p.id: p.type for p in data.people}
    kinds = [Counter(types[m.person_id] for m in data.memberships if m.project_id == project) for project in sizes]
    assert {counted.most_common(1)[0][0] for counted in kinds} == {"account", "collaborator", "contact"}


def test_data_for_the_findings_of_an_access_review(data):
    assert on_projects(data, lambda p, m: p.is_service_account and m.permissions["projectAdministrator"])
    assert on_projects(data, lambda p, m: p.type == "collaborator" and m.permissions["canViewProjectBudget"])
    assert on_projects(data, lambda p, m: p.is_client_user and m.permissions["projectAdministrator"])
    assert on_projects(data, lambda p, m: p.deleted)
    assert on_projects(data, lambda p, m: (p.last_login or "9") < "2025-09-01" and p.is_admin)
    assert not on_projects(data, lambda p, m: m.permissions["active"] is p.deleted)
    grants = {role.name: {key for key, (on, _) in role.permissions.items() if on} for role in data.roles}
    assert {"approveTimesheets", "editTeamTimesheets"} <= grants["Timesheet clerk"]
    assert {"editSecurityPage", "editUsers"} <= grants["IT support"]


def test_a_plausible_number_of_people_has_not_logged_in_for_90_days(data):
    able = [
        p for p in data.people if p.type != "contact" and not (p.deleted or p.is_service_account or p.is_placeholder)
    ]
    dormant = {p.id for p in able if p.last_login in UNSET or p.last_login < "2026-06-03"}
    assert 10 <= len(dormant) <= 30
    assert 3 <= len({m.person_id for m in data.memberships if m.project_id in (480101, 480102, 480103)} & dormant) <= 15


def test_state_permissions_agree_with_projects_and_members(data):
    (archived,) = [project.id for project in data.projects if project.is_archived]
    for membership in data.memberships:
        assert membership.permissions["isArchived"] is (membership.project_id == archived)
        assert membership.permissions["isObserving"] is membership.is_observing
    assert not on_projects(data, lambda p, m: p.is_client_user and m.permissions["inOwnerCompany"])


def test_who_is_in_the_owner_company_is_the_same_everywhere(data):
    (owner,) = [company.id for company in data.companies if company.is_owner]
    companies = {person.id: person.company_id for person in data.people}
    flags = {(companies[m.person_id] == owner, m.permissions["inOwnerCompany"]) for m in data.memberships}
    assert flags == {(True, True), (False, False)}


def test_ten_people_are_enough_for_the_findings():
    small = Sandbox(people=10).data
    assert {p.type for p in small.people} == {"account", "collaborator", "contact"}
    assert on_projects(small, lambda p, m: p.is_service_account and p.is_admin)
    assert on_projects(small, lambda p, m: p.deleted and m.project_id == 480101)
    assert on_projects(small, lambda p, m: p.type == "collaborator" and m.permissions["canViewProjectBudget"])


def test_more_people_are_the_same_people_and_more(data):
    few, more = (Sandbox(people=count).data for count in (50, 80))
    assert few.people == more.people[:50] == data.people[:50]
    assert few.clients == more.clients == data.clients


def test_many_companies_are_in_three_services_under_different_names(data):
    names = [
        {alike(row.name or ""): row.name for row in data.projectmanager_customers},
        {alike(row.title or ""): row.title for row in data.clients},
        {alike(row.name or ""): row.name for row in data.spirii_customers},
    ]
    shared = set(names[0]) & set(names[1]) & set(names[2])
    spelled = Counter(len({known[name] for known in names}) for name in shared)
    assert len(shared) > 120
    assert spelled[2] > 30
    assert spelled[3] > 10


EDGE_CASES = (
    "<img src=x onerror=alert(1)>", '=HYPERLINK("http://example.invalid","x")', "+1", "@SUM(A1)", "$x^$", "_", "'",
    "🌅🎨", "空明", "القمرمحد", "דנהג",
)  # fmt: skip


def texts(rows):
    def walk(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list | tuple):
            for item in value.values() if isinstance(value, dict) else value:
                yield from walk(item)

    return [text for row in rows for text in walk(asdict(row))]


@pytest.mark.parametrize("rows", ["people", "projectmanager_customers", "clients", "spirii_customers"])
def test_edge_case_texts_are_in_every_service(data, rows):
    found = texts(getattr(data, rows))
    for edge_case in EDGE_CASES:
        if len(edge_case) < 10 and not edge_case.isascii():
            assert any(set(edge_case) & set(text) for text in found), edge_case
        else:
            assert any(edge_case in text for text in found), edge_case
    assert "" in found or rows == "projectmanager_customers"


@pytest.mark.parametrize("rows", ["people", "clients", "spirii_customers"])
def test_large_ids_zero_ids_and_unset_times_are_in_every_service(data, rows):
    records = getattr(data, rows)
    assert [row.id for row in records if row.id > 2**53] == [2**53 + 1]
    assert any(0 in (getattr(row, "company_id", 1), getattr(row, "owner_id", 1)) for row in records)
    times = {row.created_at for row in records} | {row.updated_at for row in records}
    assert times >= UNSET


def test_edge_cases_are_few(data):
    strange = re.compile(r"[<=@$+]|^_|^$|[^\W\da-zA-ZÀ-ſ]")
    names = [f"{p.first_name}{p.last_name}" for p in data.people]
    for found in (names, [c.name or "" for c in data.projectmanager_customers], [c.title or "" for c in data.clients]):
        assert 0 < sum(bool(strange.search(name)) for name in found) < len(found) * 0.05


def test_rates_are_missing_for_many_and_in_cents_for_the_rest(data):
    rates = [p.user_rate for p in data.people if p.user_rate]
    assert 300 < len(rates) < 600
    assert all(9000 <= rate < 24100 for rate in rates)
    assert any("userRate" in p.omitted_keys for p in data.people)


def test_email_addresses_are_of_reserved_domains(data):
    every = texts(data.people) + texts(data.companies) + texts(data.spirii_customers)
    found = re.findall(r"[\w.'-]+@[\w.-]+", "\n".join(every))
    assert {address.partition("@")[2] for address in found} == {"example.com", "example.org", "example.invalid"}


def test_some_names_repeat_and_some_are_missing_but_no_email_address_repeats(data):
    both = [[row.name for row in rows] for rows in (data.projectmanager_customers, data.spirii_customers)]
    for names in map(Counter, (*both, [client.title for client in data.clients])):
        assert any(count > 1 for name, count in names.items() if name)
        assert None in names or "" in names
    names = Counter((p.first_name, p.last_name) for p in data.people)
    assert names["Anna", "Schmidt"] >= 2
    addresses = Counter(p.email for p in data.people if p.email)
    assert addresses.most_common(1)[0][1] == 1


def test_texts_with_leading_zeros(data):
    billing = [c.details.get("billingDetails") or {} for c in data.spirii_customers]
    for key in ("gln", "zipCode", "vatNumber"):
        assert any((row.get(key) or "").startswith("0") for row in billing), key
    assert any((c.external_id or "").startswith("00") for c in data.spirii_customers)


def test_resources_of_projectmanager(data):
    resources = data.resources
    kinds = Counter(r.kind for r in resources)
    assert kinds["person"] > 150
    assert min(kinds["material"], kinds["equipment"]) > 5
    assert {r.role for r in resources if r.kind != "person"} == {None}
    assert any(r.email and not r.role for r in resources)
    assert all(r.email for r in resources if r.role)
    assert sum(r.kind == "person" and not r.email for r in resources) > 3
    roles = {role.id: role.name for role in data.roles}
    lost = [r for r in resources if r.role and roles.get(r.role_id) != r.role]
    assert [r.role for r in lost] == ["Intern (role was removed)"]
    assert len({r.role for r in resources} & set(roles.values())) == len(roles)
    admins = [r for r in resources if r.role == "Admin"]
    assert any(not r.is_active for r in admins)
    assert any((r.last_online or "9") < "2025" for r in admins)
    emails = {p.email for p in data.people}
    assert sum(r.email in emails for r in resources) > 50
    gone = {p.email for p in data.people if p.deleted and p.email}
    left = [r for r in data.resources if r.email in gone]
    assert {r.is_active for r in left} == {True, False}


def test_projects_of_projectmanager(data):
    projects = data.projectmanager_projects
    per_customer = Counter(p.customer_id for p in projects)
    assert len(per_customer) > 15
    largest = per_customer.most_common(2)[0 if per_customer.most_common(1)[0][0] else 1][0]
    late = [p for p in projects if p.customer_id == largest and p.status_update == "Over budget"]
    assert any(p.budget > 1_000_000 and p.target_date < "2026-09-01" for p in late)
    assert sum(p.is_template for p in projects) == 5
    assert any(p.status.flags["isDeleted"] and p.customer_id for p in projects)
    names = Counter(p.name for p in projects)
    assert names["Office move"] == 2
    assert len({p.id for p in projects}) == len(projects)
    resources = {r.id for r in data.resources}
    assert {p.manager_id for p in projects} <= resources | {None}
    assert {p.owner_id for p in projects} <= resources | {None}


def test_projects_of_teamwork(data):
    projects = {project.name: project for project in data.projects}
    today = datetime(2026, 9, 1, 8, tzinfo=UTC)
    forgotten = projects["Photo library"]
    assert forgotten.sub_status == "late"
    assert today - instant(forgotten.last_worked_on) > timedelta(days=365)
    members = {m.person_id for m in data.memberships if m.project_id == forgotten.id}
    outside = {p.id for p in data.people if p.type == "collaborator"}
    assert len(members & outside) > len(members) / 3
    assert projects["Contact list clean-up"].owner_id == 0
    for project in data.projects:
        if project.sub_status == "late":
            assert instant(project.end_at) < today
        if project.sub_status == "upcoming":
            assert instant(project.start_at) > today
        assert (project.completed_at is not None) is (project.sub_status == "completed")
    assert {p.start_at for p in data.projects} >= {None, "", "0001-01-01T00:00:00Z"}
