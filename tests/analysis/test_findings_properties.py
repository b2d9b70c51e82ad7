"""Properties of findings that hold for any people, permissions and roles."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pmframes.report import RULES, findings
from tests.support import frames
from tests.support.reviews import FLAGS, MONEY, ROLE, logins, members, people, roles, unchecked

ANY_FLAG = st.sampled_from([True, False, None])
PERSON = {
    "id": st.integers(1, 5), "project_id": st.sampled_from([None, 7, 8]),
    "email": st.sampled_from([None, "", "a@x", "A@x ", "b@x"]), "type": st.sampled_from([None, *frames.TYPES]),
    "company_id": st.sampled_from([None, 3]), **dict.fromkeys(FLAGS, ANY_FLAG),
}  # fmt: skip
MEMBER = {
    "person_id": st.integers(1, 4), "project_id": st.sampled_from([7, 8]),
    "type": st.sampled_from([None, *frames.TYPES]),
    **dict.fromkeys((*FLAGS[:3], "project_administrator", *MONEY), ANY_FLAG),
}  # fmt: skip
GRANTS = dict.fromkeys(list(ROLE)[2:], ANY_FLAG)
# A project or a role shows its id, and a person one name, so that a finding can be read back.
UNNAMED = {"project_name": st.none()}
PEOPLE = st.lists(st.fixed_dictionaries(PERSON | UNNAMED | {"name": st.none()}), max_size=8)
MEMBERS = st.lists(st.fixed_dictionaries(MEMBER | UNNAMED | {"name": st.none()}), max_size=6)
ROLES = st.lists(st.fixed_dictionaries({"id": st.sampled_from("abc"), "name": st.none(), **GRANTS}), max_size=4)
LOGINS = st.sets(st.integers(1, 5)).map(lambda ids: [{"id": one} for one in sorted(ids)])
ALL_FLAGS = {*FLAGS, *MONEY, "project_administrator", *GRANTS}
INPUT = st.tuples(PEOPLE, MEMBERS, ROLES, LOGINS)


def find(persons, memberships, role_rows, logged_in, **options):
    logged_in_frame = logins(*logged_in)
    return findings(people(*persons), members(*memberships), roles(*role_rows), logged_in=logged_in_frame, **options)


def as_set(table):
    """Return rule, people and projects of each finding, without the order of people and projects."""
    pairs = zip(table["rule"], table["who"], table["where"].fillna(""), strict=True)
    found = [
        (rule, frozenset(who.split(", ")), frozenset(filter(None, where.split(", ")))) for rule, who, where in pairs
    ]
    assert len(set(found)) == len(found), "a finding is repeated"
    return set(found)


@given(INPUT, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(given_rows, random):
    shuffled = [random.sample(rows, len(rows)) for rows in given_rows]
    assert as_set(find(*given_rows)) == as_set(find(*shuffled))


@given(INPUT)
def test_repeated_rows_add_nothing(given_rows):
    pd.testing.assert_frame_equal(find(*(rows * 2 for rows in given_rows)), find(*given_rows))


@given(INPUT)
def test_missing_flags_find_what_false_finds(given_rows):
    def with_false(rows):
        return [{key: False if key in ALL_FLAGS and row[key] is None else row[key] for key in row} for row in rows]

    pd.testing.assert_frame_equal(find(*map(with_false, given_rows)), find(*given_rows))


@given(INPUT)
def test_person_membership_and_role_without_rights_add_nothing(given_rows):
    persons, memberships, role_rows, logged_in = given_rows
    added = find(
        [*persons, {"id": 99, "email": "new@x"}],
        [*memberships, {"person_id": 99, "type": "collaborator"}],
        [*role_rows, {"id": "z", "is_guest": True}],
        [*logged_in, {"id": 99}],
    )
    pd.testing.assert_frame_equal(added, find(*given_rows))


@given(INPUT)
def test_findings_name_only_ids_and_projects_of_the_input(given_rows):
    frame_of = {rule.name: rule.frame for rule in RULES}
    ids = dict(zip(("people", "permissions", "roles", "logged_in"), map(_ids, given_rows), strict=True))
    ids["logged_in"] = ids["people"]
    table = find(*given_rows)
    for rule, who, where in as_set(table):
        assert who <= ids[frame_of[rule]]
        assert where <= {"7", "8"}
    assert not set(unchecked(table)) & set(table["rule"])
    assert table["severity"].is_monotonic_decreasing


def _ids(rows):
    return {str(row.get("id", row.get("person_id"))) for row in rows}


@given(MEMBERS, PEOPLE)
def test_findings_per_project_are_those_of_each_project_alone(memberships, persons):
    rules = [rule for rule in RULES if rule.group_by == "project"]

    def of(*projects):
        rows = [[row for row in one if row["project_id"] in projects] for one in (persons, memberships)]
        return as_set(findings(people(*rows[0]), members(*rows[1]), rules=rules))

    assert of(7, 8) == of(7) | of(8)


@given(INPUT)
def test_findings_per_person_and_role_are_those_of_each_part_alone(given_rows):
    persons, _, role_rows, logged_in = given_rows
    rules = [rule for rule in RULES if rule.group_by == "person"]

    def of(ids):
        parts = [[row for row in rows if row["id"] in ids] for rows in (persons, role_rows)]
        return as_set(find(parts[0], [], parts[1], logged_in, rules=rules))

    some, others = {1, 2, "a"}, {3, 4, 5, "b", "c"}
    assert of(some | others) == of(some) | of(others)
