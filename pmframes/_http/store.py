"""The cache of one account: complete loads in a SQLite file that only this user can read.

The pages of a load are written in one transaction after the last one was received, and are read only if all
of them expire together: an interrupted load leaves the earlier one complete.
"""

import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from errno import ELOOP
from hashlib import blake2b
from pathlib import Path

import msgspec
from platformdirs import user_cache_dir
from requests import Response
from requests.structures import CaseInsensitiveDict
from requests_cache.backends.sqlite import SQLiteDict
from requests_cache.models.response import CachedResponse
from requests_cache.serializers.pipeline import SerializerPipeline, Stage
from requests_cache.serializers.preconf import base_stage

from pmframes._messages import CacheWarning, warn_user
from pmframes.errors import PmframesError

LAYOUT_VERSION = "v2"
OLD_LAYOUT_VERSION = "v1"
"""The folder of pmframes 0.1, which is not read any more."""
CACHED_HEADERS = ("Content-Type", "X-Fictional-Data")
ROWS_HEADER, ACCOUNT_HEADER, PARAMETERS_HEADER = "Pmframes-Rows", "Pmframes-Account", "Pmframes-Parameters"
BUSY_TIMEOUT_MS = 5_000
MAX_OPEN_ATTEMPTS = 10
# The default serializer of requests-cache is pickle: a planted row would run code when it is read.
SERIALIZER = SerializerPipeline(
    [base_stage, Stage(dumps=msgspec.msgpack.encode, loads=msgspec.msgpack.decode)], name="msgpack", is_binary=True
)
_FILE_NAME = re.compile(r"[0-9a-f]{32}\.sqlite")
_SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
_ERRORS = (sqlite3.Error, OSError, msgspec.MsgspecError, ExceptionGroup)
_Pages = MutableMapping[str, CachedResponse]


def cache_folder() -> Path:
    """Return the folder of the cache: ``PMFRAMES_CACHE_DIR``, else the platform's user cache directory."""
    path = Path(os.environ.get("PMFRAMES_CACHE_DIR") or user_cache_dir("pmframes"))
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise PmframesError(
            "This user has no home folder for the cache.", "Set PMFRAMES_CACHE_DIR to a folder."
        ) from None


def account_hash(url: str, credential: str) -> str:
    """Return a hash that distinguishes accounts and does not lead back to the credential."""
    key = blake2b(credential.encode()).digest()
    return blake2b(url.encode(), key=key, digest_size=16, person=b"pmframes").hexdigest()


class _PageTable(SQLiteDict):
    """The SQLite table of requests-cache, without two of its problems.

    It retries a locked database for ever, and commits what an interruption left unfinished.
    """

    def __del__(self) -> None:
        # An interrupt may come before there is anything to close.
        if hasattr(self, "_lock"):
            self.close()  # type: ignore[no-untyped-call]

    def deserialize(self, key: str, value: bytes) -> CachedResponse | None:
        """Read a page; None where it is damaged, foreign or of another version."""
        try:
            page = super().deserialize(key, value)
            is_page = page.status_code == 200 and isinstance(page.content, bytes)
            is_valid = is_page and page.created_at < page.expires and page.headers[ROWS_HEADER].isdecimal()
        except Exception:
            return None
        return page if is_valid else None

    def init_db(self) -> None:
        with self.connection() as connection:
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {self.table_name} (key TEXT PRIMARY KEY, value BLOB, expires INTEGER)"
            )

    @contextmanager
    def _acquire_sqlite_lock(self) -> Iterator[None]:
        with self._lock, self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._active_transaction = True
            try:
                yield
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._active_transaction = False


class StoreUnreadable(Exception):
    """A store cannot be read, and the user was warned."""


@dataclass(frozen=True)
class CachedLoad:
    """The pages of one load, when the first was requested, and its parameters as text."""

    pages: Sequence[Response]
    fetched_at: datetime
    parameters: str = ""


@dataclass(frozen=True)
class CacheEntry:
    """The description of a cached load; ``size`` is in bytes."""

    account: str
    resource: str
    parameters: str
    rows: int
    size: int
    fetched_at: datetime
    expires: datetime


