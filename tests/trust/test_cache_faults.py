"""A cache that is corrupt, locked, read-only, foreign, gone or full costs a request and at most a warning."""

import ctypes
import gc
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import pmframes as pm

from . import shelves
from .services import BY_NAME, TOKEN, Case, connect, honest, start
from .shelves import told
from .wire import Wire, reply

MOST_WARNINGS = 1
HANGS = 60
# The store knows no service: one that has pages, and one that answers at once.
STORED = ("teamwork.people", "projectmanager.roles")


def store(name: str, wire: Wire) -> Case:
    """Store nine rows; the service has eleven by now."""
    case = start(BY_NAME[name], wire, honest(BY_NAME[name], BY_NAME[name].rows(9), clamp=4))
    case.load()
    wire.serve(case.path, honest(case, case.rows(11), clamp=4))
    wire.forget()
    return case


@pytest.fixture(params=STORED)
def stored(request: pytest.FixtureRequest, wire: Wire) -> Case:
    return store(request.param, wire)


@pytest.fixture(params=["teamwork.people", "outlign.clients", "spirii.customers"])
def stored_pages(request: pytest.FixtureRequest, wire: Wire) -> Case:
    return store(request.param, wire)


def is_a_miss(case: Case, wire: Wire, **arguments: Any) -> None:
    """The service is asked, the frame is whole, and there is at most one warning, which says what to do."""
    frame, messages = told(lambda: case.load(**arguments))
    assert frame["id"].tolist() == case.keys(11)
    assert list(frame.columns) == list(case.columns)
    assert frame.attrs["pmframes"]["cached"] is False
    assert wire.requests != []
    assert len(messages) <= MOST_WARNINGS
    assert all("cache" in message and TOKEN not in message for message in messages)


def mends_itself(case: Case, wire: Wire) -> None:
    """What was just loaded is stored again."""
    case.load()
    wire.forget()
    assert case.load().attrs["pmframes"]["cached"] is True
    assert wire.requests == []


# Files that are not what they were


