"""The values that design.md section 6 lists are in the bodies, counted as they come, service by service."""

import re
from collections import Counter, defaultdict

import pytest

from .walk import LISTS, PROJECT_PEOPLE, PROJECTS, Call

TEXTS = {
    "CJK": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"),
    "right to left": re.compile(r"[\u0590-\u06ff]"),
    "emoji": re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf]"),
    "apostrophe": re.compile(r"\w['’]\w"),
    "markup": re.compile(r"<img\b[^>]*\bonerror\s*=", re.IGNORECASE),
    "formula": re.compile(r"^=HYPERLINK\("),
    "mathematics": re.compile(r"\$x\^\$"),
    "leading zeros": re.compile(r"^0\d+$"),
}
DATE_KEY = re.compile(r"(At|_at|Date|DateTime|lastLogin|lastWorkedOn)$")
UNSET = (None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00")
EVERYWHERE = {"null", "empty string", "duplicate name", *TEXTS} - {"leading zeros"}
# ProjectManager.com has no id that is a number; text that looks like a number is in short codes there, and
# documented for Spirii (section 3).
WANTED = {
    "teamwork": EVERYWHERE | {"zero id", "unset date"},
    "projectmanager": EVERYWHERE | {"unset date", "leading zeros"},
    "outlign": EVERYWHERE | {"unset date", "zero id"},
    "spirii": EVERYWHERE | {"zero id", "leading zeros", "unset date"},
}


def values(body, key=""):
    """Return every value of a body with the key that it stands under."""
    if isinstance(body, dict):
        for name, each in body.items():
            yield from values(each, name)
    elif isinstance(body, list):
        for each in body:
            yield from values(each, key)
    else:
        yield key, body


def kinds(key, value):
    if value is None:
        yield "null"
    if value == "" and isinstance(value, str):
        yield "empty string"
    if value == 0 and not isinstance(value, bool) and re.search(r"(^id|Id|_id)$", key):
        yield "zero id"
    if DATE_KEY.search(key) and value in UNSET:
        yield "unset date"
    if isinstance(value, str):
        yield from (kind for kind, pattern in TEXTS.items() if pattern.search(value))


def name_of(row):
    return row.get("name") or row.get("title") or " ".join(filter(None, (row.get("firstName"), row.get("lastName"))))


def every_row(visitor):
    """Return the rows of every list of a service, all pages, by path."""
    size = {"teamwork": ("pageSize", 500), "outlign": ("per_page", 1000), "spirii": ("limit", 100)}
    places = {PROJECT_PEOPLE: [{"projectId": row["id"]} for row in visitor.rows(PROJECTS)]}
    for path, key in LISTS[visitor.service].items():
        for at in places.get(path, [{}]):
            yield path, list(rows_of(visitor, path, key, at, size.get(visitor.service)))


def rows_of(visitor, path, key, at, size):
    seen = 0
    while True:
        more = (("offset", seen),) if visitor.service == "spirii" else ()
        body = visitor.send(Call(path, (size, *more) if size else (), at=at)).json()
        yield from body[key]
        seen += len(body[key])
        if visitor.service != "spirii" or seen >= body["count"]:
            return


@pytest.mark.parametrize("service", list(WANTED))
def test_the_awkward_values_are_there(visitors, service):
    found, ids = Counter(), defaultdict(set)
    for path, rows in every_row(visitors[service]):
        assert rows, path
        for row in rows:
            found.update(kind for key, value in values(row) for kind in kinds(key, value))
            if name_of(row):
                ids[path, name_of(row)].add(row["id"])
    found["duplicate name"] = sum(len(same) > 1 for same in ids.values())
    assert {kind for kind in WANTED[service] if not found[kind]} == set(), found
