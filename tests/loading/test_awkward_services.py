"""What services send now and then: a failure told as success, a page that never comes, words for numbers."""

import gzip
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stamina
from werkzeug import Request, Response

import pmframes as pm
from pmframes._http import client, timeouts

TOKEN = "tok-7f3a91c2-NEVER-SHOWN"
PROJECTMANAGER = ("projectmanager.customers", "projectmanager.roles")
WHOLE_IDS = ("teamwork.people", "teamwork.people-of-the-site", "outlign.clients", "spirii.customers")


def _nothing_is_kept(case: Any, site: Any) -> bool:
    """Tell whether the next load asks the service, and has its rows."""
    if not pm.cache.info().empty:
        return False
    case.serve(site, case.rows(2))
    return len(case.load()) == 2


# A failure told with status 200

MARKUP = f"<b onclick=x()>the key {TOKEN} was\r\nrefused</b> \x1b]8;;http://x\x07 \x1b[31mred \u202e & `$x` "


@pytest.mark.parametrize(
    "error", [{"message": MARKUP}, MARKUP, [{"detail": MARKUP}], {"errors": [MARKUP]}], ids=lambda e: str(e)[:12]
)
@pytest.mark.parametrize("name", PROJECTMANAGER)
def test_what_a_failure_with_status_200_says_is_cleaned(name, error, site, loader, shown, secrets_in):
    case = loader(name)
    case.connect(site)
    site.serve(case.path, {"success": False, "hasError": True, "error": error, "data": None})
    with pytest.raises(pm.errors.ServiceError) as raised:
        case.load()
    text = str(raised.value)
    assert "the key" in text
    assert "was refused" in text
    assert secrets_in(shown(raised.value)) == []
    assert text.isprintable()
    assert not set("<>`$&\x1b\u202e") & set(text)


def test_what_a_failure_with_status_200_says_is_cut(site, loader):
    case = loader("projectmanager.customers")
    case.connect(site)
    site.serve(case.path, {"success": False, "error": "it went wrong " * 1000})
    with pytest.raises(pm.errors.ServiceError, match="it went wrong") as raised:
        case.load()
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("data", [None, []], ids=["data is null", "data is empty"])
@pytest.mark.parametrize("error", [{"message": "It is archived"}, "It is archived", ["It is archived"]], ids=repr)
@pytest.mark.parametrize("name", PROJECTMANAGER)
def test_an_error_without_success_is_a_failure(name, error, data, site, loader):
    case = loader(name)
    case.connect(site)
    site.serve(case.path, {"error": error, "data": data})
    with pytest.raises(pm.errors.ServiceError, match="It is archived"):
        case.load()
    assert _nothing_is_kept(case, site)


@pytest.mark.parametrize("error", [None, "", {}, []], ids=repr)
@pytest.mark.parametrize("name", PROJECTMANAGER)
def test_an_error_that_says_nothing_is_none(name, error, site, loader):
    case = loader(name)
    case.connect(site)
    site.serve(case.path, {"error": error, "data": case.rows(2)})
    assert len(case.load()) == 2


# A page promised and not sent

WHERE_MORE_IS_SAID = [
    *[("teamwork.people", where) for where in ("meta", "meta.page", "meta.page.hasMore")],
    *[("teamwork.people-of-the-site", where) for where in ("meta", "meta.page.hasMore")],
    *[("outlign.clients", where) for where in ("links", "links.next")],
]


def _without(body: Any, where: str) -> Any:
    *above, last = where.split(".")
    held = body
    for name in above:
        held = held[name]
    del held[last]
    return body


@pytest.mark.parametrize("second", ["empty", "repeated"])
@pytest.mark.parametrize(("name", "where"), WHERE_MORE_IS_SAID)
def test_more_is_promised_and_then_nothing_new_comes(name, where, second, site, loader, answer_with):
    """A page that does not say whether there is more keeps no promise of the page before."""
    case = loader(name)
    rows = {1: case.rows(3), 2: case.rows(3) if second == "repeated" else []}

    def answer(request: Request) -> Response:
        number = int(request.args["page"])
        body = case.body(rows.get(number, []), number=number, size=3, more=number == 1, total=3)
        return answer_with(body if number == 1 else _without(body, where))(request)

    case.connect(site)
    site.serve(case.path, answer)
    with pytest.raises(pm.errors.IncompleteLoad):
        case.load()
    assert _nothing_is_kept(case, site)


