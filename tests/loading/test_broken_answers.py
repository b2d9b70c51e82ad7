"""Answers that are no list of rows: error statuses, redirects, HTML, failures with status 200, wrong envelopes."""

import gc
import gzip
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import pmframes as pm
from tests.support.cases import TOKEN, Case, case_of
from tests.support.secrets import secrets_in, shown
from tests.support.server import Answer, FakeServer, Reply, encoded, in_turn, reply
from tests.support.transfers import Connection

# Its default query has no alternative, its statuses mean one thing each, and it reads a single page.
PLAIN = case_of("projectmanager.customers")
SERVICE, UNEXPECTED = pm.errors.ServiceError, pm.errors.UnexpectedResponse
HTML = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
SAID = ("it went wrong",)
# What a retry is in these tests: one more attempt, at once.
ONCE, TWICE = 1, 2


@dataclass(frozen=True)
class Fails:
    """An error of exactly this class, whose message has these words; the page is requested so often."""

    error: type[pm.errors.PmframesError]
    words: tuple[str, ...] = ()
    requests: int = ONCE
    status: int | None = None


@dataclass(frozen=True)
class Rows:
    """The whole frame of three rows."""

    requests: int = ONCE


Outcome = Fails | Rows


def check(case: Case, server: FakeServer, outcome: Outcome) -> None:
    """Load, and check the frame or the error; an error leaves nothing in the cache."""
    if isinstance(outcome, Rows):
        frame = case.load()
        assert frame[case.id_column].tolist() == case.keys(3)
        assert list(frame.columns) == list(case.columns)
        assert frame.attrs["pmframes"]["rows"] == 3
        assert frame.attrs["pmframes"]["complete"] is True
    else:
        with pytest.raises(outcome.error) as raised:
            case.load()
        assert type(raised.value) is outcome.error
        check_message(str(raised.value), case, outcome.words)
        if outcome.status is not None:
            assert getattr(raised.value, "status", None) == outcome.status
        assert pm.cache.info().empty
    assert case.loads(server) == outcome.requests


def check_message(text: str, case: Case, words: tuple[str, ...]) -> None:
    """A message names the service, has the words, and is short and without markup and credential."""
    assert case.service in text.lower()
    assert [word for word in words if word not in text] == []
    assert TOKEN not in text
    assert "alert(1)" not in text
    assert len(text) < 700


@dataclass(frozen=True)
class Fault:
    """An answer, and what a load makes of it; ``then_good`` answers well from the second request on."""

    name: str
    answer: Reply
    outcome: Outcome
    then_good: bool = field(default=False, kw_only=True)

    def script(self, case: Case) -> Answer | Reply:
        return in_turn(self.answer, case.honest(case.rows(3))) if self.then_good else self.answer


def status(number: int, outcome: Outcome) -> Fault:
    return Fault(str(number), reply({"message": "it went wrong"}, number), outcome)


def html(number: int, content_type: str = "text/html") -> Reply:
    return reply(HTML, number, content_type)


