"""What users pass, and what their environment holds: used as it was meant, or refused before any request."""

import os
import re
import socketserver
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
import requests
from werkzeug import Request, Response

import pmframes as pm


def shown(value: object) -> str:
    """Name a case, without the address of an object, which differs from process to process."""
    return re.sub(" at 0x[0-9a-f]+", "", ascii(value))


TOKEN = "tok-7f3a91c2-NEVER-SHOWN"
SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")
PMFRAMES = Path(pm.__file__).parent

# Filters that would be none

EMPTY = [
    *[("spirii.customers", {"customer_ids": none}) for none in ([], (), set(), pd.Series([], dtype="int64"))],
    *[("spirii.customers", {"types": none}) for none in ([], (), set(), [None], [None, "Private"], "", [""])],
    *[("spirii.customers", {"search": none}) for none in ("", "  ")],
    *[("teamwork.people", {name: []}) for name in ("ids", "company_ids", "team_ids")],
    *[("teamwork.people-of-the-site", {name: iter(())}) for name in ("ids", "company_ids", "team_ids")],
    ("teamwork.people", {"search_term": ""}),
    ("outlign.clients", {"title": ""}),
]


@pytest.mark.parametrize(("name", "arguments"), EMPTY, ids=shown)
def test_an_empty_filter_is_refused(name, arguments, site, loader):
    """Sent as nothing, it would bring every row where none was meant."""
    case = loader(name)
    case.connect(site)
    case.serve(site, case.rows(3))
    (argument,) = arguments
    with pytest.raises(pm.errors.InvalidArgument, match=argument):
        case.load(**arguments)
    assert site.requests == []


# Query keys of the user's own

NO_PARAMS = [
    *[None, {}, {"a": 1}, [[1]], [1, [2]], [None], [{"a": 1}], {1}],
    *[float("nan"), [float("nan")], b"bytes", object(), [], (), 10**5000, "\ud800"],
]


@pytest.mark.product
@pytest.mark.parametrize("value", NO_PARAMS, ids=lambda value: type(value).__name__)
def test_a_param_that_cannot_be_sent_is_refused(value, case, site):
    case.connect(site)
    case.serve(site, case.rows(1))
    with pytest.raises(pm.errors.InvalidArgument, match="cpoId"):
        case.load(params={"cpoId": value})
    assert site.requests == []


PARAMS = [
    ("text", ["text"]),
    (7, ["7"]),
    (np.int64(7), ["7"]),
    (0, ["0"]),
    (2.5, ["2.5"]),
    (True, ["true"]),
    (False, ["false"]),
    ([1, 2], ["1", "2"]),
    ((1, 2), ["1", "2"]),
    (["a b&c=d", 1.5, False], ["a b&c=d", "1.5", "false"]),
    ((True,), ["true"]),
]


@pytest.mark.product
@pytest.mark.parametrize(("value", "sent"), PARAMS, ids=shown)
def test_a_param_is_sent_as_it_is_meant(value, sent, case, site):
    case.connect(site)
    case.serve(site, case.rows(2))
    assert len(case.load(params={"cpoId": value})) == 2
    assert {tuple(request.query["cpoId"]) for request in site.requests} == {tuple(sent)}


def test_params_of_other_values_are_other_loads(case, site):
    case.connect(site)
    case.serve(site, case.rows(2))
    for value in (1, 2, (1, 2), "1,2"):
        case.load(params={"cpoId": value})
    asked = len(site.requests)
    assert asked >= 4
    for value in (1, 2, (1, 2), "1,2"):
        case.load(params={"cpoId": value})
    assert len(site.requests) == asked


# Functions that give the credential


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}\t", "\n{}"], ids=shown)
def test_a_token_function_may_give_a_newline_along(around, each_service, site):
    """It often is what a program printed, or what a file held."""
    each_service.serve(site, each_service.rows(2))
    for token in (TOKEN, lambda: around.format(TOKEN)):
        each_service.connect(site, token=token)
        assert len(each_service.load(refresh=True)) == 2
    first, *others = [request.headers["Authorization"] for request in site.requests]
    assert set(others) == {first}


NO_TOKENS = [None, "", " \n", "tökén-" + TOKEN, f"two {TOKEN}", f"{TOKEN}\n{TOKEN}", TOKEN.encode(), 5, [TOKEN]]