@pytest.mark.parametrize(("name", "where"), WHERE_MORE_IS_SAID)
def test_a_promise_that_is_kept_without_saying_so_is_kept(name, where, site, loader, answer_with):
    case = loader(name)
    rows = {1: case.rows(3), 2: case.rows(2, first=4)}

    def answer(request: Request) -> Response:
        number = int(request.args["page"])
        body = case.body(rows.get(number, []), number=number, size=3, more=number == 1, total=5)
        return answer_with(body if number == 1 else _without(body, where))(request)

    case.connect(site)
    site.serve(case.path, answer)
    assert case.load()["id"].tolist() == case.keys(5)


# Rows that are no rows, ids that are none

NO_ROWS = [5, 0, 1.5, True, False, "", "none", {}, {"id": 1}]


@pytest.mark.product
@pytest.mark.parametrize("extra_columns", [False, True])
@pytest.mark.parametrize("rows", NO_ROWS, ids=repr)
def test_rows_that_are_no_list(rows, extra_columns, case, site):
    case.connect(site)
    site.serve(case.path, {"data": rows, "people": rows})
    with pytest.raises(pm.errors.UnexpectedResponse):
        case.load(extra_columns=extra_columns)
    assert _nothing_is_kept(case, site)


@pytest.mark.parametrize("number", [0, "0", 0.0, -0.0], ids=repr)
@pytest.mark.parametrize("name", WHOLE_IDS)
def test_an_id_of_0_is_none(name, number, site, loader):
    case = loader(name)
    rows = case.rows(3)
    rows[1]["id"] = number
    case.connect(site)
    site.serve(case.path, case.body(rows))
    with pytest.raises(pm.errors.UnexpectedResponse, match="the value of id"):
        case.load()


# Words for numbers, and numbers for words


@pytest.mark.parametrize("size", ["15", "fifteen", 15.0, None, [15], {}], ids=repr)
def test_outligns_page_size_is_not_relied_on(size, site, loader, answer_with):
    case = loader("outlign.clients")

    def answer(request: Request) -> Response:
        number = int(request.args["page"])
        body = case.body(case.rows(3, first=number * 3 - 2), number=number, size=3, more=number == 1)
        body["meta"]["per_page"] = size
        return answer_with(body)(request)

    case.connect(site)
    site.serve(case.path, answer)
    assert case.load()["id"].tolist() == case.keys(6)


@pytest.mark.parametrize("spelt", [str, float, "{:.1f}".format, " {} ".format, lambda n: [n]])
@pytest.mark.parametrize("which", ["limit", "count", "both"])
def test_spiriis_limit_and_count_as_no_numbers(which, spelt, site, loader, answer_with):
    case = loader("spirii.customers")

    def answer(request: Request) -> Response:
        start = int(request.args["offset"])
        body = case.body(case.rows(5)[start : start + 2], start=start, size=2, total=5)
        body |= {key: spelt(body[key]) for key in ("limit", "count") if which in (key, "both")}
        return answer_with(body)(request)

    case.connect(site)
    site.serve(case.path, answer)
    assert case.load()["id"].tolist() == case.keys(5)
    assert case.load().attrs["pmframes"]["cached"] is True


def test_spiriis_count_as_text_is_counted_against(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, lambda request: _spirii_short(case, int(request.args["offset"])))
    with pytest.raises(pm.errors.IncompleteLoad, match="the service counts 6 rows"):
        case.load()


def _spirii_short(case: Any, start: int) -> Response:
    body = case.body(case.rows(5)[start : start + 5], start=start, size=100) | {"count": "6", "limit": "100"}
    return Response(json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    "included", [[], None, {}, {"companies": []}, {"companies": None, "teams": []}, "absent"], ids=repr
)
@pytest.mark.parametrize("name", ["teamwork.people", "teamwork.people-of-the-site"])
def test_teamwork_includes_nothing_in_many_words(name, included, site, loader):
    case = loader(name)
    body = case.body(case.rows(3)) | {"included": included}
    if included == "absent":
        del body["included"]
    case.connect(site)
    site.serve(case.path, body)
    frame = case.load()
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["company_name"].isna().all()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()}["company_name"] == "str"


WORDS_FOR_TIMES = ["now", "today", "Now", " today", "NaT", "yesterday", "1 day ago", "infinity"]