TRANSIENT = (429, 408, 425, 500, 502, 503, 504, 522)
NOT_JSON = Fault(
    "HTML that says it is JSON", html(200, "application/json"), Fails(UNEXPECTED, ("did not return JSON",))
)
UNKNOWN = status(404, Fails(pm.errors.NotFound, ("does not know", *SAID)))
FAULTS = [
    status(400, Fails(SERVICE, SAID, ONCE, 400)),
    status(401, Fails(pm.errors.AuthenticationError, ("credential", "pm.connect", *SAID))),
    status(403, Fails(pm.errors.PermissionDenied, ("permission", *SAID))), UNKNOWN,
    *[status(number, Fails(SERVICE, SAID, ONCE, number)) for number in (409, 422)],
    status(407, Fails(SERVICE, ("A proxy before", "HTTPS_PROXY"), ONCE, 407)),
    status(429, Fails(pm.errors.RateLimited, SAID, TWICE)),
    *[status(number, Fails(SERVICE, ("gave up after 2 attempts", *SAID), TWICE, number)) for number in TRANSIENT[1:]],
    *[status(number, Fails(SERVICE, SAID, ONCE, number)) for number in (501, 505)],
    *[Fault(f"{number}, then good", reply(status=number), Rows(TWICE), then_good=True) for number in TRANSIENT],
    Fault("502 HTML", html(502), Fails(SERVICE, ("502",), TWICE, 502)),
    Fault("502 HTML, then good", html(502), Rows(TWICE), then_good=True),
    Fault("422 HTML", reply("<script>alert(1)</script><h1>it went wrong</h1>", 422), Fails(SERVICE, (), ONCE, 422)),
    Fault("422 of Teamwork.com", reply({"errors": [{"title": "x", "detail": SAID[0]}]}, 422), Fails(SERVICE, SAID)),
    Fault("login page", html(200), Fails(UNEXPECTED, ("did not return JSON", "url"))), NOT_JSON,
    Fault("204", reply(status=204), Fails(UNEXPECTED)), Fault("empty body", reply(), Fails(UNEXPECTED, requests=TWICE)),
    Fault("empty body, then good", reply(), Rows(TWICE), then_good=True),
    Fault("blank body", reply(" \r\n "), Fails(UNEXPECTED)),
    Fault("cut JSON", reply(encoded({"data": []})[:-1]), Fails(UNEXPECTED, ("malformed JSON: it ends too early",))),
    Fault("no UTF-8", reply(b'{"data": [], "more": "\xff"}'), Fails(UNEXPECTED, ("malformed JSON", "byte 22"))),
    Fault("deep JSON", reply(b"[" * 50_000), Fails(UNEXPECTED)),
    Fault("deep JSON that is not needed", reply(b'{"data": [{"x": %b%b}]}' % (b"[" * 50_000, b"]" * 50_000)),
          Fails(UNEXPECTED, ("malformed JSON: it is nested too deeply",))),
    Fault("NaN", reply(b'{"data": [{"id": NaN}]}'), Fails(UNEXPECTED, ("cannot be read at byte 17 of 23",))),
]  # fmt: skip


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Where JSON is nested too deeply, a finalizer would have no stack left, which pytest makes a failure."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_broken_answer_has_one_outcome(fault, server):
    PLAIN.start(server, fault.script(PLAIN))
    check(PLAIN, server, fault.outcome)


@pytest.mark.parametrize("fault", [UNKNOWN, NOT_JSON], ids=lambda fault: fault.name)
def test_a_broken_answer_has_the_same_outcome_for_each_loader(fault, case, server):
    case.start(server, fault.script(case))
    check(case, server, fault.outcome)


AMBIGUOUS = "the same for a wrong credential and for a missing permission"
DIFFERENCES = [
    # orderBy=id may be refused with 400, so it is requested in another order.
    ("teamwork.people", status(400, Fails(SERVICE, SAID, TWICE, 400))),
    ("outlign.clients", status(400, Fails(SERVICE, SAID, ONCE, 400))),
    ("spirii.customers", status(401, Fails(pm.errors.AuthenticationError, (AMBIGUOUS, *SAID)))),
    ("spirii.customers", status(403, Fails(pm.errors.PermissionDenied, (AMBIGUOUS, *SAID)))),
]


@pytest.mark.parametrize(("name", "fault"), DIFFERENCES, ids=lambda one: getattr(one, "name", one))
def test_a_status_that_means_something_else_in_one_service(name, fault, server):
    case = case_of(name)
    case.start(server, fault.script(case))
    check(case, server, fault.outcome)


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(number, each_service, server, other_host):
    each_service.start(server, reply(status=number, Location=other_host.base + each_service.path))
    check(each_service, server, Fails(UNEXPECTED, ("redirect",)))


