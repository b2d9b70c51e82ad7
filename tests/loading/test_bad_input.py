"""What is wrong is refused: an argument before any request, an answer by its error, a load not whole."""

import json
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import stamina
from werkzeug import Request, Response

import pmframes as pm


def shown(value: object) -> str:
    """Name a case, without the address of an object, which differs from process to process."""
    return re.sub(" at 0x[0-9a-f]+", "", ascii(value))


TOKEN = "tok-7f3a91c2-NEVER-SHOWN"
SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")


def _cause_and_remedy(error: BaseException) -> str:
    """Return the message of an error, which must be short, clean, and more than one sentence."""
    text = str(error)
    assert len(re.findall(r"[.!?;:]\s+\S", text)) >= 1, f"no remedy after the cause: {text}"
    assert len(text) < 1000
    assert "<" not in text.replace("<id>", ""), f"markup in a message: {text}"
    return text


# No connection made


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("teamwork.people", ["PMFRAMES_TEAMWORK_URL", "PMFRAMES_TEAMWORK_TOKEN"]),
        ("teamwork.people-of-the-site", ["PMFRAMES_TEAMWORK_URL", "PMFRAMES_TEAMWORK_TOKEN"]),
        ("projectmanager.customers", ["PMFRAMES_PROJECTMANAGER_TOKEN"]),
        ("projectmanager.roles", ["PMFRAMES_PROJECTMANAGER_TOKEN"]),
        ("outlign.clients", ["PMFRAMES_OUTLIGN_TOKEN"]),
        ("spirii.customers", ["PMFRAMES_SPIRII_TOKEN"]),
    ],
)
def test_no_connection_made(name, variables, loader):
    with pytest.raises(pm.errors.NotConnected) as raised:
        loader(name).load()
    message = _cause_and_remedy(raised.value)
    for variable in [*variables, "pm.demo()"]:
        assert variable in message


def test_the_remedy_of_no_connection_works(each_service, site, monkeypatch):
    """The variables that the message names are the ones that help."""
    with pytest.raises(pm.errors.NotConnected) as raised:
        each_service.load()
    named = set(re.findall(r"PMFRAMES_[A-Z]+_[A-Z]+", str(raised.value)))
    monkeypatch.setenv(f"PMFRAMES_{each_service.service.upper()}_URL", site.url(each_service.service))
    assert f"PMFRAMES_{each_service.service.upper()}_TOKEN" in named
    monkeypatch.setenv(f"PMFRAMES_{each_service.service.upper()}_TOKEN", TOKEN)
    each_service.serve(site, each_service.rows(2))
    assert len(each_service.load()) == 2


def test_a_disconnected_service_is_not_connected(each_service, site):
    each_service.connect(site)
    each_service.serve(site, each_service.rows(1))
    each_service.load()
    pm.disconnect(each_service.service)
    with pytest.raises(pm.errors.NotConnected):
        each_service.load()


# Wrong arguments of connect


@pytest.mark.parametrize("name", ["asana", "Asana", "", None, 5])
def test_a_service_that_pmframes_does_not_know(name):
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        pm.connect(name, url="https://app.asana.com", token=TOKEN)
    message = _cause_and_remedy(raised.value)
    for service in SERVICES:
        assert service in message
    assert TOKEN not in message
    with pytest.raises(ValueError, match="teamwork"):
        pm.connect(name, token=TOKEN)


@pytest.mark.parametrize("act", [pm.disconnect, pm.cache.clear, pm.check, pm.connect], ids=lambda act: act.__name__)
@pytest.mark.parametrize("name", ["teamworks", "Spirii"])
def test_a_misspelt_service_is_answered_with_the_nearest(name, act):
    nearest = {"teamworks": "teamwork", "Spirii": "spirii"}[name]
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        act(name)
    assert str(raised.value).startswith(f"Unknown service '{name}'. Did you mean '{nearest}'? Use one of: ")


@pytest.mark.parametrize("act", [pm.disconnect, pm.cache.clear, pm.check], ids=lambda act: act.__name__)
@pytest.mark.parametrize("names", [[], ["outlign", "asana"], ["outlign", []], 5])
def test_of_several_services_each_must_be_known(names, act, site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    case.serve(site, case.rows(2))
    case.load()
    with pytest.raises(pm.errors.InvalidArgument):
        act(names)
    assert case.load().attrs["pmframes"]["cached"] is True


@pytest.mark.parametrize("call", [lambda: pm.disconnect("asana"), lambda: pm.cache.clear("asana")])
def test_a_service_that_pmframes_does_not_know_elsewhere(call):
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        call()
    assert "spirii" in _cause_and_remedy(raised.value)


@pytest.mark.product
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "url",
    [
        "http://acme.teamwork.com",
        "HTTP://acme.teamwork.com/app",
        "http://example.com:8765/x",
        "http://192.168.1.10/api",
        "http://10.0.0.1",
        "http://0.0.0.0:8765",
        "http://127.0.0.1.evil.com",
        "http://localhost.evil.com",
        "http://evil.com/127.0.0.1",
        "http://127.0.0.1@evil.com/",
        "http://evil.com#@127.0.0.1",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
    ],
)
def test_plain_http_to_another_machine_is_refused(service, url):
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        pm.connect(service, url=url, token=TOKEN)
    assert TOKEN not in _cause_and_remedy(raised.value)
    with pytest.raises(pm.errors.NotConnected):
        pm.outlign.clients() if service == "outlign" else pm.spirii.customers()