@pytest.mark.product
@pytest.mark.parametrize("word", WORDS_FOR_TIMES)
@pytest.mark.parametrize("name", WHOLE_IDS)
def test_a_word_is_no_time(name, word, site, loader):
    case = loader(name)
    sent = "created_at" if case.service == "outlign" else "createdAt"
    rows = case.rows(3)
    rows[2][sent] = word
    case.connect(site)
    site.serve(case.path, case.body(rows))
    with pytest.raises(pm.errors.UnexpectedResponse, match="created_at"):
        case.load()


NO_AMOUNTS = ["1_000", "Infinity", "-inf", "NaN", "nan", "1,5", "0x10", "１２", " 5", "+5", ".5", True]


@pytest.mark.product
@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=repr)
@pytest.mark.parametrize("sent", ["userRate", "userCost", "lengthOfDay"])
def test_a_word_is_no_amount(sent, amount, site, loader):
    case = loader("teamwork.people")
    rows = case.rows(3)
    rows[0][sent] = amount
    case.connect(site)
    site.serve(case.path, case.body(rows))
    with pytest.raises(pm.errors.UnexpectedResponse, match=sent):
        case.load()


@pytest.mark.parametrize(("sent", "rate"), [("12500", 125.0), ("1e4", 100.0), ("-0.5", -0.005), ("", None)])
def test_an_amount_as_text_is_one(sent, rate, site, loader, records_of):
    case = loader("teamwork.people")
    case.connect(site)
    site.serve(case.path, case.body([case.row(1) | {"userRate": sent}]))
    assert records_of(case.load())[0]["user_rate"] == rate


@pytest.mark.product
@pytest.mark.parametrize("large", [2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**64 - 1])
def test_large_numbers_beside_a_fraction_stay_exact(large, case, site):
    sent = [large, 0.5, None]
    rows = [row | {"legacyNumber": value} for row, value in zip(case.rows(3), sent, strict=True)]
    case.connect(site)
    site.serve(case.path, case.body(rows))
    for _ in range(2):
        held = case.load(extra_columns=True)["legacy_number"].tolist()
        assert held[:2] == sent[:2]
        assert isinstance(held[0], int)


@pytest.mark.parametrize("sent", ["", None, "absent"], ids=repr)
def test_spiriis_type_is_the_one_asked_for_where_none_is_sent(sent, site, loader):
    case = loader("spirii.customers")
    rows = [row | {"type": "Private"} for row in case.rows(3)]
    rows[1]["type"] = sent
    if sent == "absent":
        del rows[1]["type"]
    case.connect(site)
    site.serve(case.path, case.body(rows))
    assert case.load(types="Private")["type"].tolist() == ["Private", "Private", "Private"]


@pytest.mark.parametrize("sent", [0, None, "", "0"], ids=repr)
@pytest.mark.parametrize("company", [{"id": 0, "title": ""}, None, {}], ids=repr)
def test_outligns_company_is_the_one_asked_for_where_none_is_sent(company, sent, site, loader):
    case = loader("outlign.clients")
    rows = case.rows(3)
    rows[1] |= {"company_id": sent, "company": company}
    case.connect(site)
    site.serve(case.path, case.body(rows))
    assert case.load(company_id=456)["company_id"].tolist() == [456, 456, 456]


# How long to wait

LATER = 20
QUOTAS = {
    "nothing": ({}, [8, 16, 32, 60]),
    "seconds": ({"x_ratelimit_reset": "7"}, [7] * 4),
    "seconds, spelt otherwise": ({"x_rate_limit_reset": "7"}, [7] * 4),
    "a moment": ({"x_ratelimit_reset": "now + 20"}, [LATER] * 4),
    "a moment gone by": ({"x_ratelimit_reset": "1500000000"}, [1] * 4),
    "0": ({"x_ratelimit_reset": "0"}, [1] * 4),
    "a day": ({"x_ratelimit_reset": "86400"}, [60] * 4),
    "huge": ({"x_ratelimit_reset": "9" * 400}, [60] * 4),
    "a word": ({"x_ratelimit_reset": "soon"}, [8, 16, 32, 60]),
    "a digit that is none": ({"x_ratelimit_reset": "²"}, [8, 16, 32, 60]),
    "Retry-After too": ({"x_ratelimit_reset": "7", "Retry_After": "12"}, [12] * 4),
    "Retry-After that says nothing": ({"x_ratelimit_reset": "7", "Retry_After": "soon"}, [7] * 4),
}


