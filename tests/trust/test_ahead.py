"""Pages that were asked for ahead and are not wanted, windows, and totals that do not agree at first."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import stamina

import pmframes as pm
from pmframes._http import rate_limit

from . import wire as by
from .services import BY_NAME, Case, changed, first_asked, honest, start
from .wire import Answer, Asked, Reply, reply

UNPACED = {"requests_per_minute": 10**6}
TEAMWORK = ("teamwork.people", "teamwork.people-of-the-site")
HTML = "<html>Bad Gateway</html>"

# Pages past the end

PAST_THE_END = {
    "400": reply({"message": "no such page"}, status=400),
    "401": reply({"message": "Unauthenticated."}, status=401),
    "404": reply({"message": "no such page"}, status=404),
    "422": reply({"message": "no such page"}, status=422),
    "429 for an hour": reply({}, status=429, Retry_After="3600"),
    "500": reply({"message": "offset out of range"}, status=500),
    "502 HTML": reply(HTML, status=502, kind="text/html"),
    "200 HTML": reply(HTML, kind="text/html"),
    "redirect": reply(status=302, Location="/login"),
    "204": reply(status=204),
    "no JSON": reply(b'{"people":[{"id":'),
    "other JSON": reply([1, 2]),
    "a reset": reply(manner=by.reset_at_once),
    "a body cut short": reply(b"{}" * 50, manner=by.cut_short),
    "the last page again": None,
    "other people": None,
}


def _ends(case: Case, past: str, last_is_late: bool) -> Answer:
    """Three honest pages, then this; it comes once the third is asked for, which it would hold back."""
    good, third = honest(case, case.rows(6), clamp=2), threading.Event()

    def answer(asked: Asked) -> Reply:
        number, _ = asked.place
        if number == 3:
            third.set()
            threading.Event().wait(0.05 * last_is_late)
        if number <= 3:
            return good(asked)
        third.wait(60)
        if past == "the last page again":
            return reply(case.body(case.rows(2, first=5), number=number, size=2))
        if past == "other people":
            return reply(case.body(case.rows(2, first=900), number=number, size=2, more=True))
        return PAST_THE_END[past]

    return answer


@pytest.mark.product
@pytest.mark.parametrize("last_is_late", [False, True], ids=["in order", "before the last page"])
@pytest.mark.parametrize("past", PAST_THE_END)
def test_what_comes_past_the_end_does_no_harm(past, last_is_late, wire):
    """For Teamwork hasMore decides; what was asked for beyond it is dropped, whatever it was."""
    case = start(BY_NAME["teamwork.people"], wire, _ends(BY_NAME["teamwork.people"], past, last_is_late))
    began = time.monotonic()
    with stamina.set_testing(False):
        frame = case.load()
    assert frame["id"].tolist() == case.keys(6)
    assert time.monotonic() - began < 30, "the load waited for a page that it does not want"
    asked = len(wire.requests)
    assert case.load().equals(frame)
    assert case.load().attrs["pmframes"]["cached"] is True
    assert len(wire.requests) <= asked + 5, "a page that was under way may still arrive"


def test_what_is_not_wanted_is_not_asked_for_again(wire, monkeypatch):
    """Neither when the load is done, nor with a credential that was forgotten meanwhile."""
    before, waiting, really_wait = threading.enumerate(), set(), rate_limit._wait

    def noted(changed: threading.Condition, seconds: float | None) -> None:
        waiting.add(threading.current_thread())
        really_wait(changed, seconds)
        waiting.discard(threading.current_thread())

    monkeypatch.setattr(rate_limit, "_wait", noted)
    case = BY_NAME["teamwork.people"]
    good = honest(case, case.rows(6), clamp=2)
    down = reply({}, status=503, Retry_After="2")
    start(case, wire, lambda asked: good(asked) if asked.place[0] <= 3 else down)
    with stamina.set_testing(False):
        case.load()
        pm.disconnect("teamwork")
        asking = [one for one in threading.enumerate() if one.name == "pmframes" and one not in before]
        while any(one.is_alive() and one not in waiting for one in asking):
            time.sleep(0.01)
        asked = len(wire.requests)
        for one in asking:
            one.join()
    assert len(wire.requests) == asked


def test_a_401_past_the_end_asks_no_token_function(wire):
    case, asked = BY_NAME["teamwork.people"], []

    def token() -> str:
        asked.append(1)
        return "the-one-token"

    start(case, wire, _ends(case, "401", True), token=token)
    assert case.load()["id"].tolist() == case.keys(6)
    assert len(asked) <= 2


SCRIPT = """
import sys
import pandas as pd
import pmframes as pm
pm.connect("teamwork", url=sys.argv[1], token="t")
apollo = pd.DataFrame({"id": [12345], "name": ["Apollo"]})
print(pm.teamwork.people(apollo)["id"].tolist(), flush=True)
"""


def test_a_page_that_never_comes_holds_up_neither_the_load_nor_the_end_of_the_program(wire, tmp_path):
    case = BY_NAME["teamwork.people"]
    good = honest(case, case.rows(6), clamp=2)
    wire.serve(case.path, lambda asked: good(asked) if asked.place[0] <= 3 else reply(manner=by.never))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, wire.url("teamwork")],
        env={"PYTHONPATH": str(Path(pm.__file__).parents[1]), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=45,  # a page that does not come is given up after 60
    )
    assert (done.stdout, done.stderr) == ("[1, 2, 3, 4, 5, 6]\n", "")


@pytest.mark.parametrize("name", [*TEAMWORK, "spirii.customers"])
@pytest.mark.parametrize("at", [1, 2, 5])
def test_one_page_that_fails_fails_the_load(at, name, wire):
    """Also where it was asked for ahead; and the pages after it are not all tried several times."""
    case = BY_NAME[name]
    good = honest(case, case.rows(40), clamp=2)

    def answer(asked: Asked) -> Reply:
        number, offset = asked.place
        failing = (number if case.service == "teamwork" else offset // 2 + 1) == at
        return reply({"message": "it went wrong"}, status=500) if failing else good(asked)

    start(case, wire, answer, **UNPACED)
    with pytest.raises(pm.errors.ServiceError, match="it went wrong"):
        case.load()
    assert pm.cache.info().empty
    assert len(wire.requests) <= at + 8


# Teamwork's window


def _bare(asked: Asked, pages: int) -> Reply:
    """A page of 500 people of whom nothing but the id is sent."""
    number = asked.place[0]
    first = (number - 1) * 500
    people = ",".join(f'{{"id":{first + at}}}' for at in range(1, 501)) if number <= pages else ""
    more = "true" if number < pages else "false"
    return reply(f'{{"people":[{people}],"meta":{{"page":{{"hasMore":{more}}}}},"included":{{}}}}')


@pytest.mark.parametrize("name", TEAMWORK)
def test_more_than_teamworks_window_is_an_error(name, wire):
    case = start(BY_NAME[name], wire, lambda asked: _bare(asked, 130), **UNPACED)
    with pytest.raises(pm.errors.IncompleteLoad, match=r"50[,\s]?000.*updated_after") as raised:
        case.load()
    assert max(asked.place[0] for asked in wire.requests) == 100
    assert "50000 rows in 100 pages received" in str(raised.value).replace(",", "")
    assert pm.cache.info().empty


def test_exactly_teamworks_window_is_a_frame(wire):
    case = start(BY_NAME["teamwork.people"], wire, lambda asked: _bare(asked, 100), **UNPACED)
    assert case.load()["id"].tolist() == list(range(1, 50_001))
    assert max(asked.place[0] for asked in wire.requests) == 100


# A total that does not agree

DISAGREEING = {
    "one row too few": lambda case: changed(honest(case, case.rows(9), clamp=4), lambda body: body.update(count=10)),
    "a row missed while pages moved": lambda case: _moved(case),
    "a count that falls": lambda case: _falling(case),
    "an empty page": lambda case: _hollow(case),
}


def _moved(case: Case) -> Answer:
    rows = case.rows(9)

    def answer(asked: Asked) -> Reply:
        begin = asked.place[1]
        late = rows[:3] + rows[2:8] if begin else rows
        return reply(case.body(late[begin : begin + 4], start=begin, size=4, total=9))

    return answer


def _falling(case: Case) -> Answer:
    rows = case.rows(10)

    def answer(asked: Asked) -> Reply:
        begin = asked.place[1]
        held = rows[1:] if begin else rows
        return reply(case.body(held[begin : begin + 4], start=begin, size=4, total=len(held)))

    return answer


def _hollow(case: Case) -> Answer:
    good = honest(case, case.rows(9), clamp=4)
    return lambda asked: reply(case.body([], start=4, size=4, total=9)) if asked.place[1] == 4 else good(asked)


def _until_second(wrong: Answer, right: Answer) -> Answer:
    """Answer wrongly until the first page is asked for a second time."""
    firsts, lock = [], threading.Lock()

    def answer(asked: Asked) -> Reply:
        with lock:
            if asked.place == (1, 0):
                firsts.append(asked)
            chosen = right if len(firsts) > 1 else wrong
        return chosen(asked)

    return answer


@pytest.mark.parametrize("wrong", DISAGREEING)
def test_a_total_that_does_not_agree_is_read_once_more(wrong, wire):
    case = BY_NAME["spirii.customers"]
    good = honest(case, case.rows(9), clamp=4)
    start(case, wire, _until_second(DISAGREEING[wrong](case), good))
    frame = case.load()
    assert frame["id"].tolist() == case.keys(9)
    assert first_asked(case, wire) == 2
    assert case.load().attrs["pmframes"]["cached"] is True


@pytest.mark.parametrize("wrong", DISAGREEING)
def test_a_total_that_never_agrees_is_an_error(wrong, wire):
    case = start(BY_NAME["spirii.customers"], wire, DISAGREEING[wrong](BY_NAME["spirii.customers"]))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"rows in \d+ pages? received") as raised:
        case.load()
    assert "No rows are returned" in str(raised.value)
    assert first_asked(case, wire) == 2
    assert pm.cache.info().empty