@pytest.mark.parametrize("given", NO_TOKENS, ids=lambda given: shown(given).replace(TOKEN, "…"))
def test_a_token_function_may_give_none(given, each_service, site, shown, secrets_in):
    each_service.serve(site, each_service.rows(2))
    each_service.connect(site, token=lambda: given)
    with pytest.raises(pm.errors.InvalidArgument, match="token") as raised:
        each_service.load()
    assert site.requests == []
    assert secrets_in(str(raised.value)) == []
    assert secrets_in(repr(vars(raised.value))) == []
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


@pytest.mark.product
@pytest.mark.parametrize("given", NO_TOKENS, ids=lambda given: shown(given).replace(TOKEN, "…"))
def test_a_token_function_may_give_none_the_second_time(given, each_service, site, answer_with, secrets_in):
    gives = iter([TOKEN, given])
    each_service.connect(site, token=lambda: next(gives))
    site.serve(each_service.path, answer_with({"message": "expired"}, status=401))
    with pytest.raises(pm.errors.InvalidArgument, match="token") as raised:
        each_service.load()
    assert len(site.requests) == 1
    assert secrets_in(str(raised.value)) == []


TROUBLES = [requests.HTTPError("503"), requests.ConnectionError("down"), requests.Timeout("late")]
TROUBLES += [OSError("no file"), TimeoutError("late"), KeyError("token"), pm.errors.NotFound("no such secret")]