@pytest.mark.product
@pytest.mark.parametrize("told", QUOTAS)
def test_how_long_a_quota_is_waited_for(told, each_service, site, answer_with, waits):
    headers, expected = QUOTAS[told]
    began = time.time()
    sent = {name: value.replace("now + 20", str(int(began) + LATER)) for name, value in headers.items()}
    each_service.connect(site)
    site.serve(each_service.path, answer_with({"message": "Too many"}, status=429, **sent))
    with stamina.set_testing(False), pytest.raises(pm.errors.RateLimited):
        each_service.load()
    # A moment is told in whole seconds, and comes nearer meanwhile.
    nearer = 1 + time.time() - began if told == "a moment" else 0
    assert len(waits) == len(expected)
    assert all(max(1, one - nearer) <= wait <= one for wait, one in zip(waits, expected, strict=True))


ABSURD = [
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 99999 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 99 Foo 2026 99:99:99 GMT",
    "Wed, 21 Oct 2026 07:28:00 +99999999999999",
    ",",
]


@pytest.mark.parametrize("date", ABSURD)
@pytest.mark.parametrize(("status", "error"), [(429, pm.errors.RateLimited), (503, pm.errors.ServiceError)])
def test_an_absurd_date_to_wait_until_is_no_crash(status, error, date, site, loader, answer_with, waits):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, answer_with({}, status=status, Retry_After=date))
    with stamina.set_testing(False), pytest.raises(error):
        case.load()
    assert len(site.requests) == 5
    assert all(0 < wait <= 60 for wait in waits)


# An answer that comes byte by byte


@contextmanager
def _dripping(head: bytes, body: bytes, every: float) -> Iterator[str]:
    """Send a body one byte at a time, to everyone who asks."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            try:
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head + b"\r\n")
                for byte in body:
                    self.request.sendall(bytes([byte]))
                    time.sleep(every)
            except OSError:
                return  # nobody listens any more

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


CLIENTS = json.dumps([{"id": 1, "title": "Ærø"}, {"id": 2, "title": "B"}]).encode()
SENT_AS = {
    "as it is": lambda body: (b"Content-Length: %d\r\n" % len(body), body),
    "in chunks": lambda body: (
        b"Transfer-Encoding: chunked\r\n",
        b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n",
    ),
    "until it hangs up": lambda body: (b"Connection: close\r\n", body),
    "compressed": lambda body: (
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(gzip.compress(body)),
        gzip.compress(body),
    ),
}


@pytest.mark.parametrize("sent_as", SENT_AS)
def test_an_answer_that_drips_for_too_long_is_given_up(sent_as, monkeypatch):
    """Each byte comes in time, so only the whole can be too late; left alone, this one takes 2 seconds."""
    monkeypatch.setattr(timeouts, "TOTAL_TIMEOUT", 0.3)
    head, body = SENT_AS[sent_as](CLIENTS + b" " * 60)
    with _dripping(head, body, every=2 / len(body)) as url:
        pm.connect("outlign", url=url, token=TOKEN)
        with pytest.raises(pm.errors.ServiceError, match="response timed out"):
            pm.outlign.clients()
    assert pm.cache.info().empty


@pytest.mark.parametrize("sent_as", SENT_AS)
def test_an_answer_that_drips_arrives_whole(sent_as):
    with _dripping(*SENT_AS[sent_as](CLIENTS), every=0.001) as url:
        pm.connect("outlign", url=url, token=TOKEN)
        assert pm.outlign.clients()["title"].tolist() == ["Ærø", "B"]


# What an error carries along


def _carried(error: BaseException | None) -> Iterator[Any]:
    """Give everything that hangs on an error: its causes and contexts, and what they hold."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        waiting += [one.__cause__, one.__context__]
        for held in [one, *one.args, *vars(one).values()]:
            yield held
            yield getattr(held, "__dict__", None)
            for name in ("request", "response"):
                yield getattr(getattr(held, name, None), "__dict__", None)


