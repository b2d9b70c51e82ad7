"""Values as services send them now and then: what each becomes, exactly. All bodies are made by hand."""

import json
from typing import Any

import pytest

import pmframes as pm
from tests.support.cases import CASES, case_of
from tests.support.server import FakeServer, reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
CLIENTS, PEOPLE, CUSTOMERS = case_of("outlign.clients"), case_of("teamwork.people"), case_of("spirii.customers")
PROJECTS = case_of("teamwork.projects")


def title(server: FakeServer, body: bytes) -> Any:
    CLIENTS.start(server, reply(body))
    return CLIENTS.load()["title"].tolist()


# Text


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"Ann \ud83d", "Ann \ufffd"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\\ud83d", r"\ud83d"),
        (r"\\\ud83d", "\\\ufffd"),
        (r"\uD83D\n\u00e9", "\ufffd\né"),
    ],
)
def test_half_a_character_is_read_as_a_replacement(sent: str, read: str, server: FakeServer) -> None:
    assert title(server, f'[{{"id":1,"title":"{sent}"}},{{"id":2,"title":"B"}}]'.encode()) == [read, "B"]


def test_a_byte_order_mark_is_skipped(server: FakeServer) -> None:
    assert title(server, b'\xef\xbb\xbf[{"id":1,"title":"A"}]') == ["A"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("case", [CLIENTS, CUSTOMERS, PEOPLE], ids=lambda case: case.service)
def test_a_number_that_json_does_not_have_is_an_error(case: Any, value: str, server: FakeServer) -> None:
    body = json.dumps(case.body([case.row(1) | {"id": 1, "odd": "(odd)"}])).replace('"(odd)"', value)
    case.start(server, reply(body))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        case.load()
    assert "login" not in str(raised.value)
    assert pm.cache.info().empty


# Lists


@pytest.mark.parametrize(
    ("data", "ids"), [({"0": 1, "2": 5}, [1, 5]), ({"5": 1, "3": 2}, [1, 2]), ({}, []), ([], [])], ids=repr
)
def test_an_object_for_a_list_is_the_list(data: Any, ids: list[int], server: FakeServer) -> None:
    rows = {key: CLIENTS.row(number) for key, number in data.items()} if data else data
    CLIENTS.start(server, reply(CLIENTS.body([]) | {"data": rows}))
    assert CLIENTS.load()["id"].tolist() == ids


def test_no_list_an_empty_one_and_null_are_told_apart(server: FakeServer) -> None:
    sent: list[Any] = [{"teams": []}, {"teams": None}, {}, {"teams": [{"id": 9, "type": "teams"}]}]
    PEOPLE.start(server, PEOPLE.body([PEOPLE.row(number) | more for number, more in enumerate(sent, 1)]))
    assert PEOPLE.load()["team_ids"].tolist() == [[], None, None, [9]]


# The first path that has a value, row by row


@pytest.mark.parametrize("start", ["", None, "0001-01-01T00:00:00Z", "0000-00-00", "absent"])
def test_the_first_path_with_a_value_wins_whatever_other_rows_have(start: Any, server: FakeServer) -> None:
    first = PROJECTS.row(1) | {"startAt": start, "startDate": "2026-01-01T00:00:00Z"}
    if start == "absent":
        del first["startAt"]
    for rows in ([first], [first, PROJECTS.row(2)]):
        PROJECTS.start(server, PROJECTS.body(rows))
        times = PROJECTS.load(refresh=True)["starts_at"]
        assert [time.year for time in times] == [2026, 2025][: len(rows)]


# Times


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0000-00-00 00:00:00", None),
        ("-0001-11-30T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("2024-12-31T23:59:60Z", "2025-01-01T00:00:00+00:00"),
        ("2024-12-31T23:59:60.5Z", "2025-01-01T00:00:00.500000+00:00"),
        ("2024-12-31T23:59:60+01:00", "2024-12-31T23:00:00+00:00"),
        ("2024-12-31T24:00:00Z", "2025-01-01T00:00:00+00:00"),
        ("2024-12-31 24:00", "2025-01-01T00:00:00+00:00"),
        ("2024-02-28T24:00:00Z", "2024-02-29T00:00:00+00:00"),
    ],
)
def test_times(sent: str, read: str | None, server: FakeServer) -> None:
    CLIENTS.start(server, CLIENTS.body([CLIENTS.row(1) | {"created_at": sent}, CLIENTS.row(2)]))
    first, second = CLIENTS.load()["created_at"]
    assert (first.isoformat() if read else str(first)) == (read or "NaT")
    assert second.isoformat() == "2023-01-01T12:00:00+00:00"