def test_plain_http_from_the_environment_is_refused(monkeypatch, each_service):
    name = each_service.service.upper()
    monkeypatch.setenv(f"PMFRAMES_{name}_URL", "http://example.com")
    monkeypatch.setenv(f"PMFRAMES_{name}_TOKEN", TOKEN)
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        each_service.load()
    assert TOKEN not in _cause_and_remedy(raised.value)


@pytest.mark.parametrize("url", ["", "https://", "acme teamwork", "https://a b.teamwork.com", 5, "///"])
def test_a_host_that_is_none(url):
    with pytest.raises(pm.errors.InvalidArgument):
        pm.connect("teamwork", url=url, token=TOKEN)


def test_teamwork_needs_to_know_its_host():
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        pm.connect("teamwork", token=TOKEN)
    assert "url" in _cause_and_remedy(raised.value).lower()


MALFORMED = {
    "contains a space": "two words",
    "is empty": " ",
    "must be a string": 5,
    "contains a character that is not ASCII": "tökén",
    "contains a control character": "two\nlines",
}


@pytest.mark.parametrize("problem", MALFORMED)
def test_each_malformed_token_has_a_message_of_its_own(problem, monkeypatch):
    token = MALFORMED[problem]
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        pm.connect("spirii", token=token)
    assert raised.value.cause == f"The token for Spirii {problem}."
    if isinstance(token, str) and token.strip():
        monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", token)
        with pytest.raises(pm.errors.InvalidArgument) as raised:
            pm.connect("spirii")
        assert raised.value.cause == f"PMFRAMES_SPIRII_TOKEN {problem}."


@pytest.mark.parametrize("token", ["", "   ", None, 5, b"bytes"], ids=shown)
def test_a_token_that_is_none(token):
    with pytest.raises((pm.errors.InvalidArgument, pm.errors.NotConnected)):
        pm.connect("spirii", token=token)


# Wrong arguments of loaders, refused before any request

PROJECTS = [
    "abc",
    "",
    1.5,
    float("nan"),
    True,
    0,
    -1,
    [1, "x"],
    [None],
    [True],
    {"id": 1},
    b"1",
    pd.DataFrame({"project": [1]}),
    pd.DataFrame({"id": ["x"]}),
    pd.DataFrame({"id": pd.array([1, None], dtype="Int64")}),
]
WRONG = [
    ("teamwork.people-of-the-site", {"user_type": "boss"}),
    ("teamwork.people-of-the-site", {"user_type": 5}),
    ("teamwork.people-of-the-site", {"search_term": 5}),
    ("teamwork.people-of-the-site", {"updated_after": "yesterday"}),
    ("teamwork.people-of-the-site", {"updated_after": object()}),
    ("teamwork.people-of-the-site", {"include_service_accounts": "yes"}),
    ("teamwork.people-of-the-site", {"show_deleted": 2}),
    ("teamwork.people-of-the-site", {"company_ids": ["x"]}),
    ("teamwork.people-of-the-site", {"company_ids": "x"}),
    ("teamwork.people-of-the-site", {"company_ids": [1.5]}),
    ("outlign.clients", {"company_id": "abc"}),
    ("outlign.clients", {"company_id": 1.5}),
    ("outlign.clients", {"company_id": True}),
    ("outlign.clients", {"title": 5}),
    ("teamwork.people-of-the-site", {"everyone": None}),
    ("teamwork.people-of-the-site", {"last_login_after": "9999-12-31T23:59:59-00:01"}),
    ("spirii.customers", {"created_at_from": "0001-01-01T00:00:00+14:00"}),
    ("spirii.customers", {"updated_at_to": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))}),
    ("spirii.customers", {"created_at_to": pd.NaT}),
    ("spirii.customers", {"types": ["Fleet"]}),
    ("spirii.customers", {"types": "Fleet"}),
    ("spirii.customers", {"types": ["Private", "Fleet"]}),
    ("spirii.customers", {"types": 5}),
    ("spirii.customers", {"search": 5}),
    ("spirii.customers", {"customer_ids": ["x"]}),
    ("spirii.customers", {"customer_ids": "x"}),
    ("spirii.customers", {"customer_ids": [True]}),
]