def _carries_no_request(error: BaseException, secrets_in: Any, shown: Any) -> bool:
    carried = list(_carried(error))
    foreign = [one for one in carried if isinstance(one, BaseException | client.requests.PreparedRequest)]
    return (
        all(isinstance(one, pm.errors.PmframesError) for one in foreign)
        and secrets_in(repr(carried)) == []
        and secrets_in(shown(error)) == []
    )


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500])
def test_an_error_of_a_status_carries_no_request_along(status, each_service, site, answer_with, secrets_in, shown):
    """A debugger, or a reporter of crashes, shows what hangs on an error as well."""
    each_service.connect(site)
    site.serve(each_service.path, answer_with({"message": "no"}, status=status, Location="/elsewhere"))
    with pytest.raises(pm.errors.PmframesError) as raised:
        each_service.load()
    assert _carries_no_request(raised.value, secrets_in, shown)


UNREACHABLE = {
    "nobody listens": None,
    "it hangs up": (b"Content-Length: 500\r\n", b"[", 0.0),
    "it is too slow": (b"Content-Length: 500\r\n", b"[   ", 0.3),
    "it is not trusted": (b"", b"", 0.0),
}


@pytest.mark.parametrize("trouble", UNREACHABLE)
def test_an_error_of_no_answer_carries_no_request_along(trouble, each_service, secrets_in, shown, monkeypatch):
    if trouble == "it is too slow":
        monkeypatch.setattr(client, "CONNECT_AND_READ_TIMEOUT", (5, 0.2))
    with _dripping(*(UNREACHABLE[trouble] or (b"", b"", 0.0))) as url:
        url = "http://127.0.0.1:1" if trouble == "nobody listens" else url
        url = url.replace("http:", "https:") if trouble == "it is not trusted" else url
        pm.connect(each_service.service, url=url, token=TOKEN)
        with pytest.raises(pm.errors.ServiceError) as raised:
            each_service.load()
    assert ("certificate" in str(raised.value)) == (trouble == "it is not trusted")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert _carries_no_request(raised.value, secrets_in, shown)


# Bank details under another key

IBAN, HOLDER = "DK5000400440116243", "Holder Holdersen"
HIDDEN = [
    {"payout": {"iban": IBAN, "holder": HOLDER}},
    {"payoutDetails": [{"number": IBAN, "holder": HOLDER}]},
    {"bankDetails": {"number": IBAN, "holder": HOLDER}},
    {"iban": IBAN, "bankAccountHolderName": HOLDER},
    {"financialSetup": {"currency": "EUR", "IBAN": IBAN, "swift_code": HOLDER}},
    {"contactDetails": {"name": "Ann", "banking": {"a": {"b": [IBAN, HOLDER]}}}},
    {"locations": [], "PayoutInformation": IBAN, "the_bank": HOLDER},
]


@pytest.mark.parametrize("extra_columns", [False, True])
@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: ",".join(hidden))
def test_bank_details_under_another_key_are_dropped(hidden, extra_columns, site, loader, cached_bytes):
    case = loader("spirii.customers")
    case.connect(site)
    body = case.body([case.row(1) | {"name": "MARK-OF-A-ROW"} | hidden]) | {"payouts": [hidden]}
    site.serve(case.path, body)
    for _ in range(2):
        frame = case.load(extra_columns=extra_columns)
        text = frame.to_csv() + repr(frame.attrs)
        assert IBAN not in text
        assert HOLDER not in text
        assert not [name for name in frame.columns if "bank" in name or "payout" in name or "iban" in name]
    held = cached_bytes()
    assert b"MARK-OF-A-ROW" in held
    assert IBAN.encode() not in held
    assert HOLDER.encode() not in held


def test_what_is_no_bank_detail_is_left(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, case.body([case.row(1) | {"segment": "North", "billingDetails": {"gln": "079"}}]))
    frame = case.load(extra_columns=True)
    assert frame["segment"].tolist() == ["North"]
    assert frame["gln"].tolist() == ["079"]


@pytest.mark.parametrize(("sent", "value"), [("created_at", "now"), ("id", 0)])
def test_an_answer_that_makes_no_frame_is_not_kept(sent, value, site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    site.serve(case.path, case.body([case.row(1) | {sent: value}]))
    with pytest.raises(pm.errors.UnexpectedResponse):
        case.load()
    assert _nothing_is_kept(case, site)


def test_spiriis_count_of_too_many_digits_is_none(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, case.body(case.rows(2)) | {"count": "9" * 5000})
    assert len(case.load()) == 2