def _overwrite(path: Path, begin: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(data)


def _statements(*statements: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with sqlite3.connect(path) as store:
            for statement in statements:
                store.execute(statement)
        store.close()

    return change


def _another_database(path: Path) -> None:
    path.unlink()
    _statements("CREATE TABLE people (id INTEGER)", "INSERT INTO people VALUES (1)")(path)


PICKLE = b"cos\nsystem\n(S'touch /tmp/pmframes-trust-was-here'\ntR."
DAMAGE: dict[str, Callable[[Path], None]] = {
    "garbage": lambda path: path.write_bytes(b"\x00garbage" * 2000),
    "text": lambda path: path.write_text("this is no database\n" * 500),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "cut in the header": lambda path: path.write_bytes(path.read_bytes()[:60]),
    "a page of it overwritten": lambda path: _overwrite(path, 4096, b"\xff" * 4096),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a dangling link": lambda path: (path.unlink(), path.symlink_to("/nonexistent/file")),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "another database": _another_database,
    "no table": _statements("DROP TABLE responses"),
    "an older table": _statements("DROP TABLE responses", "CREATE TABLE responses (key TEXT PRIMARY KEY, value BLOB)"),
    "a newer version": _statements("PRAGMA user_version = 999"),
    "keys that are no text": _statements("UPDATE responses SET key = CAST(key AS BLOB)"),
    "rows of nothing": _statements("UPDATE responses SET value = NULL"),
    "rows of text": _statements("UPDATE responses SET value = 'text'"),
    "rows cut short": _statements("UPDATE responses SET value = substr(value, 1, length(value) / 2)"),
    "rows of pickle": lambda path: _pickled(path),
    "expires is text": _statements("UPDATE responses SET expires = 'tomorrow'"),
    "expires is nothing": _statements("UPDATE responses SET expires = NULL"),
}


# What is told beside the answer, which holds its own time: to serve it is right, to ask again as well.
HARMLESS = {"a newer version", "expires is text", "expires is nothing"}


def _pickled(path: Path) -> None:
    with sqlite3.connect(path) as store:
        store.execute("UPDATE responses SET value = ?", (PICKLE,))
    store.close()


def _no_journals(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


@pytest.mark.product
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_a_miss(damage, stored, wire, cache_dir):
    for path in shelves.files(cache_dir):
        with suppress(sqlite3.Error):
            _statements("PRAGMA wal_checkpoint(TRUNCATE)")(path)
        DAMAGE[damage](path)
        _no_journals(path)
    connect(stored, wire)
    if damage in HARMLESS:
        frame, messages = told(stored.load)
        assert frame["id"].tolist() in (stored.keys(11), stored.keys(9))
        assert len(messages) <= MOST_WARNINGS
    else:
        is_a_miss(stored, wire)
    is_a_miss(stored, wire, refresh=True)
    assert not Path("/tmp/pmframes-trust-was-here").exists()
    with suppress(pm.errors.PmframesError):
        told(pm.cache.info)


@pytest.mark.parametrize("damage", ["empty", "another database", "no table", "rows of pickle"])
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_replaced(damage, stored, wire, cache_dir):
    for path in shelves.files(cache_dir):
        DAMAGE[damage](path)
        _no_journals(path)
    connect(stored, wire)
    assert stored.load().attrs["pmframes"]["cached"] is False
    mends_itself(stored, wire)


@pytest.mark.parametrize("damage", ["garbage", "text", "cut", "cut in the header", "no table"])
@pytest.mark.filterwarnings("ignore")
def test_following_the_remedy_of_the_warning_helps(damage, stored, wire, cache_dir):
    for path in shelves.files(cache_dir):
        DAMAGE[damage](path)
    assert stored.load().attrs["pmframes"]["cached"] is False
    pm.cache.clear()
    mends_itself(stored, wire)


def test_one_page_that_is_missing_is_a_miss_of_the_load(stored_pages, wire, cache_dir):
    """Nine rows came in three answers; what is left of them is never served."""
    for path in shelves.files(cache_dir):
        _statements("DELETE FROM responses WHERE key LIKE '%:1'")(path)
    is_a_miss(stored_pages, wire)


def test_pages_of_two_ages_are_a_miss(stored_pages, wire, cache_dir):
    shelves.age(cache_dir, only=":1", minutes=1)
    is_a_miss(stored_pages, wire)


# Files that go away while they are open

GONE: dict[str, Callable[[Path], None]] = {
    "the file": lambda folder: [path.unlink() for path in folder.rglob("*.sqlite")],
    "the file and its journals": lambda folder: [path.unlink() for path in folder.rglob("*") if path.is_file()],
    "the folder": shutil.rmtree,
    "the service's folder": lambda folder: [shutil.rmtree(path) for path in folder.glob("*/*")],
}


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.filterwarnings("ignore")
def test_a_file_deleted_while_it_is_open_is_no_crash(gone, stored, wire, cache_dir):
    GONE[gone](cache_dir)
    frame, messages = told(stored.load)
    assert frame["id"].tolist() in (stored.keys(9), stored.keys(11))
    assert len(messages) <= MOST_WARNINGS
    is_a_miss(stored, wire, refresh=True)
    mends_itself(stored, wire)
    connect(stored, wire)
    assert told(stored.load)[0]["id"].tolist() == stored.keys(11)
    assert list(cache_dir.rglob("*.sqlite")), "later loads are stored on disk again"


# Files that may not be used now


@contextmanager
def locked(cache_dir: Path) -> Iterator[None]:
    """Hold every file as another program would that writes for a long time."""
    stores = [sqlite3.connect(path, isolation_level=None) for path in shelves.files(cache_dir)]
    for store in stores:
        store.execute("PRAGMA locking_mode = EXCLUSIVE")
        store.execute("BEGIN EXCLUSIVE")
        store.execute("DELETE FROM responses")
    yield
    for store in stores:
        store.rollback()
        store.close()


def a_locked_file_is_a_miss(case: Case, wire: Wire, cache_dir: Path) -> None:
    with locked(cache_dir):
        connect(case, wire)
        for refresh in (False, True):
            began = time.monotonic()
            is_a_miss(case, wire, refresh=refresh)
            assert time.monotonic() - began < HANGS
    mends_itself(case, wire)


def test_a_locked_file_is_waited_for_briefly_and_then_a_miss(stored, wire, cache_dir, monkeypatch):
    monkeypatch.setattr("pmframes._http.store.BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr("pmframes._http.store.OPEN_TIMEOUT_SECONDS", 0.1)
    a_locked_file_is_a_miss(stored, wire, cache_dir)


def test_ctrl_c_while_a_file_is_opened_is_told_and_nothing_else(stored, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    noise: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    monkeypatch.setattr("requests_cache.backends.base.BaseStorage.__init__", stop)
    with pytest.raises(KeyboardInterrupt, match="Interrupted; nothing"):
        stored.load()
    gc.collect()
    assert noise == []


@pytest.mark.slow
def test_a_locked_file_hangs_nothing(stored, wire, cache_dir):
    a_locked_file_is_a_miss(stored, wire, cache_dir)


@contextmanager
def no_superuser() -> Iterator[None]:
    """Root may write to any file: give that up for a while, in this thread."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    before, now = (ctypes.c_uint32 * 6)(), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    now[:] = before[:]
    now[0] &= ~0b1110  # dac_override, dac_read_search, fowner
    assert libc.capset(header, now) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0


@pytest.mark.parametrize("again", [True, False], ids=["connected again", "still open"])
def test_a_read_only_cache_is_read_and_not_written(again, stored, wire, cache_dir):
    below = [cache_dir, *cache_dir.rglob("*")]
    for path in below:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        with no_superuser():
            assert not os.access(cache_dir, os.W_OK, effective_ids=True)
            if again:
                connect(stored, wire)
            frame, messages = told(stored.load)
            assert frame["id"].tolist() in (stored.keys(9), stored.keys(11))
            assert len(messages) <= MOST_WARNINGS
            is_a_miss(stored, wire, refresh=True)
    finally:
        for path in below:
            path.chmod(0o700 if path.is_dir() else 0o600)
    mends_itself(stored, wire)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_cache_that_may_not_even_be_read_is_a_miss(what, stored, wire, cache_dir):
    chosen = shelves.files(cache_dir) if what == "file" else [cache_dir]
    for path in chosen:
        path.chmod(0)
    try:
        with no_superuser():
            connect(stored, wire)
            is_a_miss(stored, wire)
    finally:
        for path in chosen:
            path.chmod(0o700 if what == "folder" else 0o600)


# Where a warning points, and systems that lack some functions

CALLS: dict[str, Callable[[], Any]] = {
    "a loader": lambda: pm.outlign.clients(),
    "the portfolio": lambda: pm.customers(["outlign"]),
    "the accessor": lambda: pm.customers(["outlign"]).pm.source,
    "a list of what is cached": lambda: pm.cache.info(),
    "a check": lambda: pm.check("outlign"),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_warning_of_the_cache_points_at_the_users_line(call, wire, cache_dir):
    case = store("outlign.clients", wire)
    wire.serve("/outlign/api/v1/companies", reply({"data": []}))
    [path] = cache_dir.rglob("*.sqlite")
    path.write_bytes(b"no database" * 999)
    connect(case, wire)
    with pytest.warns(UserWarning, match="could not be read") as warned:
        CALLS[call]()
    assert {warning.filename for warning in warned} == {__file__}


def test_it_is_cached_where_the_system_has_no_file_modes(wire, cache_dir, monkeypatch):
    """Python for Windows has none of these before 3.13."""
    monkeypatch.delattr(os, "fchmod")
    monkeypatch.delattr(os, "O_NOFOLLOW")
    case = BY_NAME["outlign.clients"]
    start(case, wire, honest(case, case.rows(3)))
    assert told(case.load)[1] == []
    assert case.load().attrs["pmframes"]["cached"] is True
    [path] = cache_dir.rglob("*.sqlite")
    assert path.stat().st_mode & 0o777 == 0o600