class Store:
    """The loads of one account at one service; in memory only where ``path`` is None."""

    def __init__(self, path: Path | None, account: str) -> None:
        self.path = path
        self._account = account
        self._memory: _Pages = {}
        self._memory_lock = threading.Lock()
        self._is_closed = False
        self._has_warned = False

    def read(self, key: str, *, at_any_age: bool = False) -> CachedLoad | None:
        """Return a load that is complete and has not expired; None otherwise.

        Raises
        ------
        StoreUnreadable
            The store cannot be read; writing to it would only mean to wait once more.
        """
        with self._warn_on_failure("read"), self._open(create=False) as pages:
            return _read_load(pages, key, at_any_age)
        raise StoreUnreadable

    def write(self, key: str, load: CachedLoad, rows: Sequence[int], lifetime: timedelta) -> None:
        """Replace a load; ``rows`` are the numbers of its new rows, page by page."""
        if self._is_closed:
            return
        expires = load.fetched_at + lifetime
        cached = [
            self._to_cached(page, new_rows, load.fetched_at, expires)
            for page, new_rows in zip(load.pages, rows, strict=True)
        ]
        for first in cached[:1]:
            first.headers[PARAMETERS_HEADER] = load.parameters
        with self._warn_on_failure("written"), self._open(create=True) as pages, _transaction(pages):
            for stale in [name for name in list(pages) if name.startswith(f"{key}:")]:
                del pages[stale]
            for number, page in enumerate(cached):
                pages[f"{key}:{number}"] = page
        if self._is_closed:
            self.clear()  # closed while it was written

    def entries(self) -> list[CacheEntry]:
        """List the cached loads."""
        with self._warn_on_failure("read"), self._open(create=False) as pages:
            return _list_entries(pages)
        return []

    def close(self) -> None:
        """Remove all loads, and cache no more."""
        self._is_closed = True
        self.clear()

    def clear(self) -> None:
        """Remove all loads."""
        with self._memory_lock:
            self._memory.clear()
        if self.path is not None:
            remove_file(self.path)
        self._has_warned = False

    @contextmanager
    def _open(self, *, create: bool) -> Iterator[_Pages]:
        if self.path is None or not (create or self.path.exists()):
            with self._memory_lock:
                yield self._memory
            return
        _make_private(self.path)
        pages = _open_table(self.path)
        try:
            yield pages
        finally:
            pages.close()  # type: ignore[no-untyped-call]

    @contextmanager
    def _warn_on_failure(self, action: str) -> Iterator[None]:
        """Treat a cache that cannot be used as an empty one, and warn once."""
        try:
            yield
        except _ERRORS as error:
            if not self._has_warned:
                self._has_warned = True
                consequence = "it is treated as empty" if action == "read" else "these rows are not cached"
                warning = CacheWarning(
                    f"The cache could not be {action} ({type(error).__name__}), so {consequence}.",
                    "Clear it with pm.cache.clear(), or set PMFRAMES_CACHE_DIR to another folder.",
                )
                warn_user(warning)

    def _to_cached(self, response: Response, rows: int, fetched_at: datetime, expires: datetime) -> CachedResponse:
        cached = CachedResponse.from_response(response, created_at=fetched_at, expires=expires)
        cached.headers = CaseInsensitiveDict(
            {name: response.headers[name] for name in CACHED_HEADERS if name in response.headers}
            | {ROWS_HEADER: str(rows), ACCOUNT_HEADER: self._account}
        )
        cached.cookies.clear()
        # The query may hold what a user searched for; the key is a hash of it.
        cached.url = cached.request.url = cached.url.partition("?")[0]
        return cached


def _open_table(path: Path) -> _PageTable:
    """Open a store; where others create the same file at this moment SQLite fails at once, so try again."""
    started, attempts = time.monotonic(), 0
    while True:
        try:
            return _PageTable(
                path, table_name="responses", serializer=SERIALIZER, busy_timeout=BUSY_TIMEOUT_MS, wal=True
            )
        except sqlite3.OperationalError:
            attempts += 1
            if attempts > MAX_OPEN_ATTEMPTS or time.monotonic() - started > BUSY_TIMEOUT_MS / 2_000:
                raise
            time.sleep(0.02)


def _read_load(pages: _Pages, key: str, at_any_age: bool) -> CachedLoad | None:
    load: list[CachedResponse] = []
    while (page := pages.get(f"{key}:{len(load)}")) is not None:
        load.append(page)
    if not load or len({page.expires for page in load}) > 1:
        return None
    if load[0].is_expired and not at_any_age:
        return None
    return CachedLoad(load, min(page.created_at for page in load))


