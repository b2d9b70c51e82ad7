"""Accounts are kept apart in the cache; token functions; what disconnecting removes."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

import pmframes as pm
from tests.support.loaders import ONE_EACH, OTHER, TOKEN, connect, connect_all, digest, provenance
from tests.support.server import SERVICES, FakeServer, reply
from tests.support.tenants import Tenants, refused

pytestmark = pytest.mark.usefixtures("tenants")
each_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture
def databases(cache_dir: Path) -> Callable[[], list[Path]]:
    """Return the files below the cache folder that belong to databases."""
    return lambda: sorted(path for path in cache_dir.rglob("*") if ".sqlite" in path.name)


@pytest.fixture
def other_server(their_sandbox: object) -> Iterator[FakeServer]:
    """The same services at another address, where our token is that of another account."""
    with FakeServer() as server:
        Tenants({TOKEN: their_sandbox}).serve(server)
        yield server


def is_cached(service: str) -> bool:
    return provenance(ONE_EACH[service]())["cached"]


@each_service
def test_two_tokens_at_one_address_never_share(service, server):
    loaded: dict[str, str] = {}
    for token in (TOKEN, OTHER, TOKEN, OTHER):
        connect(server, service, token)
        frame = ONE_EACH[service]()
        assert provenance(frame)["cached"] is (token in loaded)
        assert loaded.setdefault(token, digest(frame)) == digest(frame)
    assert loaded[TOKEN] != loaded[OTHER], "a test of sameness needs tenants that differ"


@each_service
def test_a_wrong_token_after_a_good_one_is_refused(service, server):
    connect(server, service)
    ONE_EACH[service]()
    for wrong in ("of-nobody", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
        connect(server, service, wrong)
        for _ in range(2):
            with pytest.raises(pm.errors.AuthenticationError):
                ONE_EACH[service]()
    connect(server, service)
    assert is_cached(service)


def test_an_api_key_and_an_oauth_token_of_the_same_letters_are_two_credentials(server):
    for oauth in (False, True):
        connect(server, "teamwork", oauth=oauth)
        assert not is_cached("teamwork")
    schemes = [request.headers["Authorization"].split()[0] for request in server.asked("teamwork")]
    assert (schemes[0], schemes[-1]) == ("Basic", "Bearer")
    pm.cache.clear()
    connect(server, "teamwork", oauth=True)
    ONE_EACH["teamwork"]()
    server.serve("teamwork", refused)
    connect(server, "teamwork")
    with pytest.raises(pm.errors.AuthenticationError):
        ONE_EACH["teamwork"]()


@each_service
def test_one_token_at_two_addresses_is_two_accounts(service, server, other_server):
    digests = []
    for there in (server, other_server, server):
        connect(there, service)
        digests.append(digest(ONE_EACH[service]()))
    assert digests[0] == digests[2] != digests[1]


@pytest.mark.parametrize("tail", ["/x", "/../spirii/x", "x"])
def test_one_token_at_two_paths_of_one_address_is_two_accounts(tail, server):
    connect(server, "spirii")
    ONE_EACH["spirii"]()
    server.forget()
    pm.connect("spirii", url=server.url("spirii") + tail, token=TOKEN)
    with pytest.raises(pm.errors.PmframesError):
        ONE_EACH["spirii"]()
    assert server.requests != []


def test_an_account_is_one_of_its_service_and_address(server, other_server):
    connect_all(server, account="agency-a")
    assert [is_cached(service) for service in SERVICES] == [False] * 4
    connect(other_server, "outlign", account="agency-a")
    assert not is_cached("outlign")
    connect(server, "outlign", OTHER, account="agency-a")
    assert is_cached("outlign")


@each_service
def test_a_frame_has_the_address_and_the_account_that_connections_shows(service, server):
    for options in ({"account": "agency-a"}, {"token": OTHER}, {"token": lambda: OTHER}):
        connect(server, service, **options)
        shown = pm.connections().set_index("service").loc[service, ["url", "account"]].tolist()
        for _ in range(2):
            assert [provenance(ONE_EACH[service]())[name] for name in ("url", "account")] == shown


def test_an_account_cannot_be_named_like_the_hash_of_another(server, databases):
    connect(server, "outlign")
    ONE_EACH["outlign"]()
    hashes = {path.name.split(".")[0] for path in databases()} | set(pm.connections()["account"])
    assert len(hashes) == 2
    for name in hashes:
        connect(server, "outlign", OTHER, account=name)
        assert not is_cached("outlign")


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("a ", "a"), ("é", "e\u0301"), ("a/b", "a_b")])
def test_accounts_of_similar_names_never_share(one, other, server):
    for name, token in ((one, TOKEN), (other, OTHER)):
        connect(server, "outlign", token, account=name)
        assert not is_cached("outlign")


NAMES = ("zebulon@quux.example", "../../outside", "/outside", "a/b", "..", "x" * 300, "ü 子")


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_account_is_in_no_path(name, server, cache_dir):
    connect(server, "outlign", account=name)
    ONE_EACH["outlign"]()
    [path] = cache_dir.rglob("*.sqlite")
    assert path.parent == cache_dir / "v2/outlign"
    assert list(cache_dir.parent.iterdir()) == [cache_dir]
    assert len(path.stem) == 32
    assert set(path.stem) <= set("0123456789abcdef")


def test_a_cookie_is_not_sent_back(server):
    server.serve("outlign", reply({"data": []}, Set_Cookie="session=COOKIE"))
    for token in ("first", "second"):
        connect(server, "outlign", token)
        ONE_EACH["outlign"]()
        ONE_EACH["outlign"](refresh=True)
    assert [request for request in server.requests if "Cookie" in request.headers] == []


@each_service
def test_a_revoked_token_reads_what_is_cached_until_it_refreshes(service, server):
    connect(server, service)
    first = ONE_EACH[service]()
    server.serve(service, refused)
    for _ in range(2):
        with pytest.raises(pm.errors.AuthenticationError):
            ONE_EACH[service](refresh=True)
    again = ONE_EACH[service]()
    assert provenance(again)["cached"] is True
    assert digest(again) == digest(first)
    assert provenance(again)["fetched_at"] == provenance(first)["fetched_at"]


@each_service
def test_a_token_function_without_an_account_is_cached_in_memory_for_one_connection(service, server, databases):
    connect(server, service, lambda: TOKEN)
    first = ONE_EACH[service]()
    assert is_cached(service)
    for token in (lambda: TOKEN, lambda: OTHER):
        connect(server, service, token)
        frame = ONE_EACH[service]()
        assert provenance(frame)["cached"] is False
    assert digest(frame) != digest(first)
    assert databases() == []


@each_service
def test_a_token_function_with_an_account_is_cached_under_its_name(service, server):
    connect(server, service, lambda: TOKEN, account="agency-a")
    ONE_EACH[service]()
    assert pm.cache.info()["account"].tolist() == ["agency-a"]
    assert pm.connections()["account"].tolist() == ["agency-a"]
    connect(server, service, lambda: TOKEN, account="agency-b")
    assert not is_cached(service)
    calls = count()
    connect(server, service, lambda: f"never called {next(calls)}", account="agency-a")
    assert is_cached(service)
    assert next(calls) == 0


def _cache_with_two_tokens(server: FakeServer, service: str) -> None:
    """As before and after a renewal of the token."""
    for token in (TOKEN, OTHER):
        connect(server, service, token)
        ONE_EACH[service]()


@each_service
def test_disconnecting_removes_what_the_credential_and_earlier_ones_cached(service, server, databases):
    _cache_with_two_tokens(server, service)
    assert len(databases()) == 2
    pm.disconnect(service)
    assert databases() == []
    assert pm.cache.info().empty
    with pytest.raises(pm.errors.NotConnected):
        ONE_EACH[service]()
    connect(server, service)
    assert not is_cached(service)


@pytest.mark.parametrize("kind", ["strings", "functions"])
def test_disconnecting_removes_what_an_earlier_credential_of_the_account_cached(kind, server, databases):
    for token in (TOKEN, OTHER):
        connect(server, "outlign", token if kind == "strings" else lambda token=token: token, account="agency-a")
        ONE_EACH["outlign"]()
    pm.disconnect("outlign")
    assert databases() == []


def test_disconnecting_leaves_accounts_of_other_names(server):
    for token, account in ((TOKEN, "agency-a"), (OTHER, "agency-b")):
        connect(server, "outlign", token, account=account)
        ONE_EACH["outlign"]()
    pm.disconnect("outlign")
    assert pm.cache.info()["account"].tolist() == ["agency-a"]


@pytest.mark.parametrize(
    "services", ["outlign", ["outlign", "spirii", "outlign"], {"spirii": 1}.keys(), None], ids=repr
)
def test_disconnecting_removes_connections_and_caches_of_these_services(services, server):
    connect_all(server)
    for load in ONE_EACH.values():
        load()
    pm.disconnect(services)
    left = set() if services is None else set(SERVICES) - {*([services] if isinstance(services, str) else services)}
    assert set(pm.cache.info()["service"]) == left
    assert set(pm.connections()["service"]) == left


def test_a_connection_in_memory_leaves_nothing_when_another_replaces_it(server):
    connect(server, "outlign", lambda: TOKEN)
    ONE_EACH["outlign"]()
    connect(server, "outlign", lambda: TOKEN)
    assert pm.cache.info().empty
