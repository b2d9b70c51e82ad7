"""Faults as texts and as values: parsing, formatting, and what is invalid."""

import pytest

from pmframes.sandbox import server as server_module
from pmframes.sandbox.fault_spec import SERVICE_NAMES, Fault

TEXTS = {
    "teamwork:status=503*2": Fault("teamwork", "status", value=503, times=2),
    "spirii/v2/customers:drift=3": Fault("spirii", "drift", "/v2/customers", 3),
    "outlign:status=429:5": Fault("outlign", "status", value="429:5"),
    "outlign/api/*:status=429:5*2+1": Fault("outlign", "status", "/api/*", "429:5", 2, 1),
    "projectmanager:delay=0.5+3": Fault("projectmanager", "delay", value=0.5, after=3),
    "spirii:html": Fault("spirii", "html"), "spirii:reset*1": Fault("spirii", "reset", times=1),
    "spirii/*.json:repeat+2": Fault("spirii", "repeat", "/*.json", after=2),
    "spirii:redirect=http://127.0.0.1:9/a?b=c:d*2+1": Fault(
        "spirii", "redirect", value="http://127.0.0.1:9/a?b=c:d", times=2, after=1
    ),
    "teamwork:expire=0": Fault("teamwork", "expire", value=0),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_parsed_and_formatted_again(text):
    assert Fault.parse(text) == TEXTS[text]
    assert Fault.parse(str(TEXTS[text])) == TEXTS[text]
    assert str(TEXTS[text]) == text


def test_default_values_and_equality():
    assert str(Fault("spirii", "drift")) == "spirii:drift=1"
    assert str(Fault("spirii", "lose")) == "spirii:lose=1"
    assert str(Fault("spirii", "edit")) == "spirii:edit=1"
    assert str(Fault("spirii", "count")) == "spirii:count=1"
    assert str(Fault("spirii", "drip")) == "spirii:drip=0.1"
    assert Fault("spirii", "status", value="503") == Fault("spirii", "status", value=503)
    assert len({Fault("spirii", "html"), Fault.parse("spirii:html"), Fault("spirii", "empty")}) == 2


INVALID = {
    "": "Invalid fault", "teamwork": "SERVICE", "teamwork/x": "Invalid fault",
    "basecamp:html": "basecamp.*teamwork, projectmanager, outlign, spirii", "TEAMWORK:html": "Unknown service",
    "teamwork:stat=503": "Unknown kind of fault 'stat'.*status, delay", "teamwork:": "Unknown kind",
    "outlign:count=5": "Unknown service with a total 'outlign'.*teamwork, spirii",
    "projectmanager:count": "teamwork, spirii", "spirii:count=0": "integer of 1", "spirii:edit=x": "edit=2",
    "teamwork:status": "status needs a value.*503", "teamwork:status=": "status is ''",
    "teamwork:status=200": "'200'.*400 to 599", "teamwork:status=600": "400 to 599", "teamwork:status=503:5": "503:5",
    "teamwork:status=429:": "429:", "teamwork:status=429:5:5": "429", "teamwork:status=429:-5": "429",
    "teamwork:delay": "delay needs a value", "teamwork:delay=soon": "seconds from 0 to 600",
    "teamwork:delay=-1": "seconds from 0", "teamwork:delay=601": "to 600", "teamwork:delay=nan": "seconds",
    "teamwork:drip=inf": "seconds", "teamwork:drift=0": "integer of 1 or more",
    "teamwork:drift=1.5": "integer of 1 or more", "teamwork:lose=-1": "integer of 1 or more",
    "teamwork:expire": "expire needs a value", "teamwork:html=1": "takes no value",
    "teamwork:redirect": "redirect needs a value", "teamwork:redirect=/login": "http URL",
    "teamwork:redirect=http://a b": "http URL", "teamwork:redirect=http://a/\r\nX: y": "http URL",
    "teamwork:redirect=http://a/*x": "%2A", "teamwork:html*0": "times of the fault is 0",
    "teamwork:html*x": "Unknown kind|Invalid fault", "teamwork:html+": "Unknown kind|Invalid fault",
    "teamwork:status=503*": "503", "teamwork:status=503+1*2": "503",
}  # fmt: skip


@pytest.mark.parametrize("text", INVALID)
def test_invalid_text_is_refused_with_a_reason(text):
    with pytest.raises(ValueError, match=INVALID[text]):
        Fault.parse(text)


@pytest.mark.parametrize("wrong", [
    {"times": 0}, {"times": True}, {"times": 1.5}, {"after": -1}, {"after": None}, {"path": "/a:b"},
    {"kind": "delay", "value": True}, {"kind": "drift", "value": 1.5}, {"kind": "drift", "value": True},
    {"kind": "status", "value": 503.5}, {"kind": "redirect", "value": 5},
])  # fmt: skip
def test_invalid_value_is_refused(wrong):
    with pytest.raises(ValueError, match=r"fault|service"):
        Fault(**{"service": "spirii", "kind": "html"} | wrong)


def test_the_services_of_faults_are_those_of_the_sandbox():
    assert tuple(service.name for service in server_module.SERVICES) == SERVICE_NAMES