@pytest.mark.product
@pytest.mark.parametrize("when", ["at first", "after a 401"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: type(trouble).__name__)
def test_the_trouble_of_a_token_function_is_its_own(trouble, when, each_service, site, answer_with):
    """It is neither tried again nor told as trouble of the service."""
    gives, asked = ([TOKEN] if when == "after a 401" else []), []

    def token() -> str:
        asked.append(1)
        if gives:
            return gives.pop()
        raise trouble

    each_service.connect(site, token=token)
    site.serve(each_service.path, answer_with({"message": "expired"}, status=401))
    with pytest.raises(type(trouble)) as raised:
        each_service.load()
    assert raised.value is trouble
    assert len(asked) == (2 if when == "after a 401" else 1)
    assert len(site.requests) == (1 if when == "after a 401" else 0)


def test_a_token_function_is_asked_once_more_after_a_401(each_service, site, answer_with):
    asked: list[int] = []
    refuse = answer_with({"message": "expired"}, status=401)
    honest = each_service.honest(each_service.rows(2))

    def token() -> str:
        asked.append(1)
        return f"{TOKEN}-{len(asked)}"

    each_service.connect(site, token=token)
    site.serve(each_service.path, lambda request: (honest if len(asked) > 1 else refuse)(request))
    assert len(each_service.load()) == 2
    assert len(each_service.load(refresh=True)) == 2
    assert len(asked) == 2
    first, *others = [request.headers["Authorization"] for request in site.requests]
    assert first not in others
    assert len(set(others)) == 1


@pytest.mark.parametrize("token", ["a text", "a function"])
def test_a_401_that_stays_is_told(token, each_service, site, answer_with):
    asked: list[int] = []
    each_service.connect(site, token=(lambda: asked.append(1) or TOKEN) if token == "a function" else TOKEN)
    site.serve(each_service.path, answer_with({"message": "expired"}, status=401))
    with pytest.raises(pm.errors.AuthenticationError):
        each_service.load()
    assert len(site.requests) == (2 if token == "a function" else 1)
    assert len(asked) == (2 if token == "a function" else 0)


# Addresses

WITH_A_PASSWORD = [
    "https://me:s3cret@acme.example.com",
    "https://me:s3cret@acme.example.com:8443/path",
    "https://me:s3cret@acme.example.com:port",
    "https://me:s3cret@[::1",
    "https://:s3cret@acme.example.com",
    "https://s3cret@acme.example.com",
    "http://me:s3cret@acme.example.com",
    "http://me:s3cret@127.0.0.1:1",
    "me:s3cret@acme.example.com",
    "ftp://me:s3cret@acme.example.com",
]


@pytest.mark.product
@pytest.mark.parametrize("where", ["argument", "environment"])
@pytest.mark.parametrize("url", WITH_A_PASSWORD)
@pytest.mark.parametrize("service", SERVICES)
def test_a_password_in_a_url_is_refused_and_not_shown(service, url, where, monkeypatch, shown):
    if where == "environment":
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", url)
    with pytest.raises(pm.errors.InvalidArgument, match=r"(url|_URL) is") as raised:
        pm.connect(service, url=url if where == "argument" else None, token=TOKEN)
    told = "\n".join([str(raised.value), repr(vars(raised.value)), *map(str, raised.value.args)])
    assert "s3cret" not in told
    assert "me:" not in told
    assert "'me'" not in told
    assert "Error: Port could not be cast" not in shown(raised.value)
    assert pm.connections().empty


NO_URLS = ["https://[x", "https://[::1", "https://*.example.com", "https://acme.example.com:99999", "https://.."]
NO_URLS += ["https://acme.example.com:port", "https:// acme.example.com"]


@pytest.mark.parametrize("url", NO_URLS)
@pytest.mark.parametrize("service", SERVICES)
def test_what_is_no_url_is_told_when_it_is_given(service, url):
    with pytest.raises(pm.errors.InvalidArgument, match="url is not a valid address"):
        pm.connect(service, url=url, token=TOKEN)
    assert pm.connections().empty


TIDIED = [
    ("https://münchen.example.com", "https://xn--mnchen-3ya.example.com"),
    ("MÜNCHEN.example.com/", "https://xn--mnchen-3ya.example.com"),
    ("https://acme.example.com/a/../b/./c", "https://acme.example.com/b/c"),
    ("https://acme.example.com/../../a//", "https://acme.example.com/a"),
    ("https://acme.example.com/a b", None),
    ("https://ACME.example.com./a?x=1#y", "https://acme.example.com/a"),
    ("https://acme.example.com:8443/ä", "https://acme.example.com:8443/%C3%A4"),
    ("http://[::1]:8765/x/", "http://[::1]:8765/x"),
]


@pytest.mark.parametrize(("url", "tidied"), TIDIED)
@pytest.mark.parametrize("service", SERVICES)
def test_an_address_is_written_as_it_is_asked(service, url, tidied):
    if tidied is None:
        with pytest.raises(pm.errors.InvalidArgument, match="url is not a valid address"):
            pm.connect(service, url=url, token=TOKEN)
        return
    pm.connect(service, url=url, token=TOKEN)
    assert pm.connections()["url"].tolist() == [tidied]


@pytest.mark.parametrize("path", ["/x/../{}", "/./{}/", "/{}/y/..", "/{}?page=5#top"])
def test_an_address_that_goes_up_and_down_is_asked(path, each_service, site):
    each_service.serve(site, each_service.rows(2))
    pm.connect(each_service.service, url=site.base + path.format(each_service.service), token=TOKEN)
    assert pm.connections()["url"].tolist() == [site.url(each_service.service)]
    assert len(each_service.load()) == 2


@pytest.mark.parametrize("oauth", ["no", "yes", "", 0, 1, []], ids=shown)
@pytest.mark.parametrize("service", SERVICES)
def test_oauth_is_true_or_false(service, oauth):
    with pytest.raises(pm.errors.InvalidArgument, match="oauth"):
        pm.connect(service, url="https://acme.example.com", token=TOKEN, oauth=oauth)
    assert pm.connections().empty


# The environment: proxies, certificates


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that notes what it is sent, and hangs up."""
    came: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            came.append(self.request.recv(65536))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", came
        server.shutdown()
        thread.join()


@pytest.mark.product
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost"])
@pytest.mark.parametrize("variables", [["http_proxy"], ["HTTP_PROXY", "HTTPS_PROXY"], ["all_proxy"]], ids=str)
def test_no_proxy_is_between_this_machine_and_itself(variables, host, each_service, site, proxy, monkeypatch):
    for variable in variables:
        monkeypatch.setenv(variable, proxy[0])
    each_service.serve(site, each_service.rows(2))
    url = site.url(each_service.service).replace("127.0.0.1", host)
    pm.connect(each_service.service, url=url, token=TOKEN)
    assert len(each_service.load()) == 2
    assert proxy[1] == []


def test_another_machine_is_asked_through_the_proxy(each_service, proxy, monkeypatch, secrets_in):
    monkeypatch.setenv("https_proxy", proxy[0])
    pm.connect(each_service.service, url="https://acme.example.com", token=TOKEN)
    with pytest.raises(pm.errors.ServiceError):
        each_service.load()
    assert {came.split(b" HTTP/")[0] for came in proxy[1]} == {b"CONNECT acme.example.com:443"}
    assert secrets_in(b"".join(proxy[1])) == []


CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.mark.parametrize("variable", CERTIFICATES)
def test_a_file_of_certificates_that_is_not_there_is_named(
    variable, each_service, tmp_path, monkeypatch, shown, secrets_in
):
    absent = tmp_path / "absent.pem"
    for name in CERTIFICATES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(absent))
    pm.connect(each_service.service, url="https://127.0.0.1:1", token=TOKEN)
    with pytest.raises(pm.errors.ServiceError) as raised:
        each_service.load()
    assert str(absent) in str(raised.value)
    assert variable in str(raised.value)
    assert raised.value.__context__ is None
    assert secrets_in(shown(raised.value)) == []


# The environment: credentials


@pytest.mark.parametrize(
    "variables",
    [{"TOKEN": "two words"}, {"TOKEN": "tökén"}, {"TOKEN": "fine", "URL": "http://acme.example.com"}],
    ids=str,
)
def test_an_unusable_environment_breaks_nothing_else(variables, site, loader, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(f"PMFRAMES_SPIRII_{name}", value)
    case = loader("teamwork.people")
    case.connect(site)
    case.serve(site, case.rows(2))
    case.load()
    assert pm.connections()["service"].tolist() == ["teamwork"]
    assert pm.cache.info()["service"].tolist() == ["teamwork"]
    pm.cache.clear("teamwork")
    assert pm.cache.info().empty
    wrong = "PMFRAMES_SPIRII_" + ("URL is plain HTTP" if "URL" in variables else "TOKEN contains")
    with pytest.raises(pm.errors.InvalidArgument, match=wrong) as raised:
        pm.spirii.customers()
    assert variables["TOKEN"] not in str(raised.value)
    pm.disconnect("spirii")
    with pytest.raises(pm.errors.NotConnected):
        pm.spirii.customers()


@pytest.mark.parametrize("service", SERVICES)
def test_where_the_credential_came_from_is_told(service, monkeypatch):
    variable = f"PMFRAMES_{service.upper()}_TOKEN"
    monkeypatch.setenv(variable, TOKEN)
    pm.connect(service, url="https://acme.example.com")
    assert pm.connections()["source"].tolist() == [f"environment ({variable})"]
    pm.connect(service, url="https://acme.example.com", token="another")
    assert pm.connections()["source"].tolist() == ["connect()"]
    pm.connect(service, url="https://acme.example.com", token=lambda: TOKEN)
    assert pm.connections()["source"].tolist() == ["connect()"]


def test_a_credential_left_comes_back_after_another(each_service, site, monkeypatch):
    def environment(token: str) -> None:
        monkeypatch.setenv(f"PMFRAMES_{each_service.service.upper()}_URL", site.url(each_service.service))
        monkeypatch.setenv(f"PMFRAMES_{each_service.service.upper()}_TOKEN", token)

    each_service.serve(site, each_service.rows(2))
    environment("one")
    assert len(each_service.load()) == 2
    pm.disconnect(each_service.service)
    with pytest.raises(pm.errors.NotConnected):
        each_service.load()
    for token in ("other", "one"):
        environment(token)
        assert len(each_service.load()) == 2
        assert len(pm.connections()) == 1


# The cache: disconnecting while it is filled, its folder, what damages it


@pytest.mark.parametrize("at", ["the first page", "the last page"])
def test_nothing_is_asked_or_stored_for_who_disconnects_meanwhile(at, case, site, cached_bytes):
    """As another thread, or a signal, may do: no further page is asked for, and nothing is kept."""
    honest, pages = case.honest(case.rows(9), clamp=4), []

    def answer(request: Request) -> Response:
        pages.append(1)
        # The answers of some do not say that they are the last: an empty one does.
        last = (3 if case.says_more else 4) if case.size_key else 1
        if len(pages) == (1 if at == "the first page" else last):
            pm.disconnect(case.service)
        return honest(request)

    case.connect(site)
    site.serve(case.path, answer)
    if at == "the first page" and case.size_key:
        with pytest.raises(pm.errors.NotConnected, match="under way"):
            case.load()
        assert len(pages) == 1
    else:
        assert len(case.load()) == 9
    assert pm.cache.info().empty
    assert cached_bytes() == b""
    with pytest.raises(pm.errors.NotConnected):
        case.load()


def test_the_cache_folder_may_start_at_home(each_service, site, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", "~/of mine")
    each_service.connect(site)
    each_service.serve(site, each_service.rows(2))
    each_service.load()
    assert list((tmp_path / "home" / "of mine").rglob("*.sqlite"))
    assert not (tmp_path / "~").exists()
    assert len(pm.cache.info()) == 1


def test_the_cache_folder_stays_where_it_was(each_service, site, monkeypatch, tmp_path):
    """A folder that is named from where one stands is the same after going elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", "mine")
    each_service.connect(site)
    each_service.serve(site, each_service.rows(2))
    monkeypatch.chdir(tmp_path / "elsewhere")
    each_service.load()
    assert list((tmp_path / "mine").rglob("*.sqlite"))
    assert not (tmp_path / "elsewhere" / "mine").exists()


def _page_changed(stored: bytes, **changes: Any) -> bytes:
    page = msgspec.msgpack.decode(stored) | changes
    return msgspec.msgpack.encode({name: value for name, value in page.items() if value != "absent"})


DAMAGE = {
    "5": lambda stored: msgspec.msgpack.encode(5),
    "a list": lambda stored: msgspec.msgpack.encode([]),
    "a text": lambda stored: msgspec.msgpack.encode("x"),
    "null": lambda stored: msgspec.msgpack.encode(None),
    "an empty object": lambda stored: msgspec.msgpack.encode({}),
    "an object of another kind": lambda stored: msgspec.msgpack.encode({"a": {"b": 1}}),
    "bytes of something else": lambda stored: bytes(range(256)),
    "no bytes": lambda stored: b"",
    "half": lambda stored: stored[: len(stored) // 2],
    "no content": lambda stored: _page_changed(stored, _content="absent"),
    "content that is null": lambda stored: _page_changed(stored, _content=None),
    "content that is a number": lambda stored: _page_changed(stored, _content=5),
    "rows that are a word": lambda stored: _page_changed(stored, headers={"Pmframes-Rows": "x"}),
    "created_at is 5": lambda stored: _page_changed(stored, created_at=5),
    "created_at is a word": lambda stored: _page_changed(stored, created_at="now"),
    "expires is 5": lambda stored: _page_changed(stored, expires=5),
    "expires is null": lambda stored: _page_changed(stored, expires=None),
    "status_code is 500": lambda stored: _page_changed(stored, status_code=500),
    "headers is 5": lambda stored: _page_changed(stored, headers=5),
    "a value that is text": lambda stored: "text in place of bytes",
    "a value that is a number": lambda stored: 5,
    "a value that is null": lambda stored: None,
}


@pytest.mark.product
@pytest.mark.filterwarnings("ignore:The cache could not be")
@pytest.mark.parametrize("which", ["each page", "the first page"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_page_is_asked_for_again(damage, which, site, loader, cache_dir):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    assert len(case.load()) == 9
    asked = len(site.requests)
    (path,) = cache_dir.rglob("*.sqlite")
    with sqlite3.connect(path) as database:
        pages = dict(database.execute("SELECT key, value FROM responses"))
        for key in pages if which == "each page" else sorted(pages)[:1]:
            database.execute("UPDATE responses SET value = ? WHERE key = ?", (damage(pages[key]), key))
    database.close()
    pm.cache.info()
    assert len(case.load()) == 9
    assert len(site.requests) == 2 * asked
    assert len(case.load()) == 9
    assert len(site.requests) == 2 * asked, "what came instead was not kept"
    assert pm.cache.info()["rows"].tolist() == [9]


# Names that are misspelt


def test_a_misspelt_name_is_told_by_a_type_checker(tmp_path):
    program = tmp_path / "program.py"
    program.write_text('import pmframes as pm\npm.connect("spirii")\npm.conect("spirii")\npm.teamwrok.people()\n')
    words = ["--config-file=", "--no-incremental", "--follow-imports=skip", str(PMFRAMES / "__init__.py")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words, str(program)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line.split(":")[1] for line in told] == ["3", "4"], done.stdout + done.stderr
    assert all("attr-defined" in line for line in told)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("spirii.customers", {"customer_ids": "9" * 5000}), ("spirii.customers", {"search": "\ud800"})],
)
def test_an_argument_that_python_cannot_write_is_refused(name, arguments, site, loader):
    case = loader(name)
    case.connect(site)
    with pytest.raises(pm.errors.InvalidArgument):
        case.load(**arguments)
    assert site.requests == []
