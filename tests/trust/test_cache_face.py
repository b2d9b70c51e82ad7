"""``pm.cache.info()`` lists what is stored; ``clear()`` and ``disconnect()`` remove what they say."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

import pmframes as pm
from pmframes._cli import main
from pmframes._http import store

from . import shelves
from .front import SERVICES
from .loads import connect_all
from .services import BY_NAME, CASES, TOKEN, Case, connect, honest, start
from .wire import Wire

COLUMNS = ["service", "account", "resource", "parameters", "rows", "bytes", "age", "expires"]
MARK = "MARK-OF-A-ROW"
LIVES = dict.fromkeys(("roles", "role_permissions"), timedelta(days=1))


def load(case: Case, wire: Wire, **options: object) -> pd.DataFrame:
    rows = [row | {case.text_key: MARK} for row in case.rows(5)]
    start(case, wire, honest(case, rows, clamp=2), **options)
    return case.load()


def kept(case: Case, wire: Wire) -> bool:
    wire.forget()
    case.load()
    return wire.requests == []


def test_nothing_stored_is_an_empty_list():
    info = pm.cache.info()
    assert list(info.columns) == COLUMNS
    assert info.empty


def test_a_load_is_one_row(case, wire):
    begun = pd.Timestamp.now("UTC")
    load(case, wire)
    info = pm.cache.info()
    assert list(info.columns) == COLUMNS
    assert info.dtypes.equals(pm.cache.info().iloc[:0].dtypes)
    (row,) = info.to_dict("records")
    assert (row["service"], row["resource"]) == (case.service, case.name.split(".")[1].split("-")[0])
    assert row["rows"] == 5
    assert 100 < row["bytes"] < 100_000
    passed = pd.Timestamp.now("UTC") - begun
    assert timedelta(0) <= row["age"] <= passed
    lives = LIVES.get(row["resource"], timedelta(hours=1))
    assert begun.floor("s") + lives <= row["expires"] <= begun + passed + lives
    assert (row["age"].microseconds, row["expires"].microsecond) == (0, 0)
    assert TOKEN not in info.to_string()


def test_loads_of_one_resource_are_told_apart_by_what_they_were_asked_for(front):
    connect_all(front)
    for options in ({"title": "Zebulon"}, {"params": {"who": "Zebulon"}}, {"company_id": 1}, {}):
        pm.outlign.clients(**options)
    assert pm.cache.info()["parameters"].tolist() == ["", "company_id=1", "title=…", "who=…"]
    frames = [pm.outlign.clients(company_id=1), pm.outlign.clients()]
    assert [frame.attrs["pmframes"]["cached"] for frame in frames] == [True, True]


def test_what_was_asked_for_is_kept_in_few_words(front, cache_dir):
    connect_all(front)
    pm.teamwork.people(ids=range(1_000_000, 1_001_000))
    [told] = pm.cache.info()["parameters"]
    assert told.startswith("ids=1000000,1000001,")
    assert (len(told), told[-1]) == (200, "…")
    assert shelves.held(cache_dir).count(b"1000001") <= 2


def test_a_load_of_an_earlier_pmframes_has_none(wire, cache_dir, monkeypatch):
    monkeypatch.setattr(store, "PARAMETERS_HEADER", "Of-Another-Time")
    load(BY_NAME["outlign.clients"], wire)
    monkeypatch.undo()
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", str(cache_dir))
    assert pm.cache.info()["parameters"].tolist() == [""]


OLD = [("outlign", ""), ("outlign", "-wal"), ("teamwork", "")]
FOREIGN = ("asana/" + "0" * 32, "outlign/notes", "outlign/" + "A" * 32)


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.write_bytes(b"SQLite format 3\0")])
def test_what_is_not_ours_is_told_and_left_as_it_is(name, make, wire, cache_dir):
    load(BY_NAME["outlign.clients"], wire)
    path = cache_dir / "v2" / f"{name}.sqlite"
    path.parent.mkdir(exist_ok=True)
    path.parent.chmod(0o755)
    make(path)
    before = path.stat(), path.parent.stat().st_mode if "asana" in name else None
    for look in (pm.cache.info, pm.cache.clear, pm.cache.info):
        _, messages = shelves.told(look)
        assert [message.partition(": ")[2].partition(". ")[0] for message in messages] == [str(path)]
    assert shelves.told(pm.cache.info)[0].empty
    assert before == (path.stat(), path.parent.stat().st_mode if "asana" in name else None)
    _, messages = shelves.told(lambda: pm.cache.clear("outlign"))
    assert messages == []


def test_the_remedy_for_what_is_not_ours_works(wire, cache_dir, monkeypatch):
    planted = cache_dir / "v2/asana/x.sqlite"
    planted.parent.mkdir(parents=True)
    planted.touch()
    assert "by hand" in shelves.told(pm.cache.info)[1][0]
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PMFRAMES_CACHE_DIR", str(cache_dir / "for the cache alone"))
        assert shelves.told(pm.cache.info)[1] == []
    planted.unlink()
    assert shelves.told(pm.cache.info)[1] == []


def _old_file(cache_dir: Path, name: str) -> Path:
    path = cache_dir / "v1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"SQLite format 3\0")
    return path


def test_files_of_an_earlier_version_are_told_and_removed_with_the_whole_cache(wire, cache_dir, capsys):
    load(BY_NAME["outlign.clients"], wire)
    old = [_old_file(cache_dir, f"{service}/{'0' * 32}.sqlite{end}") for service, end in OLD]
    _, [message] = shelves.told(pm.cache.info)
    assert f"{cache_dir / 'v1'} has 2 files of pmframes 0.1" in message
    pm.cache.clear("outlign")
    assert all(path.exists() for path in old)
    assert shelves.told(pm.cache.clear)[1] == []
    assert capsys.readouterr().out == "Removed 2 files of pmframes 0.1.\n"
    assert not (cache_dir / "v1").exists()
    assert shelves.told(pm.cache.info)[1] == []
    assert main(("cache", "clear")) == 0
    assert capsys.readouterr().out == "Nothing was cached.\n"


def test_the_command_removes_files_of_an_earlier_version(cache_dir, capsys):
    _old_file(cache_dir, f"spirii/{'0' * 32}.sqlite")
    assert main(("cache", "clear")) == 0
    assert capsys.readouterr().out == "Removed 1 file of pmframes 0.1.\n"


@pytest.mark.parametrize("name", [f"{name}.sqlite" for name in FOREIGN] + ["outlign/notes.txt"])
def test_what_is_not_ours_among_them_is_left(name, cache_dir, capsys):
    ours, other = _old_file(cache_dir, f"spirii/{'0' * 32}.sqlite"), _old_file(cache_dir, name)
    link = ours.with_name(f"{'1' * 32}.sqlite")
    link.symlink_to(other)
    pm.cache.clear()
    assert capsys.readouterr().out == "Removed 1 file of pmframes 0.1.\n"
    assert other.read_bytes() == b"SQLite format 3\0"
    assert link.is_symlink()
    assert not ours.exists()


def test_the_account_is_told_by_its_name(wire):
    load(BY_NAME["outlign.clients"], wire, account="agency-a")
    assert pm.cache.info()["account"].tolist() == ["agency-a"]


def test_what_is_in_memory_only_is_listed(wire, cache_dir):
    load(BY_NAME["outlign.clients"], wire, token=lambda: TOKEN)
    assert pm.cache.info()["rows"].tolist() == [5]
    assert MARK.encode() not in shelves.held(cache_dir)


def test_what_grew_old_is_still_listed(wire, cache_dir):
    begun = pd.Timestamp.now("UTC")
    load(BY_NAME["outlign.clients"], wire)
    shelves.age(cache_dir, days=3)
    (row,) = pm.cache.info().to_dict("records")
    assert timedelta(days=3) <= row["age"] <= timedelta(days=3) + (pd.Timestamp.now("UTC") - begun)
    assert row["expires"] < pd.Timestamp.now("UTC")


def test_loads_of_every_account_are_listed_though_only_one_is_connected(wire):
    case = BY_NAME["outlign.clients"]
    for account in ("agency-a", "agency-b"):
        load(case, wire, token=account, account=account)
    assert sorted(pm.cache.info()["account"]) == ["agency-a", "agency-b"]


def test_an_offline_look_is_the_same(wire):
    load(BY_NAME["outlign.clients"], wire)
    with pm.offline():
        assert pm.cache.info()["rows"].tolist() == [5]


def test_clear_removes_one_service(wire, cache_dir):
    for case in CASES:
        load(case, wire)
    pm.cache.clear("outlign")
    assert set(pm.cache.info()["service"]) == {"teamwork", "projectmanager", "spirii"}
    assert b"api/v1/clients" not in shelves.held(cache_dir)
    assert [case.name for case in CASES if not kept(case, wire)] == [
        case.name for case in CASES if case.service == "outlign"
    ]


@pytest.mark.parametrize("act", [pm.cache.clear, pm.disconnect], ids=lambda act: act.__name__)
@pytest.mark.parametrize("names", [["outlign", "spirii", "outlign"], {"outlign": 1, "spirii": 2}.keys(), None])
def test_several_services_or_all_at_once(names, act, front):
    connect_all(front)
    for load_one in (pm.outlign.companies, pm.spirii.customers, pm.projectmanager.customers):
        load_one()
    act(names)
    left = [] if names is None else ["projectmanager"]
    assert pm.cache.info()["service"].tolist() == left
    connected = {"teamwork", "projectmanager"} if names else set()
    assert set(pm.connections()["service"]) == (set(SERVICES) if act is pm.cache.clear else connected)


def test_clear_without_a_name_removes_all(wire, cache_dir):
    for case in CASES:
        load(case, wire)
    assert MARK.encode() in shelves.held(cache_dir)
    pm.cache.clear()
    assert pm.cache.info().empty
    assert MARK.encode() not in shelves.held(cache_dir)
    assert not any(kept(case, wire) for case in CASES)


def test_clear_removes_every_account_and_what_is_in_memory(wire, cache_dir):
    case = BY_NAME["outlign.clients"]
    for options in ({"token": "a"}, {"token": "b", "account": "agency-b"}, {"token": lambda: "c"}):
        load(case, wire, **options)
    assert len(pm.cache.info()) == 3
    pm.cache.clear("outlign")
    assert pm.cache.info().empty
    assert MARK.encode() not in shelves.held(cache_dir)
    assert not kept(case, wire)


def test_clear_where_nothing_is_stored_is_nothing():
    pm.cache.clear()
    pm.cache.clear("spirii")
    assert pm.cache.info().empty


def test_clear_forgets_no_credential(wire):
    case = BY_NAME["spirii.customers"]
    load(case, wire)
    pm.cache.clear()
    assert len(case.load()) == 5


@pytest.mark.parametrize("name", ["asana", "", 5, "Teamwork.com"])
def test_clear_knows_its_services(name, wire):
    load(BY_NAME["outlign.clients"], wire)
    with pytest.raises(pm.errors.InvalidArgument):
        pm.cache.clear(name)
    assert len(pm.cache.info()) == 1


def test_disconnect_removes_what_was_cached_with_the_credential(case, wire, cache_dir):
    other = BY_NAME["spirii.customers" if case.service == "outlign" else "outlign.clients"]
    load(other, wire)
    before = shelves.held(cache_dir).count(MARK.encode())
    load(case, wire)
    assert shelves.held(cache_dir).count(MARK.encode()) > before
    pm.disconnect(case.service)
    assert pm.cache.info()["service"].tolist() == [other.service]
    assert shelves.held(cache_dir).count(MARK.encode()) == before
    with pytest.raises(pm.errors.NotConnected):
        case.load()
    assert kept(other, wire)


def test_disconnect_leaves_other_accounts(wire):
    case = BY_NAME["outlign.clients"]
    load(case, wire, token="a", account="agency-a")
    load(case, wire, token="b", account="agency-b")
    pm.disconnect("outlign")
    assert pm.cache.info()["account"].tolist() == ["agency-a"]


@pytest.mark.parametrize("kind", ["strings", "functions"])
def test_disconnect_removes_what_an_earlier_credential_of_the_account_left(kind, wire, cache_dir):
    case = BY_NAME["outlign.clients"]
    for token in ("earlier", "later"):
        given = token if kind == "strings" else lambda token=token: token
        load(case, wire, token=given, account="agency-a")
    pm.disconnect("outlign")
    assert pm.cache.info().empty
    assert MARK.encode() not in shelves.held(cache_dir)


def test_what_was_disconnected_is_not_served_to_the_same_token_again(case, wire):
    load(case, wire)
    pm.disconnect(case.service)
    connect(case, wire)
    assert not kept(case, wire)