def test_a_compressed_body_is_read(each_service, server):
    body = gzip.compress(encoded(each_service.body(each_service.rows(3))))
    each_service.start(server, reply(body, Content_Encoding="gzip"))
    check(each_service, server, Rows())


COMPRESSED: dict[str, tuple[bytes, str]] = {
    "plain": (encoded(PLAIN.body(PLAIN.rows(3))), "gzip"),
    "plain, as deflate": (encoded(PLAIN.body(PLAIN.rows(3))), "deflate"),
    "cut": (gzip.compress(encoded(PLAIN.body(PLAIN.rows(3))))[:5] + b"x" * 50, "gzip"),
    "twice": (gzip.compress(gzip.compress(b"{}")), "gzip, gzip"),
    "by a coding that was not requested": (b"{}", "br"),
    "by an unknown coding": (b"{}", "x-unknown"),
}


@pytest.mark.parametrize(("body", "coding"), COMPRESSED.values(), ids=COMPRESSED)
def test_a_body_that_is_not_compressed_as_it_says_is_an_error(body, coding, server):
    PLAIN.start(server, reply(body, Content_Encoding=coding))
    check(PLAIN, server, Fails(UNEXPECTED, ("is not compressed as its header Content-Encoding says",)))


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "br"])
def test_an_error_status_counts_whatever_its_body_is(coding, server):
    PLAIN.start(server, reply(b"not compressed", 404, Content_Encoding=coding))
    check(PLAIN, server, Fails(pm.errors.NotFound))


HOSTILE = f"\x1b]52;c;QUJD\x07 Bearer {TOKEN} \u202e" + "x" * 100_000
QUOTED: dict[str, tuple[str, Reply]] = {
    "the content type": ("projectmanager.customers", reply("<html>", content_type=f"text/\x1b[2Jx {TOKEN}")),
    "an id": ("spirii.customers", reply({"data": [{"id": HOSTILE, "createdAt": 5}], "count": 1})),
    "an id that is on a page twice": (
        "spirii.customers",
        reply({"data": [{"id": HOSTILE, "name": name} for name in ("a", "b")], "count": 2}),
    ),
    "the name of a permission": (
        "projectmanager.roles",
        reply({"data": [{"id": "1", "name": "a", "permissions": {HOSTILE: {"value": "maybe"}}}]}),
    ),
    "an explanation": ("projectmanager.customers", reply({"message": HOSTILE}, 400)),
}


@pytest.mark.parametrize(("name", "answer"), QUOTED.values(), ids=QUOTED)
def test_what_is_quoted_of_an_answer_is_cleaned_cut_and_redacted(name, answer, server):
    case = case_of(name)
    case.start(server, answer)
    with pytest.raises(pm.errors.PmframesError) as raised:
        case.load()
    message = str(raised.value)
    assert message.isprintable()
    assert len(message) < 5_000
    assert secrets_in(shown(raised.value), TOKEN) == []


def without_end(connection: Connection, head: bytes, body: bytes) -> bool:
    """Send a body until nobody reads it any more, 256 MiB at most."""
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    connection.send(b"\r\n".join(lines))
    for _ in range(256):
        connection.send(body)
    return False


LARGE: dict[str, Reply] = {
    "on the wire": reply(b" " * 2**20, transfer=without_end),
    "compressed": reply(gzip.compress(b" " * 2**27), Content_Encoding="gzip"),
}


@pytest.mark.parametrize("answer", LARGE.values(), ids=LARGE)
def test_a_body_is_read_up_to_a_limit(answer, server):
    PLAIN.start(server, answer)
    tracemalloc.start()
    try:
        check(PLAIN, server, Fails(UNEXPECTED, ("is larger than 64 MiB",)))
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("status", [400, 302, 404])
def test_of_a_large_error_body_only_the_beginning_is_read(status, server):
    PLAIN.start(server, reply(b"[" * 2**20, status, transfer=without_end))
    tracemalloc.start()
    try:
        with pytest.raises(pm.errors.PmframesError):
            PLAIN.load()
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