@pytest.mark.parametrize("projects", PROJECTS, ids=lambda value: type(value).__name__ + " " + shown(value)[:12])
def test_a_project_that_is_no_number(projects, site, loader):
    loader("teamwork.people").connect(site)
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        pm.teamwork.people(projects)
    _cause_and_remedy(raised.value)
    assert site.requests == []


@pytest.mark.parametrize(("name", "arguments"), WRONG, ids=shown)
def test_a_wrong_argument(name, arguments, site, loader):
    case = loader(name)
    case.connect(site)
    case.serve(site, case.rows(1))
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        case.load(**arguments)
    (argument,) = arguments
    assert argument in _cause_and_remedy(raised.value)
    assert site.requests == []


@pytest.mark.product
@pytest.mark.parametrize(
    "arguments", [{"extra_columns": "most"}, {"extra_columns": None}, {"params": "x=1"}, {"params": ["x"]}]
)
def test_a_wrong_argument_of_every_loader(arguments, case, site):
    case.connect(site)
    case.serve(site, case.rows(1))
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        case.load(**arguments)
    _cause_and_remedy(raised.value)
    assert site.requests == []


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.bool_(True), ["true"]),
        ([np.bool_(False), True], ["false", "true"]),
        (pd.Series([True, False]).iloc[0], ["true"]),
        (np.int64(7), ["7"]),
    ],
    ids=shown,
)
def test_params_take_the_scalars_of_numpy(value, sent, site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(1))
    case.load(params={"x": value})
    assert site.requests[0].query["x"] == sent


def test_flags_take_the_bool_of_numpy(site, loader):
    case = loader("teamwork.people-of-the-site")
    case.connect(site)
    case.serve(site, case.rows(1))
    case.load(show_deleted=np.bool_(True))
    assert site.requests[0].one("showDeleted") == "true"


@pytest.mark.parametrize(
    ("first", "last"),
    [("0001-01-01", "9999-12-31T23:59:59.999999"), (datetime.min, datetime.max.replace(tzinfo=UTC))],
    ids=shown,
)
def test_the_first_and_the_last_time_there_are(first, last, site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, case.rows(1))
    assert len(case.load(created_at_from=first, created_at_to=last)) == 1
    assert site.requests[0].one("createdAtFrom") == "0001-01-01T00:00:00.000Z"


def test_types_that_exist_are_named(site, loader):
    for name, arguments, known in [
        ("teamwork.people", {"user_type": "boss"}, ["account", "collaborator", "contact"]),
        ("spirii.customers", {"types": ["Fleet"]}, ["Private", "Business", "CPO", "CPOSubsidiary"]),
    ]:
        case = loader(name)
        case.connect(site)
        with pytest.raises(pm.errors.InvalidArgument) as raised:
            case.load(**arguments)
        for kind in known:
            assert kind in str(raised.value)


PAGING = ["page", "page_size", "per_page", "limit", "offset", "skipCounts"]


@pytest.mark.product
@pytest.mark.parametrize("key", [*PAGING, "pageSize"])
def test_paging_is_refused_inside_params(key, case, site):
    case.connect(site)
    case.serve(site, case.rows(1))
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        case.load(params={key: 2})
    assert key in _cause_and_remedy(raised.value)
    assert site.requests == []


@pytest.mark.product
@pytest.mark.parametrize("key", PAGING)
def test_paging_is_refused_as_an_argument(key, case, site):
    case.connect(site)
    case.serve(site, case.rows(1))
    with pytest.raises((pm.errors.InvalidArgument, TypeError)):
        case.load(**{key: 2})
    assert site.requests == []


def test_a_wrong_argument_comes_before_the_missing_connection(loader):
    with pytest.raises(pm.errors.InvalidArgument):
        loader("spirii.customers").load(types=["Fleet"])
    with pytest.raises(pm.errors.InvalidArgument):
        pm.teamwork.people("abc")


# What the service refuses

ERROR_BODIES = {
    "nothing": b"",
    "Teamwork": b'{"errors":[{"id":"1","title":"unexpected error","detail":"it went wrong"}]}',
    "Teamwork v1": b'{"STATUS":"Error","MESSAGE":"it went wrong"}',
    "ProjectManager.com": b'{"error":{"message":"it went wrong","validationErrors":{"name":["empty"]}}}',
    "Laravel": b'{"message":"it went wrong","exception":"E","trace":[{"file":"/srv/app/x.php","line":1}]}',
    "Laravel 422": b'{"message":"it went wrong","errors":{"per_page":["at most 1000"]}}',
    "Node, a text": b'{"statusCode":400,"message":"it went wrong","error":"Bad Request"}',
    "Node, a list": b'{"statusCode":400,"message":["it","went","wrong"],"error":"Bad Request"}',
    "Spirii's guide": b'{"error":{"type":"x","code":"y","message":"it went wrong","param":null}}',
    "a list": b'["it went wrong"]',
    "a text": b'"it went wrong"',
    "a number": b"5",
    "null": b"null",
    "no JSON": b"it went wrong",
    "HTML": b"<html><body><h1>it went wrong</h1><script>alert(1)</script></body></html>",
    "not UTF-8": b"\xff\xfe\x00it went wrong",
    "huge": b'{"message":"' + b"it went wrong " * 10_000 + b'"}',
    "wrong inside": b'{"errors":"x","error":[1,{"a":null}],"message":{"a":[]}}',
}
STATUSES = [
    (400, pm.errors.ServiceError),
    (401, pm.errors.AuthenticationError),
    (403, pm.errors.PermissionDenied),
    (404, pm.errors.NotFound),
    (429, pm.errors.RateLimited),
    (500, pm.errors.ServiceError),
    (502, pm.errors.ServiceError),
]


