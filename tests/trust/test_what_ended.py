"""A load that is under way when its connection ends, or the network may not be used any more."""

import pytest

import pmframes as pm

from .services import BY_NAME, first_asked, honest, start
from .wire import reply


def test_nothing_is_sent_after_disconnect(each_service, wire):
    def answer(asked):
        pm.disconnect(each_service.service)
        return reply({"message": "later"}, status=503)

    start(each_service, wire, answer)
    with pytest.raises(pm.errors.NotConnected, match="closed while"):
        each_service.load()
    assert first_asked(each_service, wire) == 1


def test_nothing_is_sent_once_the_network_may_not_be_used(each_service, wire):
    block = pm.offline()

    def answer(asked):
        block.__enter__()
        return reply({"message": "later"}, status=503)

    start(each_service, wire, answer)
    try:
        with pytest.raises(pm.errors.OfflineMiss):
            each_service.load()
    finally:
        block.__exit__(None, None, None)
    assert first_asked(each_service, wire) == 1


def test_what_disconnect_removed_does_not_come_back(each_service, wire, cache_dir):
    good = honest(each_service, each_service.rows(3))

    def answer(asked):
        pm.disconnect(each_service.service)
        return good(asked)

    start(each_service, wire, answer)
    assert len(each_service.load()) == 3
    assert list(cache_dir.rglob("*.sqlite*")) == []


def test_pages_of_irregular_lengths_are_not_asked_for_in_vain_without_end(wire):
    case = BY_NAME["spirii.customers"]
    rows = case.rows(600)

    def answer(asked):
        offset = int(dict(asked.query).get("offset", "0"))
        shown = rows[offset : offset + 17 + offset % 4]
        return reply({"data": shown, "count": len(rows), "limit": 100, "offset": offset})

    start(case, wire, answer)
    assert case.load()["id"].tolist() == case.keys(600)
    pages = 600 // 17
    assert len(wire.requests) < pages + 20


@pytest.mark.parametrize("echoed", ["Zebulon Quux", "zebulon quux", "ZEBULON+QUUX"])
def test_a_failure_with_status_200_does_not_repeat_what_was_typed(echoed, wire):
    case = BY_NAME["projectmanager.customers"]
    start(case, wire, reply({"success": False, "error": {"message": f"no {echoed} here"}, "data": None}))
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load(params={"filter": "Zebulon Quux"})
    assert "quux" not in str(raised.value).lower()
    assert "no ••• here" in str(raised.value)
