"""What one credential fetched is never shown to another, is private, and goes when it is told to go."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import pmframes as pm

from .front import SERVICES, Front, refuse
from .loads import LOADERS, ONE_EACH, OTHER, TOKEN, about, connect, connect_all, digest


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def held(cache_dir: Path) -> Callable[[], list[Path]]:
    """Return the files below the cache folder that belong to databases."""
    return lambda: sorted(path for path in cache_dir.rglob("*") if ".sqlite" in path.name)


# Apart


@pytest.mark.parametrize("name", LOADERS)
def test_two_tenants_at_one_address_never_share(name, front):
    service, load = name.split(".")[0], LOADERS[name]
    seen = {}
    for token in (TOKEN, OTHER, TOKEN, OTHER):
        connect(front, service, token)
        frame = load()
        assert about(frame)["cached"] is (token in seen)
        assert seen.setdefault(token, digest(frame)) == digest(frame)
    if name != "projectmanager.roles":
        assert seen[TOKEN] != seen[OTHER], "a test of sameness needs tenants that differ"


def test_a_wrong_token_after_a_good_one_gets_an_error(service, front):
    connect(front, service)
    ONE_EACH[service]()
    for wrong in ("of-nobody", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), OTHER.lower()):
        connect(front, service, wrong)
        for _ in range(2):
            with pytest.raises(pm.errors.AuthenticationError):
                ONE_EACH[service]()
    connect(front, service)
    assert about(ONE_EACH[service]())["cached"] is True


def test_an_api_key_and_an_oauth_token_of_the_same_letters_are_two_credentials(front):
    for oauth in (False, True):
        connect(front, "teamwork", oauth=oauth)
        assert about(ONE_EACH["teamwork"]())["cached"] is False
    schemes = [asked.headers["Authorization"].split()[0] for asked in front.asked]
    assert schemes[0] == "Basic"
    assert schemes[-1] == "Bearer"


def test_an_api_key_that_was_refused_gets_nothing_that_the_oauth_token_cached(front):
    connect(front, "teamwork", oauth=True)
    ONE_EACH["teamwork"]()
    front.trouble["teamwork"] = refuse
    connect(front, "teamwork")
    with pytest.raises(pm.errors.AuthenticationError):
        ONE_EACH["teamwork"]()


def test_one_token_at_two_addresses_is_two_accounts(service, front, theirs):
    with Front() as elsewhere:
        elsewhere.tenants = {TOKEN: theirs}
        digests = []
        for there in (front, elsewhere, front):
            connect(there, service)
            digests.append(digest(ONE_EACH[service]()))
        assert digests[0] == digests[2] != digests[1]


@pytest.mark.parametrize("tail", ["/x", "/../spirii/x", "x"])
def test_one_token_at_two_paths_of_one_address_is_two_accounts(tail, front):
    """A base URL may carry a path, and two paths may be two sites."""
    connect(front, "spirii")
    ONE_EACH["spirii"]()
    asked = len(front.asked)
    pm.connect("spirii", url=front.url("spirii") + tail, token=TOKEN)
    with pytest.raises(pm.errors.PmframesError):
        ONE_EACH["spirii"]()
    assert len(front.asked) > asked


def test_an_account_of_one_service_is_not_that_of_another(front):
    connect_all(front, account="agency-a")
    for service in SERVICES:
        assert about(ONE_EACH[service]())["cached"] is False


def test_a_frame_names_the_account_that_was_named_and_never_a_digest(service, front):
    connect(front, service, account="agency-a")
    named = [about(ONE_EACH[service]()) for _ in range(2)]
    assert [one["account"] for one in named] == ["agency-a"] * 2
    connect(front, service, OTHER)
    assert "account" not in about(ONE_EACH[service]())


def test_an_account_of_one_address_is_not_that_of_another(front, theirs):
    with Front() as elsewhere:
        elsewhere.tenants = {TOKEN: theirs}
        for there in (front, elsewhere):
            connect(there, "outlign", account="agency-a")
            assert about(ONE_EACH["outlign"]())["cached"] is False


def test_an_account_cannot_be_named_like_the_digest_of_another(front, held):
    """``account=`` is text of the user's, a digest is ours: one must not stand for the other."""
    connect(front, "outlign")
    ONE_EACH["outlign"]()
    names = {path.name.split(".")[0] for path in held()} | set(pm.connections()["account"])
    for name in names:
        connect(front, "outlign", OTHER, account=name)
        assert about(ONE_EACH["outlign"]())["cached"] is False


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("a ", "a"), ("é", "e\u0301"), ("a/b", "a_b")])
def test_accounts_of_similar_names_never_share(one, other, front):
    seen = []
    for name, token in ((one, TOKEN), (other, OTHER)):
        try:
            connect(front, "outlign", token, account=name)
        except pm.errors.InvalidArgument:
            continue
        seen.append(digest(ONE_EACH["outlign"]()))
    assert len(set(seen)) == len(seen)