@pytest.mark.product
@pytest.mark.parametrize("body", ERROR_BODIES.values(), ids=ERROR_BODIES)
@pytest.mark.parametrize(("status", "error"), [STATUSES[0], STATUSES[1], STATUSES[5]])
def test_a_status_is_one_error_whatever_its_body(status, error, body, each_service, site, answer_with):
    each_service.connect(site)
    site.serve(each_service.path, answer_with(body, status=status))
    with pytest.raises(error) as raised:
        each_service.load()
    message = _cause_and_remedy(raised.value)
    assert TOKEN not in message
    assert "/srv/app" not in message
    assert "alert" not in message


@pytest.mark.product
@pytest.mark.parametrize(("status", "error"), [*STATUSES, (503, pm.errors.ServiceError), (504, pm.errors.ServiceError)])
def test_a_status_of_every_loader(status, error, case, site, answer_with):
    if (case.service, status) == ("spirii", 403):
        error = (pm.errors.PermissionDenied, pm.errors.AuthenticationError)
    case.connect(site)
    site.serve(case.path, answer_with({"message": "it went wrong"}, status=status))
    with pytest.raises(error) as raised:
        case.load()
    _cause_and_remedy(raised.value)
    if status in {401, 403, 404}:
        assert len(site.requests) == 1, "what will not change is not asked for again"


@pytest.mark.product
@pytest.mark.parametrize("status", [409, 410, 418, 422, 451, 501])
def test_any_other_status_is_an_error_too(status, each_service, site, answer_with):
    each_service.connect(site)
    site.serve(each_service.path, answer_with({"message": "it went wrong"}, status=status))
    with pytest.raises(pm.errors.PmframesError) as raised:
        each_service.load()
    _cause_and_remedy(raised.value)


def test_a_wrong_token_names_the_service_and_never_the_token(case, site, answer_with, shown, secrets_in):
    """Even where the service repeats the token, and the whole header, in its answer."""

    def echo(request: Request) -> Response:
        sent = request.headers["Authorization"]
        detail = f"401: Not authorized: {TOKEN} / {sent}"
        body = {
            "errors": [{"id": "1", "title": detail, "detail": detail}],
            "message": detail,
            "error": {"message": detail},
        }
        return answer_with(body, status=401, WWW_Authenticate=sent)(request)

    case.connect(site)
    site.serve(case.path, echo)
    with pytest.raises(pm.errors.AuthenticationError) as raised:
        case.load()
    assert case.service in _cause_and_remedy(raised.value).lower()
    assert secrets_in(shown(raised.value)) == []
    assert site.requests[0].headers["Authorization"].split()[1] not in shown(raised.value)


def test_teamworks_own_401(site, loader):
    """The body that a connector's author saw on 2026-08-30, as api/teamwork.md prints it in section 6."""
    case = loader("teamwork.people")
    case.connect(site)
    body = '{"errors":[{"id":"…","title":"unexpected error","detail":"401: Not authorized"}]}'
    site.serve(case.path, lambda request: Response(body, status=401, content_type="application/json"))
    with pytest.raises(pm.errors.AuthenticationError, match=r"(?i)teamwork"):
        case.load()


def test_an_unknown_project(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    with pytest.raises(pm.errors.NotFound) as raised:
        pm.teamwork.people(987654)
    assert "987654" in _cause_and_remedy(raised.value)
    assert [request.path for request in site.requests] == ["/teamwork/projects/api/v3/projects/987654/people.json"]


def test_one_unknown_project_among_known_ones(site, loader):
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(2))
    with pytest.raises(pm.errors.NotFound, match="987654"):
        pm.teamwork.people([12345, 987654])


def test_projectmanagers_own_400(site, loader, body_of, answer_with):
    case = loader("projectmanager.customers")
    case.connect(site)
    site.serve(case.path, answer_with(body_of("sheet_projectmanager_400.json"), status=400))
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load()
    _cause_and_remedy(raised.value)


