"""The cache of loads: a second load sends no request, failures leave nothing; ``pm.cache.info()`` and ``clear()``."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from pmframes._cli import main
from pmframes._http import store
from pmframes._loading import loader
from tests.support import cache_files
from tests.support.cases import ONE_EACH, TOKEN, Case, case_of
from tests.support.loaders import connect_all, provenance
from tests.support.secrets import secrets_in
from tests.support.server import SERVICES, FakeServer, Reply, Request, reply

CLIENTS, SPIRII = case_of("outlign.clients"), case_of("spirii.customers")
every_service = pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: case.service)
# One of each service that has pages, each with paging of its own.
PAGED = ("teamwork.people", "projectmanager.resources", "outlign.clients", "spirii.customers")
each_paging = pytest.mark.parametrize("case", [*map(case_of, PAGED)], ids=lambda case: case.name)
COLUMNS = {
    "service": "str", "account": "str", "resource": "str", "parameters": "str", "rows": "int64", "bytes": "int64",
    "age": "timedelta64[us]", "expires": "datetime64[us, UTC]",
}  # fmt: skip
MARK = "MARK-OF-A-ROW"
LIFETIMES = dict.fromkeys(("roles", "role_permissions"), timedelta(days=1))


def rows(case: Case, number: int, mark: str = MARK) -> list[dict[str, Any]]:
    return [row | {case.text_key: f"{mark}{at}"} for at, row in enumerate(case.rows(number))]


def load(case: Case, server: FakeServer, **options: Any) -> pd.DataFrame:
    """Connect and load five rows, two a page."""
    case.start(server, case.honest(rows(case, 5), most=2), **options)
    return case.load()


def is_cached(case: Case, server: FakeServer, **arguments: Any) -> bool:
    """Load again; the frame says the same as the requests."""
    server.forget()
    frame = case.load(**arguments)
    assert provenance(frame)["cached"] is (server.requests == [])
    return server.requests == []


def test_a_second_load_sends_no_request_and_returns_the_same(case, server):
    case.start(server, case.honest(case.rows(9), most=4))
    first = case.load()
    server.forget()
    second = case.load()
    assert server.requests == []
    pd.testing.assert_frame_equal(first, second)
    assert len(second) == 9
    assert provenance(second) == provenance(first) | {"cached": True, "requests": 0}
    assert provenance(first)["cached"] is False


def test_a_load_without_rows_is_cached(server):
    CLIENTS.start(server, CLIENTS.honest([]))
    assert CLIENTS.load().empty
    assert is_cached(CLIENTS, server)


def test_the_time_of_a_load_is_that_of_its_first_request(server, monkeypatch):
    begin, minutes = datetime.now(UTC).replace(microsecond=0), count()

    class Clock(datetime):
        """Goes on by a minute each time it is read."""

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return begin + timedelta(minutes=next(minutes))

    case = CLIENTS
    case.start(server, case.honest(case.rows(5), most=4))
    monkeypatch.setattr(loader, "datetime", Clock)
    times = [datetime.fromisoformat(provenance(case.load())["fetched_at"]) for _ in range(2)]
    assert times == [begin, begin]


@every_service
def test_refresh_asks_again_and_replaces_what_is_cached(case, server):
    case.start(server, case.honest(case.rows(9), most=4))
    case.load()
    case.serve(server, case.rows(3))
    assert len(case.load()) == 9
    assert not is_cached(case, server, refresh=True)
    assert is_cached(case, server)
    assert len(case.load()) == 3


@pytest.mark.parametrize(("load_one", "one", "other"), [
    (pm.teamwork.people, {}, {"user_type": "account"}),
    (pm.teamwork.people, {"search_term": "a"}, {"search_term": "b"}),
    (pm.teamwork.people, {"company_ids": [1, 7]}, {"company_ids": [17, 7]}),
    (pm.outlign.clients, {}, {"company_id": 456}), (pm.outlign.clients, {"title": "client"}, {"title": "lien"}),
    (pm.spirii.customers, {"types": ["Private"]}, {"types": ["Business"]}),
    (pm.spirii.customers, {}, {"params": {"x": "1"}}),
], ids=lambda value: getattr(value, "__name__", repr(value)))  # fmt: skip
def test_loads_with_other_arguments_are_cached_apart(load_one, one, other, server):
    connect_all(server)
    server.serve("/teamwork/projects/api/v3/people.json", {"people": [], "meta": {"page": {"hasMore": False}}})
    server.serve(CLIENTS.path, CLIENTS.body([]))
    server.serve(SPIRII.path, SPIRII.body([]))
    cached = [provenance(load_one(**arguments))["cached"] for arguments in (one, other, one, other)]
    assert cached == [False, False, True, True]


def test_projects_are_cached_apart(server):
    case = ONE_EACH[0]
    case.connect(server)
    server.serve("/teamwork/projects/api/v3/projects.json", {"projects": [], "meta": {"page": {"hasMore": False}}})
    for project, number in [(1, 2), (11, 3)]:
        server.serve(f"/teamwork/projects/api/v3/projects/{project}/people.json", case.honest(case.rows(number)))
    assert [len(pm.teamwork.people(project)) for project in (1, 11, 1, 11)] == [2, 3, 2, 3]
    assert len(server.requests) == 4, "each project once, and its name"


def outage(case: Case) -> Any:
    """Answer the first page well and every later one with 500."""
    honest = case.honest(rows(case, 9, "NEW"), most=4)

    def answer(request: Request) -> Reply:
        later = int(request.args.get("$skip", 0)) > 0 or request.position not in ((1, 0), (0, 0))
        return reply({"message": "down"}, status=500) if later else honest(request)

    return answer


@each_paging
def test_an_outage_in_the_middle_caches_nothing_and_leaves_an_earlier_load(case, server):
    case.start(server, outage(case))
    for _ in range(2):
        with pytest.raises(pm.errors.ServiceError):
            case.load()
    assert pm.cache.info().empty
    server.serve(case.path, case.honest(rows(case, 9, "OLD"), most=4))
    first = case.load()
    server.serve(case.path, outage(case))
    with pytest.raises(pm.errors.ServiceError):
        case.load(refresh=True)
    assert is_cached(case, server)
    again = case.load()
    pd.testing.assert_frame_equal(first, again)
    assert provenance(again)["fetched_at"] == provenance(first)["fetched_at"]


def test_info_has_one_row_per_load(case, server):
    begin = pd.Timestamp.now("UTC")
    load(case, server)
    info = pm.cache.info()
    passed = pd.Timestamp.now("UTC") - begin
    assert dict(info.dtypes.astype(str)) == COLUMNS
    (row,) = info.to_dict("records")
    assert (row["service"], row["resource"]) == (case.service, case.name.split(".")[1].split("-")[0])
    assert row["rows"] == 5
    assert 100 < row["bytes"] < 100_000
    assert timedelta(0) <= row["age"] <= passed
    lifetime = LIFETIMES.get(row["resource"], timedelta(hours=1))
    assert begin.floor("s") + lifetime <= row["expires"] <= begin + passed + lifetime
    assert (row["age"].microseconds, row["expires"].microsecond) == (0, 0)
    assert secrets_in(info.to_string(), TOKEN) == []


def test_info_lists_the_parameters_of_a_load_and_no_free_text(tenants, server):
    connect_all(server)
    for options in ({"title": "Zebulon"}, {"params": {"who": "Zebulon"}}, {"company_id": 1}, {}):
        pm.outlign.clients(**options)
    assert pm.cache.info()["parameters"].tolist() == ["", "company_id=1", "title=…", "who=…"]


def test_long_parameters_are_cut_to_200_characters(tenants, server, cache_dir):
    connect_all(server)
    pm.teamwork.people(ids=range(1_000_000, 1_001_000))
    [parameters] = pm.cache.info()["parameters"]
    assert parameters.startswith("ids=1000000,1000001,")
    assert (len(parameters), parameters[-1]) == (200, "…")
    assert cache_files.stored_bytes(cache_dir).count(b"1000001") <= 2


def test_info_is_sorted_and_lists_every_account_on_disk_and_in_memory(server, cache_dir):
    load(SPIRII, server, token=lambda: TOKEN)
    assert MARK.encode() not in cache_files.stored_bytes(cache_dir)
    for account in ("agency-b", "agency-a"):
        load(CLIENTS, server, account=account)
    info = pm.cache.info()
    assert info["account"].tolist() == ["agency-a", "agency-b", "(in memory)"]
    assert info["rows"].tolist() == [5, 5, 5]
    with pm.offline():
        assert pm.cache.info()["rows"].tolist() == [5, 5, 5]


@pytest.mark.parametrize(("services", "left"), [
    ("outlign", ["projectmanager", "spirii", "teamwork"]),
    (["outlign", "spirii", "outlign"], ["projectmanager", "teamwork"]),
    ({"outlign": 1, "spirii": 2}.keys(), ["projectmanager", "teamwork"]), (None, []),
], ids=repr)  # fmt: skip
def test_clear_removes_the_loads_of_these_services_and_no_connection(services, left, server, cache_dir):
    for case in ONE_EACH:
        load(case, server)
    pm.cache.clear(services)
    assert pm.cache.info()["service"].tolist() == left
    assert {path.parent.name for path in cache_dir.rglob("*.sqlite")} == set(left)
    assert {case.service for case in ONE_EACH if is_cached(case, server)} == set(left)
    assert set(pm.connections()["service"]) == set(SERVICES)


@pytest.mark.parametrize("services", ["outlign", None])
def test_clear_removes_every_account_on_disk_and_in_memory(services, server, cache_dir):
    for options in ({"token": "a"}, {"token": "b", "account": "agency-b"}, {"token": lambda: "c"}):
        load(CLIENTS, server, **options)
    assert len(pm.cache.info()) == 3
    pm.cache.clear(services)
    assert pm.cache.info().empty
    assert MARK.encode() not in cache_files.stored_bytes(cache_dir)
    assert not is_cached(CLIENTS, server)


def test_an_empty_cache(cache_dir, capsys):
    info = pm.cache.info()
    assert (dict(info.dtypes.astype(str)), len(info)) == (COLUMNS, 0)
    pm.cache.clear()
    pm.cache.clear("spirii")
    assert not cache_dir.exists()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["asana/" + "0" * 32, "outlign/notes", "outlign/" + "A" * 32])
@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.write_bytes(b"SQLite format 3\0")])
def test_a_file_that_is_not_ours_is_reported_and_left_as_it_is(name, make, server, cache_dir):
    load(CLIENTS, server)
    path = cache_dir / "v2" / f"{name}.sqlite"
    path.parent.mkdir(exist_ok=True)
    make(path)
    before = path.stat()
    for look in (pm.cache.info, pm.cache.clear):
        _, messages = cache_files.warnings_of(look)
        assert messages == [
            f"Not a file of pmframes, so neither listed nor removed: {path}. Remove what nobody needs by hand, "
            "or set PMFRAMES_CACHE_DIR to a folder for the cache alone."
        ]
    assert cache_files.warnings_of(pm.cache.info)[0].empty
    assert before == path.stat()
    assert cache_files.warnings_of(lambda: pm.cache.clear("outlign"))[1] == []


def test_many_files_that_are_not_ours_are_one_warning(cache_dir):
    for number in range(1_002):
        path = cache_dir / f"v2/asana/{number:04}.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    [message] = cache_files.warnings_of(pm.cache.info)[1]
    assert f"{cache_dir / 'v2/asana/0000.sqlite'} and 1,001 more. " in message


def _old_file(cache_dir: Path, name: str) -> Path:
    path = cache_dir / "v1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"SQLite format 3\0")
    return path


def test_files_of_an_earlier_version_are_reported_and_removed_with_the_whole_cache(server, cache_dir, capsys):
    load(CLIENTS, server)
    files = (f"outlign/{'0' * 32}.sqlite", f"outlign/{'0' * 32}.sqlite-wal", f"teamwork/{'0' * 32}.sqlite")
    old = [_old_file(cache_dir, name) for name in files]
    info, [message] = cache_files.warnings_of(pm.cache.info)
    assert message == (
        f"{cache_dir / 'v1'} has 2 files of pmframes 0.1, which this version does not read. "
        "Clearing the whole cache removes them."
    )
    assert len(info) == 1
    pm.cache.clear("outlign")
    assert all(path.exists() for path in old)
    assert cache_files.warnings_of(pm.cache.clear)[1] == []
    assert capsys.readouterr().out == "Removed 2 files of pmframes 0.1.\n"
    assert not (cache_dir / "v1").exists()


def test_the_command_removes_files_of_an_earlier_version(cache_dir, capsys):
    _old_file(cache_dir, f"spirii/{'0' * 32}.sqlite")
    for output in ("Removed 1 file of pmframes 0.1.\n", "Nothing was cached.\n"):
        assert main(("cache", "clear")) == 0
        assert capsys.readouterr().out == output


def test_a_load_cached_by_a_version_without_parameters_is_listed_without(server, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(store, "PARAMETERS_HEADER", "Of-Another-Time")
        load(CLIENTS, server)
    assert pm.cache.info()["parameters"].tolist() == [""]