# Revoked


def test_a_revoked_token_is_served_until_it_asks_again(service, front):
    connect(front, service)
    first = ONE_EACH[service]()
    front.trouble[service] = refuse
    assert about(ONE_EACH[service]())["cached"] is True
    for _ in range(2):
        with pytest.raises(pm.errors.AuthenticationError):
            ONE_EACH[service](refresh=True)
    again = ONE_EACH[service]()
    assert digest(again) == digest(first)
    assert about(again)["fetched_at"] == about(first)["fetched_at"]


# A function that hands out tokens


def test_a_function_without_an_account_leaves_no_database(service, front, held):
    connect(front, service, lambda: TOKEN)
    ONE_EACH[service]()
    assert about(ONE_EACH[service]())["cached"] is True
    connect(front, service, lambda: TOKEN)
    assert about(ONE_EACH[service]())["cached"] is False
    assert held() == []


def test_two_functions_without_an_account_never_share(service, front):
    connect(front, service, lambda: TOKEN)
    first = ONE_EACH[service]()
    connect(front, service, lambda: OTHER)
    assert digest(ONE_EACH[service]()) != digest(first)


def test_a_function_with_an_account_keeps_under_that_account(service, front, held):
    connect(front, service, lambda: TOKEN, account="agency-a")
    ONE_EACH[service]()
    assert held()
    assert pm.cache.info()["account"].tolist() == ["agency-a"]
    assert pm.connections().query("service == @service")["account"].tolist() == ["agency-a"]
    connect(front, service, lambda: TOKEN, account="agency-b")
    assert about(ONE_EACH[service]())["cached"] is False
    connect(front, service, lambda: TOKEN, account="agency-a")
    assert about(ONE_EACH[service]())["cached"] is True


def test_a_function_whose_account_is_in_the_cache_is_not_called(service, front):
    def never() -> str:
        raise AssertionError("the token function was called")

    connect(front, service, lambda: TOKEN, account="agency-a")
    ONE_EACH[service]()
    connect(front, service, never, account="agency-a")
    assert about(ONE_EACH[service]())["cached"] is True


# Gone


def _leave(front: Front, service: str, held: Callable[[], list[Path]]) -> None:
    """Cache with a token, then with its successor, as after a renewal."""
    for token in (TOKEN, OTHER):
        connect(front, service, token)
        ONE_EACH[service]()
    assert len([path for path in held() if path.suffix == ".sqlite"]) == 2


def test_disconnect_removes_what_an_earlier_credential_left(service, front, held):
    _leave(front, service, held)
    pm.disconnect(service)
    assert held() == []
    assert pm.cache.info().empty
    connect(front, service)
    assert about(ONE_EACH[service]())["cached"] is False


def test_disconnect_leaves_the_other_services(service, front):
    connect_all(front)
    for load in ONE_EACH.values():
        load()
    pm.disconnect(service)
    assert set(pm.cache.info()["service"]) == set(SERVICES) - {service}


@pytest.mark.parametrize("whose", ["named", "all"])
def test_clear_removes_what_every_credential_left(whose, service, front, held):
    _leave(front, service, held)
    connect(front, service, lambda: TOKEN)
    ONE_EACH[service]()
    pm.cache.clear(*([service] if whose == "named" else []))
    assert pm.cache.info().empty
    assert all(b"@" not in path.read_bytes() for path in held()), "rows are left in a file"
    for token in (TOKEN, OTHER, lambda: TOKEN):
        connect(front, service, token)
        assert about(ONE_EACH[service]())["cached"] is False


def test_clear_of_one_service_leaves_the_others(service, front):
    connect_all(front)
    for load in ONE_EACH.values():
        load()
    pm.cache.clear(service)
    assert set(pm.cache.info()["service"]) == set(SERVICES) - {service}


# For its owner alone


@pytest.fixture
def umask_of_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _open_to_others(folder: Path) -> dict[str, str]:
    there = [folder, *folder.rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in there}
    return {str(path): oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)}