@pytest.mark.parametrize(
    "envelope",
    [
        {"success": False},
        {"hasError": True},
        {
            "success": False,
            "hasError": True,
            "statusCode": "Forbidden",
            "error": {"message": "The workspace is archived"},
        },
        {"success": False, "error": None},
        {"success": False, "data": None},
        {"success": None, "hasError": True},
    ],
    ids=shown,
)
@pytest.mark.parametrize("name", ["projectmanager.customers", "projectmanager.roles"])
def test_status_200_that_says_it_failed(name, envelope, site, loader):
    case = loader(name)
    case.connect(site)
    site.serve(case.path, case.body(case.rows(2)) | envelope)
    with pytest.raises(pm.errors.PmframesError) as raised:
        case.load()
    assert not isinstance(raised.value, pm.errors.InvalidArgument)
    _cause_and_remedy(raised.value)


# What is not what the documents promise

NOT_WHAT_WAS_PROMISED = {
    "HTML": (b"<!DOCTYPE html><html><body>Log in</body></html>", "text/html"),
    "HTML that says it is JSON": (b"<!DOCTYPE html><html><body>Log in</body></html>", "application/json"),
    "text": (b"OK", "text/plain"),
    "nothing": (b"", "application/json"),
    "a piece": (b'{"data":[{"id":1,"na', "application/json"),
    "two bodies": (b'{"data":[]}{"data":[]}', "application/json"),
    "null": (b"null", "application/json"),
    "a number": (b"5", "application/json"),
    "a text": (b'"data"', "application/json"),
    "an object of nothing": (b"{}", "application/json"),
    "another object": (b'{"items":[{"id":1}],"status":"OK"}', "application/json"),
    "rows that are numbers": (b'{"data":[1,2],"people":[1,2],"meta":{"page":{"hasMore":false}}}', "application/json"),
    "rows that are an object": (b'{"data":{"a":1},"people":{"a":1}}', "application/json"),
    "rows that are a text": (b'{"data":"none","people":"none"}', "application/json"),
    "not UTF-8": (b'{"data":[{"id":1,"name":"\xff"}],"people":[{"id":1,"firstName":"\xff"}]}', "application/json"),
    "deep": (b"[" * 100_000, "application/json"),
}


@pytest.mark.product
@pytest.mark.parametrize("body", NOT_WHAT_WAS_PROMISED.values(), ids=NOT_WHAT_WAS_PROMISED)
def test_a_body_that_is_not_what_was_promised(body, case, site, answer_with, cached_bytes):
    data, kind = body
    case.connect(site)
    site.serve(case.path, answer_with(data, kind=kind))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        case.load()
    _cause_and_remedy(raised.value)
    assert b"Log in" not in cached_bytes()
    case.serve(site, case.rows(2))
    assert len(case.load()) == 2, "the bad answer was kept"


@pytest.mark.parametrize(("name", "key"), [("outlign.clients", b"title"), ("spirii.customers", b"name")])
def test_text_that_is_not_utf_8(name, key, site, loader, answer_with):
    case = loader(name)
    case.connect(site)
    site.serve(case.path, answer_with(b'{"data":[{"id":1,"' + key + b'":"\xff\xfe"}],"success":true}'))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        case.load()
    _cause_and_remedy(raised.value)


def test_a_login_page(case, site, body_of, answer_with):
    case.connect(site)
    site.serve(case.path, answer_with(body_of("handmade_login_page.html"), kind="text/html; charset=utf-8"))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        case.load()
    assert "password" not in _cause_and_remedy(raised.value)


@pytest.mark.parametrize("broken", ["absent", None, "x", {"a": 1}, [1], True], ids=shown)
@pytest.mark.parametrize("name", ["teamwork.people", "outlign.clients", "spirii.customers"])
def test_a_row_whose_id_is_none(name, broken, site, loader):
    case = loader(name)
    row = case.row(2) | {"id": broken}
    if broken == "absent":
        del row["id"]
    case.connect(site)
    site.serve(case.path, case.body([case.row(1), row]))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        case.load()
    _cause_and_remedy(raised.value)


@pytest.mark.parametrize("name", ["projectmanager.customers", "projectmanager.roles"])
@pytest.mark.parametrize("broken", ["absent", None, ""], ids=shown)
def test_a_row_whose_text_id_is_none(name, broken, site, loader):
    case = loader(name)
    row = case.row(2) | {"id": broken}
    if broken == "absent":
        del row["id"]
    case.connect(site)
    site.serve(case.path, case.body([case.row(1), row]))
    with pytest.raises(pm.errors.UnexpectedResponse):
        case.load()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body(status, each_service, site, answer_with):
    each_service.connect(site)
    site.serve(each_service.path, answer_with(b"", status=status))
    with pytest.raises(pm.errors.PmframesError):
        each_service.load()


