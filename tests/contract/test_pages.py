"""Pages: what each service says of them holds for the first, the last, and what is past the end."""

import pytest

from pmframes.sandbox import Sandbox

from .walk import (
    CLIENTS,
    COMPANIES,
    CUSTOMERS,
    OUTLIGN_COMPANIES,
    PEOPLE,
    PM_PROJECTS,
    PM_RESOURCES,
    PROJECT_PEOPLE,
    PROJECTS,
    Call,
    Visitor,
    somewhere,
)

TEAMWORK = {PEOPLE: "people", PROJECT_PEOPLE: "people", PROJECTS: "projects", COMPANIES: "companies"}


def teamwork_pages(visitor, path, size, **more):
    """Return the rows of every page, and what each page says of itself; the last one is past the end."""
    rows, pages, at = [], [], somewhere(visitor, path)
    while not pages or rows[-1]:
        query = {"pageSize": size, "page": len(pages) + 1, "orderBy": "name"} | more
        body = visitor.send(Call(path, tuple(query.items()), at=at)).json()
        rows.append([row["id"] for row in body[TEAMWORK[path]]])
        pages.append(body["meta"]["page"])
    return rows, pages


@pytest.mark.parametrize("path", list(TEAMWORK))
def test_teamwork_counts_exactly_and_says_when_there_is_more(visitors, path):
    rows, pages = teamwork_pages(visitors["teamwork"], path, 4)
    ids = [each for page in rows for each in page]
    assert len(rows) > 2
    assert len(ids) == len(set(ids))
    assert [len(page) for page in rows[:-2]] == [4] * (len(rows) - 2)
    assert [page["hasMore"] for page in pages] == [True] * (len(pages) - 2) + [False] * 2
    assert [page["pageOffset"] for page in pages] == list(range(len(pages)))
    assert {page["pageSize"] for page in pages} == {4}
    assert {page["count"] for page in pages} == {len(ids)}


@pytest.mark.parametrize("path", list(TEAMWORK))
def test_the_older_teamwork_counts_one_more_while_there_is_more(path):
    """Section 3: ``page*pageSize + 1`` while hasMore, exact on the last page."""
    with Sandbox(people=60, api_versions={"teamwork": {"lower-bound-count"}}) as box:
        rows, pages = teamwork_pages(Visitor(box, "teamwork"), path, 4)
    total = sum(map(len, rows))
    expected = [number * 4 + 1 if page["hasMore"] else total for number, page in enumerate(pages[:-1], 1)]
    assert len(rows) > 2
    assert [page["count"] for page in pages[:-1]] == expected


@pytest.mark.parametrize("path", list(TEAMWORK))
def test_teamworks_skipped_count_is_a_lower_bound_that_is_still_sent(visitors, path):
    rows, pages = teamwork_pages(visitors["teamwork"], path, 4, skipCounts="true")
    seen = 0
    for page, listed in list(zip(pages, rows, strict=True))[:-1]:
        seen += len(listed)
        assert page["count"] >= seen


@pytest.mark.parametrize("path", [PM_RESOURCES, PM_PROJECTS])
def test_projectmanager_pages_join_to_the_whole(visitors, path):
    visitor = visitors["projectmanager"]
    whole = [row["id"] for row in visitor.rows(path)]
    parts, size = [], max(1, len(whole) // 3)
    for skip in range(0, len(whole) + size, size):
        body = visitor.send(Call(path, (("$top", size), ("$skip", skip), ("$orderby", "id")))).json()
        assert len(body["data"]) == max(0, min(size, len(whole) - skip))
        parts += [row["id"] for row in body["data"]]
    assert len(whole) > 3
    assert sorted(parts) == sorted(whole)
    assert len(parts) == len(set(parts))


@pytest.mark.parametrize(("path", "query"), [(CLIENTS, ""), (CLIENTS, "a"), (OUTLIGN_COMPANIES, "")])
def test_outlign_says_that_there_is_more_and_never_how_much(visitors, path, query):
    asked = (("title", query),) if query else ()
    seen, number = [], 0
    while True:
        number += 1
        body = visitors["outlign"].send(Call(path, (*asked, ("per_page", 7), ("page", number)))).json()
        meta, links, length = body["meta"], body["links"], len(body["data"])
        assert (meta["current_page"], meta["per_page"]) == (number, 7)
        first = (number - 1) * 7 + 1
        assert (meta["from"], meta["to"]) == ((first, first + length - 1) if length else (None, None))
        assert (links["prev"] is None) == (number == 1)
        # Section 3: the link to the next page drops the filters.
        assert "title=" not in str(links)
        seen += [row["id"] for row in body["data"]]
        if links["next"] is None:
            break
    assert number > 2
    assert len(seen) == len(set(seen))
    past = visitors["outlign"].send(Call(path, (*asked, ("per_page", 7), ("page", number + 1)))).json()
    assert (past["data"], past["meta"]["from"], past["meta"]["to"]) == ([], None, None)
    assert past["links"]["next"] is None


def test_spiriis_pages_join_to_its_count(visitors):
    seen, count = [], 1
    while len(seen) < count:
        query = (("sortBy", "id"), ("sortDirection", "asc"), ("limit", 60), ("offset", len(seen)))
        body = visitors["spirii"].send(Call(CUSTOMERS, query)).json()
        assert (body["offset"], 1 <= body["limit"] <= 60) == (len(seen), True)
        assert body["data"]
        count = body["count"]
        seen += [row["id"] for row in body["data"]]
    assert seen == sorted(set(seen))
    assert len(seen) == count
    past = visitors["spirii"].send(Call(CUSTOMERS, (("offset", count),))).json()
    assert (past["data"], past["count"]) == ([], count)