def _list_entries(pages: _Pages) -> list[CacheEntry]:
    """Summarise the loads, with one page in memory at a time."""
    entries: dict[str, CacheEntry] = {}
    for name in sorted(name for name in pages if isinstance(name, str)):
        if (page := pages.get(name)) is not None and page.expires is not None:
            key = name.rpartition(":")[0]
            entries[key] = _add_page(entries.get(key), page, page.expires, key.partition(":")[0])
    return list(entries.values())


def _add_page(entry: CacheEntry | None, page: CachedResponse, expires: datetime, resource: str) -> CacheEntry:
    rows, size = int(page.headers[ROWS_HEADER]), len(page.content)
    if entry is None:
        account, parameters = (page.headers.get(name, "") for name in (ACCOUNT_HEADER, PARAMETERS_HEADER))
        return CacheEntry(account, resource, parameters, rows, size, page.created_at, expires)
    return replace(
        entry,
        rows=entry.rows + rows,
        size=entry.size + size,
        fetched_at=min(entry.fetched_at, page.created_at),
        expires=min(entry.expires, expires),
    )


def _transaction(pages: _Pages) -> AbstractContextManager[None]:
    return pages.bulk_commit() if isinstance(pages, SQLiteDict) else nullcontext()


# Files


def store_files(folder: Path, services: Collection[str]) -> Iterator[tuple[str, Path]]:
    """Return the store files of these services in a cache folder, each with the name of its service."""
    return _our_files(folder / LAYOUT_VERSION, services)


def old_files(folder: Path, services: Collection[str]) -> list[Path]:
    """Return the store files of pmframes 0.1."""
    return [path for _, path in _our_files(folder / OLD_LAYOUT_VERSION, services)]


def unknown_files(folder: Path, services: Collection[str]) -> list[Path]:
    """Return what lies among the store files and is none, links included; it is never opened."""
    ours = {path for _, path in store_files(folder, services)}
    return [path for path in _sqlite_files(folder / LAYOUT_VERSION) if path not in ours]


def _our_files(layout: Path, services: Collection[str]) -> Iterator[tuple[str, Path]]:
    for path in _sqlite_files(layout):
        if path.parent.name in services and _FILE_NAME.fullmatch(path.name) and not _is_linked(path):
            yield path.parent.name, path


def _sqlite_files(layout: Path) -> list[Path]:
    return sorted(layout.glob("*/*.sqlite"))


def _is_linked(path: Path) -> bool:
    """Return whether a store file or a folder of ours is a link, which leads to what is not ours."""
    return any(place.is_symlink() for place in (path, path.parent, path.parent.parent))


def remove_file(path: Path) -> None:
    """Remove a store file, and the files that SQLite keeps beside it; a link is left as it is."""
    if _is_linked(path):
        return
    for file in [path.with_name(path.name + suffix) for suffix in _SQLITE_SUFFIXES]:
        try:
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)
        except NotADirectoryError:
            continue
        except OSError as error:
            raise PmframesError(
                f"{file} could not be removed ({error.strerror or type(error).__name__}).",
                "Check the permissions of the file and folder, then try again.",
            ) from None


def remove_old_files(folder: Path, services: Collection[str]) -> int:
    """Remove the store files of pmframes 0.1, and the folders that are empty then; return how many."""
    files = old_files(folder, services)
    for path in files:
        remove_file(path)
    for emptied in (*{path.parent for path in files}, folder / OLD_LAYOUT_VERSION):
        with suppress(OSError):  # it holds something that is not ours, or is not there
            emptied.rmdir()
    return len(files)


def _make_private(path: Path) -> None:
    """Create folder and file for this user alone, before SQLite can create them for everyone."""
    for parent in reversed([parent for parent in path.parents if not parent.exists()]):
        parent.mkdir(mode=0o700, exist_ok=True)
    if _is_linked(path):
        raise OSError(ELOOP, os.strerror(ELOOP), str(path))
    for folder in (path.parent.parent, path.parent):
        folder.chmod(0o700)
    # Windows has neither flag nor fchmod: there the user's folder is as private as it gets.
    handle = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)  # it may have existed, and open to others
    finally:
        os.close(handle)