def test_half_a_character_is_refused_or_kept_but_never_a_crash(site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    site.serve(case.path, b'[{"id":1,"title":"\\ud83d"},{"id":2,"title":"B"}]')
    try:
        frame = case.load()
    except pm.errors.UnexpectedResponse:
        return
    assert frame["id"].tolist() == [1, 2]
    frame["title"].str.len()


# Pages that do not add up


def _pages(
    case: Any, site: Any, pages: list[list[Any]], answer_with: Any, total: int | None = None, **last: Any
) -> None:
    """Serve these pages, then empty ones; more is promised but on the last, unless ``last`` says."""
    held = [row for page in pages for row in page]
    starts = [sum(len(page) for page in pages[:at]) for at in range(len(pages))]

    def answer(request: Request) -> Response:
        skipped = request.args.get("offset", request.args.get("$skip"))
        if skipped is not None:
            offset = int(skipped)
            at = starts.index(offset) if offset in starts else len(pages)
        else:
            at = int(request.args.get("page", 1)) - 1
        rows = pages[at] if at < len(pages) else []
        size = max(len(page) for page in pages)
        shape = {"number": at + 1, "size": size, "more": at + 1 < len(pages), "start": sum(map(len, pages[:at]))}
        shape |= {"total": len(held) if total is None else total} | last
        return answer_with(case.body(rows, **shape))(request)

    site.serve(case.path, answer)


def _rows(case: Any, *numbers: int) -> list[Any]:
    return [case.row(n) for n in numbers]


def test_a_page_repeated_for_ever(promising, site, answer_with):
    promising.connect(site)
    rows = promising.rows(3)
    site.serve(promising.path, answer_with(promising.body(rows, size=3, more=True, total=10**6)))
    with pytest.raises(pm.errors.IncompleteLoad) as raised:
        promising.load()
    _cause_and_remedy(raised.value)
    assert len(site.requests) < 50


def test_the_same_id_on_two_pages(paged, site, answer_with):
    paged.connect(site)
    total = 5 if paged.service == "spirii" else None
    _pages(paged, site, [_rows(paged, 1, 2, 3), _rows(paged, 3, 4, 5)], answer_with, total=total)
    frame = paged.load()
    assert sorted(frame[paged.id_column]) == paged.keys(5)
    assert frame.attrs["pmframes"]["rows"] == 5


@pytest.mark.parametrize("name", ["teamwork.people", "teamwork.people-of-the-site", "outlign.clients"])
def test_an_empty_page_while_more_is_promised(name, site, loader, answer_with):
    case = loader(name)
    case.connect(site)
    _pages(case, site, [_rows(case, 1, 2), [], _rows(case, 3, 4)], answer_with)
    with pytest.raises(pm.errors.IncompleteLoad) as raised:
        case.load()
    _cause_and_remedy(raised.value)


def test_more_is_promised_and_only_empty_pages_come(promising, site, answer_with):
    promising.connect(site)
    _pages(promising, site, [_rows(promising, 1, 2)], answer_with, more=True, total=50)
    with pytest.raises(pm.errors.IncompleteLoad):
        promising.load()
    assert len(site.requests) < 50


@pytest.mark.parametrize("count", [6, 7, 5000])
def test_spirii_announces_more_than_comes(count, site, loader, answer_with):
    case = loader("spirii.customers")
    case.connect(site)
    _pages(case, site, [_rows(case, 1, 2, 3), _rows(case, 4, 5)], answer_with, total=count)
    with pytest.raises(pm.errors.IncompleteLoad) as raised:
        case.load()
    message = _cause_and_remedy(raised.value)
    assert re.search(rf"\b{count}\b|{count:,}", message), "how many were announced"
    assert re.search(r"\b5\b", message), "how many came"


def test_spirii_announces_six_and_sends_one_twice(site, loader, answer_with):
    """Five different rows of six announced: one was missed while the pages drifted."""
    case = loader("spirii.customers")
    case.connect(site)
    _pages(case, site, [_rows(case, 1, 2, 3), _rows(case, 3, 4, 5)], answer_with, total=6)
    with pytest.raises(pm.errors.IncompleteLoad):
        case.load()


def _without(body: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in keys}


@pytest.mark.parametrize("count", ["absent", None, 0, "of the page"])
def test_spiriis_count_may_be_useless(count, site, loader, answer_with):
    case = loader("spirii.customers")
    case.connect(site)
    rows = case.rows(250)

    def answer(request: Request) -> Response:
        start, size = int(request.args.get("offset", 0)), int(request.args.get("limit", 50))
        part = rows[start : start + size]
        body = case.body(part, size=size, start=start, total=len(part) if count == "of the page" else count)
        return answer_with(_without(body, "count") if count == "absent" else body)(request)

    site.serve(case.path, answer)
    assert sorted(case.load()["id"]) == case.keys(250)


@pytest.mark.parametrize("known", [True, False], ids=["count is the total", "count is absent"])
@pytest.mark.parametrize("echo", [True, False], ids=["limit is told", "limit is not told"])
def test_spirii_sends_less_than_was_asked_for(known, echo, site, loader, answer_with):
    """Where nothing tells that there is more, all rows or an error; never a shortened frame."""
    case = loader("spirii.customers")
    case.connect(site)
    rows = case.rows(95)

    def answer(request: Request) -> Response:
        start, size = int(request.args.get("offset", 0)), min(20, int(request.args.get("limit", 50)))
        body = case.body(rows[start : start + size], size=size, start=start, total=95)
        hidden = [] if known else ["count"]
        return answer_with(_without(body, *hidden, *([] if echo else ["limit", "offset"])))(request)

    site.serve(case.path, answer)
    if known or echo:
        assert sorted(case.load()["id"]) == case.keys(95)
    else:
        _all_or_error(case.load, case.keys(95))


def _all_or_error(load: Callable[[], pd.DataFrame], keys: list[Any]) -> None:
    try:
        frame = load()
    except (pm.errors.IncompleteLoad, pm.errors.UnexpectedResponse):
        return
    assert sorted(frame["id"]) == keys


@pytest.mark.parametrize("count", ["absent", None, 0, 1, 3, 999_999])
def test_teamworks_count_is_not_relied_on(count, site, loader, answer_with):
    case = loader("teamwork.people")
    case.connect(site)
    honest = case.honest(case.rows(9), clamp=4)

    def answer(request: Request) -> Response:
        body = json.loads(honest(request).get_data())
        body["meta"]["page"]["count"] = count
        if count == "absent":
            del body["meta"]["page"]["count"]
        return answer_with(body)(request)

    site.serve(case.path, answer)
    assert sorted(case.load()["id"]) == case.keys(9)


@pytest.mark.parametrize("lost", ["meta", "page", "hasMore"])
def test_teamwork_does_not_say_whether_there_is_more(lost, site, loader, answer_with):
    case = loader("teamwork.people")
    case.connect(site)
    honest = case.honest(case.rows(9), clamp=4)

    def answer(request: Request) -> Response:
        body = json.loads(honest(request).get_data())
        where = {"meta": body, "page": body["meta"], "hasMore": body["meta"]["page"]}[lost]
        del where[lost]
        return answer_with(body)(request)

    site.serve(case.path, answer)
    _all_or_error(case.load, case.keys(9))


@pytest.mark.parametrize("lost", ["links", "meta", "links and meta"])
def test_outlign_does_not_say_whether_there_is_more(lost, site, loader, answer_with):
    case = loader("outlign.clients")
    case.connect(site)
    honest = case.honest(case.rows(2101))

    def answer(request: Request) -> Response:
        body = json.loads(honest(request).get_data())
        return answer_with(_without(body, *lost.split(" and ")))(request)

    site.serve(case.path, answer)
    assert sorted(case.load()["id"]) == case.keys(2101)


def test_outligns_bare_list_from_a_server_that_knows_no_pages(site, loader, answer_with):
    """As many rows as a page holds, the same on every page: that this is all cannot be known, but it ends."""
    case = loader("outlign.clients")
    case.connect(site)
    rows = case.rows(1000)
    site.serve(case.path, lambda request: answer_with(rows[: int(request.args.get("per_page", 15))])(request))
    _all_or_error(case.load, case.keys(1000))
    assert len(site.requests) < 50


@pytest.mark.parametrize("following", ["http://evil.example/api/v1/clients?page=2", "elsewhere", "?page=2", "x", 5])
def test_outligns_next_link_is_never_followed(following, site, elsewhere, loader, answer_with):
    """It only says that there is more: the filters go with every page, the credential goes nowhere else."""
    case = loader("outlign.clients")
    case.connect(site)
    honest = case.honest(case.rows(9), clamp=4)
    link = elsewhere.url("outlign") + "/api/v1/clients?page=2" if following == "elsewhere" else following

    def answer(request: Request) -> Response:
        body = json.loads(honest(request).get_data())
        if body["links"]["next"]:
            body["links"]["next"] = link
        return answer_with(body)(request)

    site.serve(case.path, answer)
    assert sorted(case.load(title="Client")["id"]) == case.keys(9)
    assert elsewhere.requests == []
    assert {request.one("title") for request in site.requests} == {"Client"}
    assert {request.path for request in site.requests} == {case.path}


# Another host


@pytest.mark.product
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["another host", "the same host"])
def test_a_redirect_is_refused(status, to, each_service, site, elsewhere, answer_with, shown, secrets_in):
    case = each_service
    case.connect(site)
    case.serve(elsewhere, case.rows(2))
    target = elsewhere.base + case.path if to == "another host" else site.base + "/moved" + case.path
    site.serve("/moved" + case.path, case.honest(case.rows(2)))
    site.serve(case.path, answer_with(b"", status=status, Location=target))
    with pytest.raises(pm.errors.PmframesError) as raised:
        case.load()
    _cause_and_remedy(raised.value)
    assert secrets_in(shown(raised.value)) == []
    assert elsewhere.requests == []
    assert {request.path for request in site.requests} == {case.path}


