"""The data: what the story needs, what is awkward on purpose, and that neither gets out of hand."""

import re
import unicodedata
from collections import Counter
from dataclasses import asdict

import pytest

from pmframes.sandbox import Sandbox

SUFFIXES = re.compile(r"\b(a s|as|aps|gmbh co kg|gmbh|ag|ltd|limited|inc|llc|sas|sarl|s a|ab|aktiebolag)$")
UNSET = {None, "", "0001-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def data():
    return Sandbox().data


def alike(name):
    """A name without case, accents, punctuation and legal suffix."""
    bare = name.lower().translate(str.maketrans({"ø": "o", "æ": "ae", "ß": "ss"}))
    letters = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    return SUFFIXES.sub("", " ".join(re.split(r"\W+", letters)).strip()).strip()


def on_projects(data, test):
    people = {person.id: person for person in data.people}
    return [m for m in data.memberships if test(people[m.person_id], m)]


def test_the_sizes_promised(data):
    sizes = (data.people, data.projects, data.roles, data.projectmanager_customers, data.clients, data.spirii_customers)
    assert [len(rows) for rows in sizes] == [1200, 24, 14, 380, 420, 640]
    assert len(data.outlign_companies) == 40
    assert [project.id for project in data.projects] == list(range(480101, 480125))


def test_ids_are_unique_and_references_lead_somewhere(data):
    for rows in (
        data.people,
        data.companies,
        data.projects,
        data.clients,
        data.spirii_customers,
        data.projectmanager_customers,
    ):
        assert len({row.id for row in rows}) == len(rows)
    companies, people = {c.id for c in data.companies}, {p.id for p in data.people}
    assert {p.company_id for p in data.people} - companies == {None, 0}
    assert {project.company_id for project in data.projects} <= companies
    assert {project.owner_id for project in data.projects} <= people | {0}
    assert len({(m.project_id, m.person_id) for m in data.memberships}) == len(data.memberships)
    customers = {c.id for c in data.spirii_customers}
    assert {c.owner_id for c in data.spirii_customers} | {c.cpo_id for c in data.spirii_customers} <= customers | {
        None,
        0,
    }


def test_projects_differ_in_their_make_up(data):
    sizes = Counter(m.project_id for m in data.memberships)
    assert sizes[480124] == 0
    assert sizes[480101] > 200
    assert max(Counter(m.person_id for m in data.memberships).values()) >= 4
    types = {p.id: p.type for p in data.people}
    mostly = {
        project: Counter(types[m.person_id] for m in data.memberships if m.project_id == project).most_common(1)[0][0]
        for project in sizes
    }
    assert set(mostly.values()) == {"account", "collaborator", "contact"}


def test_the_findings_that_an_access_review_looks_for(data):
    assert on_projects(data, lambda p, m: p.is_service_account and m.permissions["projectAdministrator"])
    assert on_projects(data, lambda p, m: p.type == "collaborator" and m.permissions["canViewProjectBudget"])
    assert on_projects(data, lambda p, m: p.is_client_user and m.permissions["projectAdministrator"])
    assert on_projects(data, lambda p, m: p.deleted)
    assert on_projects(data, lambda p, m: (p.last_login or "9") < "2025-09-01" and p.is_admin)
    assert not on_projects(data, lambda p, m: m.permissions["active"] is p.deleted)
    grants = {role.name: {key for key, (on, _) in role.permissions.items() if on} for role in data.roles}
    assert {"approveTimesheets", "editTeamTimesheets"} <= grants["Timesheet clerk"]
    assert {"editSecurityPage", "editUsers"} <= grants["IT support"]


def test_states_among_the_permissions_tell_the_truth(data):
    (archived,) = [project.id for project in data.projects if project.is_archived]
    for membership in data.memberships:
        assert membership.permissions["isArchived"] is (membership.project_id == archived)
        assert membership.permissions["isObserving"] is membership.is_observing
    assert not on_projects(data, lambda p, m: p.is_client_user and m.permissions["inOwnerCompany"])


def test_the_smallest_agency_tells_the_story_too():
    small = Sandbox(people=10).data
    assert {p.type for p in small.people} == {"account", "collaborator", "contact"}
    assert on_projects(small, lambda p, m: p.is_service_account and p.is_admin)
    assert on_projects(small, lambda p, m: p.deleted and m.project_id == 480101)
    assert on_projects(small, lambda p, m: p.type == "collaborator" and m.permissions["canViewProjectBudget"])


def test_more_people_are_the_same_people_and_more(data):
    few, more = (Sandbox(people=count).data for count in (50, 80))
    assert few.people == more.people[:50] == data.people[:50]
    assert few.clients == more.clients == data.clients


def test_many_firms_are_in_three_services_under_different_names(data):
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


AWKWARD = (
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://example.invalid","x")',
    "+1",
    "@SUM(A1)",
    "$x^$",
    "_",
    "'",
    "🌅🎨",
    "空明",
    "القمرمحد",
    "דנהג",
)


def texts(rows):
    def walk(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list | tuple):
            for item in value.values() if isinstance(value, dict) else value:
                yield from walk(item)

    return [text for row in rows for text in walk(asdict(row))]


@pytest.mark.parametrize("rows", ["people", "projectmanager_customers", "clients", "spirii_customers"])
def test_awkward_texts_are_in_every_service(data, rows):
    found = texts(getattr(data, rows))
    for awkward in AWKWARD:
        if len(awkward) < 10 and not awkward.isascii():
            assert any(set(awkward) & set(text) for text in found), awkward
        else:
            assert any(awkward in text for text in found), awkward
    assert "" in found or rows == "projectmanager_customers"


@pytest.mark.parametrize("rows", ["people", "clients", "spirii_customers"])
def test_ids_beyond_a_double_zero_ids_and_unset_times_are_in_every_service_that_has_them(data, rows):
    records = getattr(data, rows)
    assert [row.id for row in records if row.id > 2**53] == [2**53 + 1]
    assert any(0 in (getattr(row, "company_id", 1), getattr(row, "owner_id", 1)) for row in records)
    times = {row.created_at for row in records} | {row.updated_at for row in records}
    assert times >= UNSET


def test_the_awkward_are_few(data):
    strange = re.compile(r"[<=@$+]|^_|^$|[^\W\da-zA-ZÀ-ſ]")
    names = [f"{p.first_name}{p.last_name}" for p in data.people]
    for found in (names, [c.name or "" for c in data.projectmanager_customers], [c.title or "" for c in data.clients]):
        assert 0 < sum(bool(strange.search(name)) for name in found) < len(found) * 0.05


def test_rates_are_missing_for_many_and_in_cents_for_the_rest(data):
    rates = [p.user_rate for p in data.people if p.user_rate]
    assert 300 < len(rates) < 600
    assert all(9000 <= rate < 24100 for rate in rates)
    assert any("userRate" in p.omitted_keys for p in data.people)


def test_every_address_is_one_that_nobody_has(data):
    found = re.findall(
        r"[\w.'-]+@[\w.-]+", "\n".join(texts(data.people) + texts(data.companies) + texts(data.spirii_customers))
    )
    assert {address.partition("@")[2] for address in found} == {"example.com", "example.org", "example.invalid"}


def test_some_people_share_a_name_and_nobody_an_address(data):
    names = Counter((p.first_name, p.last_name) for p in data.people)
    assert names["Anna", "Schmidt"] >= 2
    addresses = Counter(p.email for p in data.people if p.email)
    assert addresses.most_common(1)[0][1] == 1


def test_texts_with_leading_zeros(data):
    billing = [c.details.get("billingDetails") or {} for c in data.spirii_customers]
    for key in ("gln", "zipCode", "vatNumber"):
        assert any((row.get(key) or "").startswith("0") for row in billing), key
    assert any((c.external_id or "").startswith("00") for c in data.spirii_customers)
