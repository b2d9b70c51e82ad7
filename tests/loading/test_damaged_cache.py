"""A cache that is damaged, locked, read-only, foreign or gone costs requests and at most one warning."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import pmframes as pm
from tests.support import cache_files
from tests.support.cases import CASES, ONE_EACH, TOKEN, Case, case_of
from tests.support.loaders import provenance
from tests.support.privileges import no_superuser
from tests.support.server import FakeServer

# The store knows no service: one loader stands for all, one of each where the loaders differ.
CLIENTS = case_of("outlign.clients")
PAGED = ("teamwork.people", "projectmanager.resources", "outlign.clients", "spirii.customers")


def cache(case: Case, server: FakeServer) -> None:
    """Cache nine rows on three pages; the service has eleven by now."""
    case.start(server, case.honest(case.rows(9), most=4))
    case.load()
    case.serve(server, case.rows(11))
    server.forget()


@pytest.fixture
def cached(server: FakeServer) -> Case:
    cache(CLIENTS, server)
    return CLIENTS


def assert_miss(case: Case, server: FakeServer, **arguments: Any) -> None:
    """The service is asked, the frame is whole, and there is at most one warning, which says what to do."""
    server.forget()
    frame, messages = cache_files.warnings_of(lambda: case.load(**arguments))
    assert frame[case.id_column].tolist() == case.keys(11)
    assert list(frame.columns) == list(case.columns)
    assert provenance(frame)["cached"] is False
    assert server.requests != []
    assert len(messages) <= 1
    assert all("pm.cache.clear()" in message and TOKEN not in message for message in messages)


def assert_caches(case: Case, server: FakeServer) -> None:
    """What is loaded now is cached."""
    case.load()
    server.forget()
    assert provenance(case.load())["cached"] is True
    assert server.requests == []


def _overwrite(path: Path, begin: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(data)


def _sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"\x00garbage" * 2000), "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "cut in the header": lambda path: path.write_bytes(path.read_bytes()[:60]),
    "a part overwritten": lambda path: _overwrite(path, 4096, b"\xff" * 4096),
    "a folder": lambda path: (path.unlink(), path.mkdir()), "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "another database": lambda path: (path.unlink(), _sql(path, "CREATE TABLE people (id INTEGER)")),
    "an older table": lambda path: _sql(
        path, "DROP TABLE responses", "CREATE TABLE responses (key TEXT PRIMARY KEY, value BLOB)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_a_miss_until_the_cache_is_cleared(damage, cached, server, cache_dir):
    """And after the remedy of the warning, loads are cached again."""
    [path] = cache_files.files(cache_dir)
    DAMAGE[damage](path)
    cached.connect(server)
    assert_miss(cached, server)
    assert_miss(cached, server, refresh=True)
    cache_files.warnings_of(pm.cache.info)
    pm.cache.clear()
    assert_caches(cached, server)


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize("case", [case for case in CASES if case.name in PAGED], ids=lambda case: case.name)
def test_a_load_that_lacks_a_page_is_a_miss(page, case, server, cache_dir):
    """Nine rows came on three pages; what is left of them is never returned."""
    cache(case, server)
    for path in cache_files.files(cache_dir):
        _sql(path, f"DELETE FROM responses WHERE key LIKE '%:{page}'")
    assert_miss(case, server)


GONE: dict[str, Callable[[Path], object]] = {
    "the file": lambda folder: [path.unlink() for path in folder.rglob("*.sqlite")],
    "the folder of the service": lambda folder: [shutil.rmtree(path) for path in folder.glob("*/*/")],
    "the cache folder": shutil.rmtree,
}


@pytest.mark.parametrize("gone", GONE)
def test_a_cache_that_is_deleted_while_it_is_used_is_created_again(gone, cached, server, cache_dir):
    GONE[gone](cache_dir)
    assert_miss(cached, server)
    assert_caches(cached, server)
    assert cache_files.files(cache_dir)


def test_a_locked_cache_is_waited_for_and_then_a_miss(cached, server, cache_dir, monkeypatch):
    monkeypatch.setattr("pmframes._http.store.BUSY_TIMEOUT_MS", 20)
    monkeypatch.setattr("pmframes._http.store.OPEN_TIMEOUT_SECONDS", 0.0)
    [path] = cache_files.files(cache_dir)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM responses")
        cached.connect(server)
        for refresh in (False, True):
            assert_miss(cached, server, refresh=refresh)
    assert_caches(cached, server)


@contextmanager
def with_mode(paths: list[Path], folder_mode: int, file_mode: int) -> Iterator[None]:
    for path in paths:
        path.chmod(folder_mode if path.is_dir() else file_mode)
    try:
        with no_superuser():
            yield
    finally:
        for path in paths:
            path.chmod(0o700)
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("connects_again", [True, False])
def test_a_read_only_cache_is_not_written(connects_again, cached, server, cache_dir):
    with with_mode([cache_dir, *cache_dir.rglob("*")], 0o500, 0o400):
        assert not os.access(cache_dir, os.W_OK, effective_ids=True)
        if connects_again:
            cached.connect(server)
        frame, messages = cache_files.warnings_of(cached.load)
        assert frame["id"].tolist() in (cached.keys(11), cached.keys(9))
        assert len(messages) <= 1
        assert_miss(cached, server, refresh=True)
    assert_caches(cached, server)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_cache_that_may_not_be_read_is_a_miss(what, cached, server, cache_dir):
    with with_mode(cache_files.files(cache_dir) if what == "file" else [cache_dir], 0, 0):
        cached.connect(server)
        assert_miss(cached, server)


@pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: case.service)
def test_a_cache_folder_that_cannot_be_created_keeps_nobody_from_loading_and_leaving(case, server, cache_dir):
    cache_dir.write_text("a file where the folder should be")
    case.start(server, case.honest(case.rows(11)))
    assert_miss(case, server)
    pm.disconnect(case.service)
    with pytest.raises(pm.errors.NotConnected):
        case.load()
    assert cache_dir.read_text() == "a file where the folder should be"


CALLS: dict[str, Callable[[], Any]] = {
    "a loader": lambda: pm.outlign.clients(), "pm.customers": lambda: pm.customers(["outlign"]),
    "the accessor": lambda: pm.customers(["outlign"]).pm.source, "pm.cache.info": lambda: pm.cache.info(),
    "pm.check": lambda: pm.check("outlign"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_warning_of_the_cache_points_at_the_users_line(call, cached, server, cache_dir):
    server.serve("/outlign/api/v1/companies", {"data": []})
    [path] = cache_files.files(cache_dir)
    path.write_bytes(b"no database" * 999)
    cached.connect(server)
    with pytest.warns(UserWarning, match="could not be read") as warned:
        CALLS[call]()
    assert {warning.filename for warning in warned} == {__file__}
