"""No person, and nothing that was searched for, is in a log, an error, attrs or the name of a file."""

import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pmframes as pm

from . import front as faults
from .front import Asked, Front, Handler
from .loads import LOADERS, connect_all
from .sweep import Sweep, listening

TERM = "Zebulon Quux"
SEARCHES: dict[str, Callable[..., pd.DataFrame]] = {
    "search_term": lambda **options: pm.teamwork.people(search_term=TERM, **options),
    "title": lambda **options: pm.outlign.clients(title=TERM, **options),
    "search": lambda **options: pm.spirii.customers(search=TERM, **options),
    "params": lambda **options: pm.teamwork.people(params={"searchTerm": TERM}, **options),
    "unknown params": lambda **options: pm.projectmanager.customers(params={"who": TERM}, **options),
}
TROUBLE = [faults.refuse, faults.show_login, faults.redirect, faults.reset, faults.answer_nonsense]


def _told(error: BaseException) -> str:
    """Return what is shown of an error; the locals of a caller hold what he asked for."""
    return "\n".join([*traceback.format_exception(error), repr(error), repr(vars(error))])


@pytest.fixture
def looking(front: Front, tmp_path: Path) -> Iterator[Callable[..., Sweep]]:
    """Connect, and listen for the words that are asked for."""
    sweep = Sweep()
    connect_all(front)

    def look_for(*words: str) -> Sweep:
        sweep.spellings |= Sweep(*words).spellings
        return sweep

    with listening(sweep) as heard:
        yield look_for
    assert heard.records > 0
    sweep.look_at_files(tmp_path)
    assert sweep.found == []


def _load_or_fail(sweep: Sweep, load: Callable[..., pd.DataFrame], **options: Any) -> None:
    try:
        sweep.look("attrs", repr(load(**options).attrs))
    except pm.errors.PmframesError as error:
        sweep.look("error", _told(error))


def test_the_term_is_looked_for_where_it_would_be(front):
    """The service is told it, in the query, as urllib3 would log it; there it is found."""
    sweep = Sweep(*TERM.split())
    connect_all(front)
    SEARCHES["search_term"]()
    sweep.look("request", front.asked[-1].path)
    assert len(sweep.found) == 2


@pytest.mark.parametrize("name", SEARCHES)
def test_what_was_searched_for_is_told_to_nobody_else(name, looking, front):
    sweep, load = looking(*TERM.split()), SEARCHES[name]
    for options in ({}, {}, {"refresh": True}, {"extra_columns": True}):
        _load_or_fail(sweep, load, **options)
    with pm.offline():
        _load_or_fail(sweep, load)
        _load_or_fail(sweep, load, refresh=True)
    assert any("Zebulon" in asked.path for asked in front.asked)
    sweep.look("cache.info", pm.cache.info().to_csv())


@pytest.mark.parametrize("name", SEARCHES)
def test_what_was_searched_for_is_in_no_error(name, looking, front):
    sweep = looking(*TERM.split())
    for trouble in TROUBLE:
        front.trouble = dict.fromkeys(faults.SERVICES, trouble)
        _load_or_fail(sweep, SEARCHES[name])


@pytest.mark.parametrize("name", SEARCHES)
def test_a_debug_page_that_quotes_the_query_is_not_quoted(name, looking, front):
    sweep = looking(*TERM.split())
    front.trouble = dict.fromkeys(faults.SERVICES, faults.break_down)
    with pytest.raises(pm.errors.ServiceError) as raised:
        SEARCHES[name]()
    sweep.look("error", _told(raised.value))


# People


def _people_of(frame: pd.DataFrame) -> set[str]:
    """Return the names and addresses of persons in a frame; what is one word may be another's."""
    named = ["name"] if "email" in frame else []
    named += [name for name in frame if name.endswith("email") or name == "contact_name"]
    texts = {text for name in named for text in frame[name].dropna() if isinstance(text, str)}
    return {text for text in texts if " " in text or "@" in text}


def _garbled(key: str) -> Callable[[Handler, Asked], None]:
    """Answer well but for one value of each row: there, a person's name and address where none belongs."""

    def spoil(found: Any) -> Any:
        if isinstance(found, list):
            return [spoil(one) for one in found]
        if not isinstance(found, dict):
            return found
        return {name: spoil(value) for name, value in found.items()} | (
            {key: f"{TERM} <zebulon@quux.example>"} if key in found else {}
        )

    def answer(handler: Handler, asked: Asked) -> None:
        status, kind, body = handler.server.front.answer(asked)
        handler.reply(status, kind, json.dumps(spoil(json.loads(body))).encode())

    return answer


@pytest.mark.slow
def test_no_person_is_named_outside_a_frame(looking, front):
    people: set[str] = set()
    frames = [load() for load in LOADERS.values()]
    for frame in frames:
        people |= _people_of(frame)
    assert len(people) > 200
    sweep = looking(*people)
    for load in LOADERS.values():
        for options in ({}, {"refresh": True}, {"extra_columns": True}):
            _load_or_fail(sweep, load, **options)
    for trouble in TROUBLE:
        front.trouble = dict.fromkeys(faults.SERVICES, trouble)
        for load in LOADERS.values():
            _load_or_fail(sweep, load, refresh=True)
    sweep.look("cache.info", pm.cache.info().to_csv())
    pm.cache.clear()


@pytest.mark.product
@pytest.mark.parametrize("key", ["companyId", "createdAt", "isAdmin", "company", "locations", "created_at"])
@pytest.mark.parametrize("name", LOADERS)
def test_a_value_in_a_wrong_place_is_not_quoted(key, name, looking, front):
    """The error names the row and the field; what stood there may be a person."""
    sweep = looking(*TERM.split(), "zebulon@quux.example")
    front.trouble = dict.fromkeys(faults.SERVICES, _garbled(key))
    for options in ({}, {"extra_columns": True}):
        _load_or_fail(sweep, LOADERS[name], **options)
    front.trouble.clear()
    pm.cache.clear()


@pytest.mark.parametrize("key", ["createdAt", "companyId"])
def test_a_value_in_a_wrong_place_is_an_error(key, front):
    """Else the test above would look at frames only."""
    connect_all(front)
    front.trouble["teamwork"] = _garbled(key)
    with pytest.raises(pm.errors.UnexpectedResponse):
        pm.teamwork.people()


def test_the_name_of_an_account_is_in_no_path(front, cache_dir):
    """Who keeps accounts by mail address does not write it on the outside of a file."""
    connect_all(front, account="zebulon@quux.example")
    for load in LOADERS.values():
        load()
    names = [str(path.relative_to(cache_dir)) for path in cache_dir.rglob("*")]
    assert len(names) > 4
    assert [name for name in names if "zebulon" in name] == []