@pytest.mark.usefixtures("umask_of_all")
def test_every_file_is_private_at_every_moment(front, cache_dir, monkeypatch):
    """Watched from within: before each statement of SQLite, while -wal and -shm are there."""
    seen: set[str] = set()
    wrong: dict[str, str] = {}

    def watch(_: str) -> None:
        seen.update(path.name.rpartition(".")[2] for path in cache_dir.rglob("*") if path.is_file())
        wrong.update(_open_to_others(cache_dir))

    connect_to = sqlite3.connect

    def watched(*arguments: object, **options: object) -> sqlite3.Connection:
        opened = connect_to(*arguments, **options)
        wrong.update(_open_to_others(cache_dir))
        opened.set_trace_callback(watch)
        return opened

    monkeypatch.setattr(sqlite3, "connect", watched)
    connect_all(front)
    for load in ONE_EACH.values():
        load()
        load(refresh=True)
        load()
    assert wrong == {}
    assert {"sqlite", "sqlite-wal", "sqlite-shm"} <= seen


@pytest.mark.usefixtures("umask_of_all")
def test_a_cache_that_others_may_read_is_made_private_or_left_alone(front, cache_dir):
    """A folder that was there before, open to all, gives nothing away."""
    (cache_dir / "v2" / "outlign").mkdir(parents=True, mode=0o777)
    connect(front, "outlign")
    ONE_EACH["outlign"]()
    files = [path for path in cache_dir.rglob("*") if path.is_file()]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    for path in files:
        above = [folder for folder in path.parents if cache_dir in (folder, *folder.parents)]
        assert any(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in above)


def test_a_database_that_others_may_read_is_made_private(front, cache_dir):
    connect(front, "outlign")
    ONE_EACH["outlign"]()
    (database,) = cache_dir.rglob("*.sqlite")
    database.chmod(0o666)
    ONE_EACH["outlign"](refresh=True)
    assert oct(stat.S_IMODE(database.stat().st_mode)) == oct(0o600)


def test_a_planted_link_is_not_followed(front, cache_dir, tmp_path):
    """Where a database would be, a link to a file elsewhere: that file stays as it was."""
    connect(front, "outlign")
    ONE_EACH["outlign"]()
    (database,) = cache_dir.rglob("*.sqlite")
    pm.disconnect("outlign")
    for path in cache_dir.rglob(f"{database.name}*"):
        path.unlink()
    target = tmp_path / "elsewhere.txt"
    target.write_text("not ours")
    database.parent.mkdir(parents=True, exist_ok=True)
    database.symlink_to(target)
    connect(front, "outlign")
    with pytest.warns(UserWarning, match="cache"):
        assert isinstance(ONE_EACH["outlign"](), pd.DataFrame)
    assert target.read_text() == "not ours"


def _held(place: Path) -> list[tuple[object, ...]]:
    """Return content, mode and time of what is at a place and below it."""
    return [
        (path, path.is_file() and path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in sorted([place, *place.rglob("*")])
        if path.exists()
    ]


LINKS = ["an empty file", "a database", "nothing", "its journal", "a folder", "all folders"]


@pytest.mark.parametrize("kind", LINKS)
def test_nothing_is_written_through_a_planted_link(kind, front, cache_dir, tmp_path):
    """Neither content nor mode of what it leads to changes, and it is listed as what is not ours."""
    connect(front, "outlign")
    ONE_EACH["outlign"]()
    (database,) = cache_dir.rglob("*.sqlite")
    ours, target = database.read_bytes(), tmp_path / "elsewhere"
    pm.disconnect("outlign")
    link = {
        "its journal": Path(f"{database}-wal"),
        "a folder": database.parent,
        "all folders": database.parent.parent,
    }.get(kind, database)
    if "folder" in kind:
        shutil.rmtree(link)
        (target / "outlign").mkdir(parents=True, mode=0o755)
    elif kind != "nothing":
        target.write_bytes(ours if kind == "a database" else b"")
        target.chmod(0o644)
    link.symlink_to(target)
    before = _held(target)
    connect(front, "outlign")
    with pytest.warns(UserWarning, match=r"could not be (read|written)"):
        assert isinstance(ONE_EACH["outlign"](), pd.DataFrame)
    assert _held(target) == before
    if link == database:
        with pytest.warns(UserWarning, match="Not a file of pmframes") as told:
            pm.cache.clear()
        assert str(link) in str(told[0].message)
        assert link.is_symlink()
    pm.disconnect("outlign")
    assert _held(target) == before