@pytest.mark.parametrize("sent", ["now", "yesterday", "2024-13-01", "2024-12-31T24:30:00Z", "2024-12-31T23:59:61Z"])
def test_what_is_no_time_names_row_and_field(sent: str, server: FakeServer) -> None:
    CLIENTS.start(server, CLIENTS.body([CLIENTS.row(1), CLIENTS.row(2) | {"created_at": sent}]))
    with pytest.raises(pm.errors.UnexpectedResponse, match=r"row 2.*created_at"):
        CLIENTS.load()


# Numbers


UNREADABLE = [
    (CUSTOMERS, "id", "9007199254740993.0", "id"),
    (CUSTOMERS, "id", '"9007199254740993.5"', "id"),
    (CUSTOMERS, "id", "1e400", "id"),
    (CUSTOMERS, "id", '"1e3"', "id"),
    (PEOPLE, "id", "1e400", "id"),
    (PEOPLE, "lengthOfDay", "1e400", "length_of_day"),
    (PEOPLE, "lengthOfDay", '"1e400"', "length_of_day"),
    (PEOPLE, "companyId", "1e400", "company_id"),
    (PEOPLE, "companyId", "9007199254740993.0", "company_id"),
]


@pytest.mark.parametrize(
    ("case", "key", "number", "column"),
    UNREADABLE,
    ids=[f"{case.service}-{key}-{text}" for case, key, text, _ in UNREADABLE],
)
def test_a_number_that_cannot_be_held_is_an_error(
    case: Any, key: str, number: str, column: str, server: FakeServer
) -> None:
    """Never infinity, and never another number than was sent."""
    body = json.dumps(case.body([case.row(1) | {key: "(number)"}, case.row(2)])).replace('"(number)"', number)
    case.start(server, reply(body))
    with pytest.raises(pm.errors.UnexpectedResponse, match=rf"row .*({key}|{column})"):
        case.load()


def test_a_large_number_is_read_as_it_was_sent(server: FakeServer) -> None:
    CUSTOMERS.start(server, CUSTOMERS.body([CUSTOMERS.row(1) | {"id": 2**53 + 1}]))
    assert CUSTOMERS.load()["id"].tolist() == [2**53 + 1]


def test_names_that_would_be_one_column_are_two(server: FakeServer) -> None:
    for row in ({"x.y": 1, "x": {"y": 2}}, {"x": {"y": 2}, "x.y": 1}):
        CLIENTS.start(server, CLIENTS.body([CLIENTS.row(1) | row]))
        frame = CLIENTS.load(extra_columns=True, refresh=True)
        assert frame[["x_y", "sent_x_y"]].iloc[0].tolist() == [2, 1]


# A body of another version


def test_fields_that_never_came_are_listed_and_warned_of(server: FakeServer) -> None:
    PEOPLE.start(server, PEOPLE.body([{"id": "5", "first-name": "Ann"}]))
    with pytest.warns(UserWarning, match="NA in all 1 row") as warned:
        frame = PEOPLE.load()
    assert {"firstName", "email"} <= set(frame.attrs["pmframes"]["missing_fields"])
    assert len(warned) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rows_as_documented_lack_nothing(case: Any, server: FakeServer, recwarn: pytest.WarningsRecorder) -> None:
    case.start(server, case.honest(case.rows(3)))
    assert case.load()[case.id_column].tolist() == case.keys(3)
    assert len(recwarn) == 0