def test_json_is_utf_8_whatever_charset_the_answer_says(server):
    body = '{"data": [{"id": "1", "name": "Ærø"}]}'
    PLAIN.start(server, reply(body, content_type="application/json; charset=iso-8859-1"))
    assert PLAIN.load()["name"].tolist() == ["Ærø"]


MARKUP = f"<b onclick=x()>the key {TOKEN} was\r\nrefused</b> \x1b]8;;http://x\x07 \x1b[31mred \u202e & `$x` "
REASON, GOOD = {"message": "it went wrong"}, PLAIN.rows(3)
FAILED = [
    {"success": False, "hasError": True, "statusCode": "Forbidden", "data": None, "error": REASON},
    {"success": False, "data": [], "error": SAID[0]}, {"hasError": True, "data": [], "error": [SAID[0]]},
    {"error": REASON, "data": None}, {"error": SAID[0], "data": []}, {"error": [SAID[0]], "data": []},
    {"success": False, "data": GOOD, "error": REASON}, {"success": True, "hasError": True, "data": [], "error": REASON},
]  # fmt: skip
ENVELOPES: list[tuple[Any, Outcome]] = [
    *[(body, Fails(SERVICE, ("reports that the request failed", *SAID))) for body in FAILED],
    ({"success": False, "data": []}, Fails(SERVICE, ("no reason given",))), ({"data": GOOD}, Rows()),
    *[({"error": nothing, "data": GOOD}, Rows()) for nothing in (None, "", {}, [])],
    (PLAIN.body(GOOD) | {"statusCode": "ImATeapot"}, Rows()), (PLAIN.body(GOOD) | {"error": "it went wrong"}, Rows()),
]  # fmt: skip


@pytest.mark.parametrize(("body", "outcome"), ENVELOPES, ids=lambda value: repr(value)[:60])
def test_the_envelope_says_whether_the_request_failed(body, outcome, server):
    PLAIN.start(server, body)
    check(PLAIN, server, outcome)


@pytest.mark.parametrize("name", ["teamwork.people", "outlign.clients", "spirii.customers"])
def test_success_false_means_nothing_in_the_other_services(name, server):
    case = case_of(name)
    case.start(server, case.body(case.rows(3)) | {"success": False, "error": "it went wrong"})
    check(case, server, Rows())


@pytest.mark.parametrize(
    "error", [{"message": MARKUP}, MARKUP, [{"detail": MARKUP}], {"errors": [MARKUP]}], ids=lambda e: str(e)[:12]
)
def test_the_reason_of_a_failure_is_cleaned(error, server):
    PLAIN.start(server, {"success": False, "hasError": True, "error": error, "data": None})
    with pytest.raises(SERVICE) as raised:
        PLAIN.load()
    text = str(raised.value)
    assert "the key" in text
    assert "was refused" in text
    assert secrets_in(shown(raised.value), TOKEN) == []
    assert text.isprintable()
    assert not set("<>`$&\x1b\u202e") & set(text)


NO_LISTS = [5, 0, 1.5, True, False, "", "none", {}, {"id": 1}]
OTHER_JSON = [{"path": "/", "query": []}, b"7", b"null", [1, 2]]


@pytest.mark.parametrize("body", [*[{"data": rows, "people": rows} for rows in NO_LISTS], *OTHER_JSON], ids=repr)
def test_rows_that_are_no_list(body, each_service, server):
    if each_service.service == "outlign" and body == {"data": {}, "people": {}}:
        return  # an empty list in PHP
    each_service.start(server, reply(body))
    check(each_service, server, Fails(UNEXPECTED))


@pytest.mark.parametrize("extra_columns", [False, True])
def test_rows_that_are_no_list_in_each_loader(extra_columns, case, server):
    case.start(server, {kind: {"id": 1} for kind in ("data", "people", "projects", "companies")})
    with pytest.raises(UNEXPECTED):
        case.load(extra_columns=extra_columns)
    assert pm.cache.info().empty