# A network and a service that fail now and then


@contextmanager
def _raw(*answers: bytes) -> Iterator[str]:
    """Answer request after request with these bytes, the last one again and again, and hang up."""
    left = list(answers)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            read = b""
            while b"\r\n\r\n" not in read:
                piece = self.request.recv(65536)
                if not piece:
                    return
                read += piece
            data = left.pop(0) if len(left) > 1 else left[0]
            if data == b"RESET":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.request.sendall(b"" if data == b"RESET" else data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _http(body: bytes, length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (length, body)


GOOD = _http(b'[{"id":1,"title":"A"},{"id":2,"title":"B"}]')
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "a body cut short": _http(b'[{"id":1,"title":"A"}]', length=500),
    "a body cut short that is JSON": _http(b"[]", length=500),
    "chunks that end early": CHUNKED + b'16\r\n[{"id":1,"title":"A"}]\r\n',
    "a reset": b"RESET",
    "no answer": b"",
    "half of the headers": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_an_error(broken):
    with _raw(broken) as url:
        pm.connect("outlign", url=url, token=TOKEN)
        with pytest.raises(pm.errors.PmframesError) as raised:
            pm.outlign.clients()
    assert not isinstance(raised.value, pm.errors.InvalidArgument)
    _cause_and_remedy(raised.value)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_asked_for_again(broken):
    with _raw(broken, GOOD) as url:
        pm.connect("outlign", url=url, token=TOKEN)
        assert pm.outlign.clients()["id"].tolist() == [1, 2]


def test_nobody_listens(each_service, site, shown, secrets_in):
    with socket.socket() as taken:  # and does not listen
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        pm.connect(each_service.service, url=f"http://127.0.0.1:{port}/x", token=TOKEN)
        with pytest.raises(pm.errors.ServiceError) as raised:
            each_service.load()
    assert each_service.service in _cause_and_remedy(raised.value).lower()
    assert secrets_in(shown(raised.value)) == []


def _failing(
    case: Any, answer_with: Any, status: int, at: int, **headers: str
) -> tuple[Callable[..., Response], list[int]]:
    """Fail once, at this request."""
    honest, asked = case.honest(case.rows(9), clamp=4), []
    lock = threading.Lock()

    def answer(request: Request) -> Response:
        with lock:
            asked.append(1)
            number = len(asked)
        failing = answer_with(b"<html>Bad Gateway</html>", status=status, kind="text/html", **headers)
        return failing(request) if number == at else honest(request)

    return answer, asked


@pytest.mark.product
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("at", [1, 2])
def test_a_service_that_fails_once(status, at, paged, site, answer_with):
    answer, asked = _failing(paged, answer_with, status, at)
    paged.connect(site)
    site.serve(paged.path, answer)
    assert sorted(paged.load()[paged.id_column]) == paged.keys(9)
    assert len(asked) >= 4


def _retry_after() -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "0": "0",
        "5": "5",
        "a day": "86400",
        "a date to come": format_datetime(now + timedelta(hours=6), usegmt=True),
        "a date gone by": format_datetime(now - timedelta(hours=6), usegmt=True),
        "garbage": "soon",
        "negative": "-5",
        "a fraction": "1.5",
        "huge": "9" * 400,
        "empty": "",
    }


@pytest.mark.parametrize("told", [*_retry_after(), "nothing"])
def test_how_long_to_wait_after_429(told, site, loader, answer_with, waits):
    """Never zero, never above a minute, and not for ever, whatever Retry-After says."""
    case = loader("spirii.customers")
    case.connect(site)
    headers = {"Retry_After": _retry_after()[told]} if told != "nothing" else {}
    site.serve(case.path, answer_with({"message": "Too Many Attempts."}, status=429, **headers))
    with stamina.set_testing(False), pytest.raises(pm.errors.RateLimited) as raised:
        case.load()
    _cause_and_remedy(raised.value)
    assert 2 <= len(site.requests) <= 20
    assert waits
    assert all(0 < wait <= 60 for wait in waits)
    if told == "5":
        assert min(waits) >= 5
    if told == "a day":
        assert max(waits) > 30, "a wait that was asked for is cut to a minute, not dropped"


def test_waiting_as_long_as_was_asked_for_helps(site, loader, answer_with, waits):
    case = loader("spirii.customers")
    answer, asked = _failing(case, answer_with, 429, 1, Retry_After="60")
    case.connect(site)
    site.serve(case.path, answer)
    with stamina.set_testing(False):
        assert sorted(case.load()["id"]) == case.keys(9)
    assert waits
    assert max(waits) >= 59
    assert len(asked) >= 4
