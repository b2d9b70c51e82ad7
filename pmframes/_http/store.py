"""The cache of one account: complete loads in a SQLite file that only this user can read.

The pages of a load are written in one transaction after the last one was received, so an interrupted load
leaves the earlier one complete. Pages are read only if all of them have the same expiry time. Different expiry
times show pages of two loads.
"""

import os
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, MutableMapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_cache_dir
from requests import Response
from requests.structures import CaseInsensitiveDict
from requests_cache.backends.sqlite import SQLiteDict
from requests_cache.models.response import CachedResponse
from requests_cache.serializers.pipeline import SerializerPipeline, Stage
from requests_cache.serializers.preconf import base_stage

from pmframes import _fork
from pmframes._messages import CacheWarning, warn_user
from pmframes._private_files import NotOurs, is_own, make_own_folder, open_own
from pmframes.errors import PmframesError

LAYOUT_FOLDER = "v2"
OLD_LAYOUT_FOLDER = "v1"
"""The folder of pmframes 0.1, which is not read any more."""
# Response headers that are cached, and headers that no server sent: they describe the page in the cache.
CACHED_HEADERS = ("Content-Type", "X-Fictional-Data")
ROWS_HEADER, ACCOUNT_HEADER, PARAMETERS_HEADER = "Pmframes-Rows", "Pmframes-Account", "Pmframes-Parameters"
CHECKSUM_BYTES = 16
KEY_FILE, KEY_BYTES = "checksum-key", 32
BUSY_TIMEOUT_MS = 5_000
OPEN_TIMEOUT_SECONDS = 2.5
MAX_OPEN_ATTEMPTS = 10
# The default serializer of requests-cache is pickle: a planted row would run code when it is read.
SERIALIZER = SerializerPipeline(
    [base_stage, Stage(dumps=msgspec.msgpack.encode, loads=msgspec.msgpack.decode)], name="msgpack", is_binary=True
)
_FILE_NAME = re.compile(r"[0-9a-f]{32}\.sqlite")
_SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
_CONSEQUENCES = {
    "read": "it is treated as empty",
    "written": "these rows are not cached",
    "emptied": "other processes may still read rows from it as they were before the change",
}
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


def checksum(key: bytes, page_key: str, data: bytes) -> bytes:
    """Return the checksum of a page, which cannot be forged without the key."""
    return blake2b(page_key.encode() + b"\0" + data, key=key, digest_size=CHECKSUM_BYTES).digest()


class _PageTable(SQLiteDict):
    """The SQLite table of requests-cache; a comment at each method says why it replaces that of SQLiteDict."""

    checksum_key = b""

    def __del__(self) -> None:
        # SQLiteDict fails here if an interrupt came before it set its lock.
        if hasattr(self, "_lock"):
            self.close()  # type: ignore[no-untyped-call]

    def deserialize(self, key: str, value: bytes) -> CachedResponse | None:
        """Return a page; None where it is damaged, foreign or of another version."""
        # SQLiteDict returns any object that the serializer can read.
        try:
            data = value[CHECKSUM_BYTES:]
            if value[:CHECKSUM_BYTES] != checksum(self.checksum_key, key, data):
                return None
            page = super().deserialize(key, data)
            is_page = page.status_code == 200 and isinstance(page.content, bytes)
            is_valid = is_page and page.created_at < page.expires and page.headers[ROWS_HEADER].isdecimal()
        except Exception:
            return None
        return page if is_valid else None

    def serialize(self, value: Any) -> bytes:
        # SQLiteDict stores no checksum, and does not notice a damaged page.
        data: bytes = super().serialize(value)
        return checksum(self.checksum_key, value.cache_key, data) + data

    def init_db(self) -> None:
        # SQLiteDict takes the write lock each time it opens a database, even to read only.
        with self.connection() as connection:
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {self.table_name} (key TEXT PRIMARY KEY, value BLOB, expires INTEGER)"
            )

    @contextmanager
    def _acquire_sqlite_lock(self) -> Iterator[None]:
        # SQLiteDict retries a locked database for ever, hides errors, and does not roll back after an interrupt.
        # The method is private there: check it when requests-cache is updated.
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
    """The pages of one load, and when the first was requested."""

    pages: Sequence[Response]
    fetched_at: datetime


@dataclass
class CacheEntry:
    """The description of a cached load; ``parameters`` as text, ``size`` in bytes."""

    account: str
    resource: str
    parameters: str
    fetched_at: datetime
    expires: datetime
    rows: int = 0
    size: int = 0


class Store:
    """The loads of one account at one service; in memory only where ``path`` is None."""

    def __init__(self, path: Path | None, account: str) -> None:
        self.path = path
        self._account = account
        self._memory: _Pages = {}
        self._removed_at: dict[str, datetime] = {}
        self._is_discarded = False
        self._has_warned = False
        self.reset_after_fork()
        _fork.reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Forget who held the lock in the parent process."""
        self._memory_lock = threading.Lock()

    def read(self, load_key: str, *, at_any_age: bool = False) -> CachedLoad | None:
        """Return a load that is complete and has not expired; None otherwise.

        Raises
        ------
        StoreUnreadable
            The store cannot be read; writing to it would only wait again.
        """
        with self._warn_on_failure("read"), self._open(for_writing=False) as pages:
            load = _read_load(pages, load_key, at_any_age)
            return None if load is not None and self._was_removed(load_key, load.fetched_at) else load
        raise StoreUnreadable  # reached only after a warning

    def row_counts(self, load_key: str, pages_wanted: int) -> list[int]:
        """Return how many rows the first pages of the last load had, however old it is; empty where it is not known."""
        if self._has_warned:
            return []  # it was waited for already
        with self._warn_on_failure("read"), self._open(for_writing=False) as pages:
            first = (pages.get(f"{load_key}:{number}") for number in range(pages_wanted))
            return [int(page.headers[ROWS_HEADER]) for page in first if page is not None]
        return []  # reached only after a warning

    def write(
        self, load_key: str, load: CachedLoad, new_row_counts: Sequence[int], ttl: timedelta, parameters: str
    ) -> None:
        """Replace a load; ``new_row_counts`` has one number per page, ``parameters`` describes the load as text."""
        if self._is_discarded or self._was_removed(load_key, load.fetched_at):
            return
        expires = load.fetched_at + ttl
        cached = [
            self._to_cached(page, new_rows, load.fetched_at, expires)
            for page, new_rows in zip(load.pages, new_row_counts, strict=True)
        ]
        if cached:
            cached[0].headers[PARAMETERS_HEADER] = parameters
        with self._warn_on_failure("written"), self._open(for_writing=True) as pages:
            _remove_pages(pages, load_key)
            for number, page in enumerate(cached):
                page.cache_key = f"{load_key}:{number}"
                pages[page.cache_key] = page
        if self._is_discarded:
            self.clear()  # discarded while it was written

    def remove(self, resource: str) -> None:
        """Remove the loads of a resource, also those that are under way: its rows have changed."""
        self._removed_at[resource] = datetime.now(UTC)
        with (
            self._warn_on_failure("emptied"),
            self._open(for_writing=self.path is not None and self.path.exists()) as pages,
        ):
            _remove_pages(pages, resource)

    def _was_removed(self, load_key: str, fetched_at: datetime) -> bool:
        """Whether a load began before the loads of its resource were removed: it may have the rows of before."""
        removed_at = self._removed_at.get(load_key.partition(":")[0])
        return removed_at is not None and fetched_at <= removed_at

    def entries(self) -> list[CacheEntry]:
        """List the cached loads."""
        with self._warn_on_failure("read"), self._open(for_writing=False) as pages:
            return _list_entries(pages)
        return []  # reached only after a warning

    def discard(self) -> None:
        """Remove all loads for good: nothing is cached here any more."""
        self._is_discarded = True
        self.clear()

    def clear(self) -> None:
        """Remove all loads."""
        with self._memory_lock:
            self._memory.clear()
        if self.path is not None:
            remove_file(self.path)
        self._has_warned = False

    @contextmanager
    def _open(self, *, for_writing: bool) -> Iterator[_Pages]:
        """Open the pages; those written within the ``with`` block are stored together or not at all."""
        if self.path is None or not (for_writing or self.path.exists()):
            with self._memory_lock:
                yield self._memory  # always empty if there is a path
            return
        _make_private(self.path)
        with _fork.database_gate.open():
            checksum_key = _read_key(self.path.parent.parent / KEY_FILE)
            pages = _open_table(self.path)
            pages.checksum_key = checksum_key
            try:
                with pages.bulk_commit() if for_writing else nullcontext():
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
                consequence = _CONSEQUENCES[action]
                reason = str(error) if isinstance(error, NotOurs) else type(error).__name__
                remove = "Remove it" if isinstance(error, NotOurs) else "Clear it with pm.cache.clear()"
                warning = CacheWarning(
                    f"The cache could not be {action} ({reason}), so {consequence}.",
                    f"{remove}, or set PMFRAMES_CACHE_DIR to another folder.",
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
    """Open a store; where others create the same file at this moment, SQLite fails at once, so try again."""
    started, attempts = time.monotonic(), 0
    while True:
        try:
            return _PageTable(
                path, table_name="responses", serializer=SERIALIZER, busy_timeout=BUSY_TIMEOUT_MS, wal=True
            )
        except sqlite3.OperationalError:
            attempts += 1
            if attempts > MAX_OPEN_ATTEMPTS or time.monotonic() - started > OPEN_TIMEOUT_SECONDS:
                raise
            time.sleep(0.02)


def _remove_pages(pages: _Pages, key: str) -> None:
    """Remove the pages of a load, or of all loads of a resource."""
    # A damaged file may have keys of another type.
    for page_key in [page_key for page_key in list(pages) if str(page_key).startswith(f"{key}:")]:
        del pages[page_key]


def _read_load(pages: _Pages, load_key: str, at_any_age: bool) -> CachedLoad | None:
    load_pages: list[CachedResponse] = []
    while (page := pages.get(f"{load_key}:{len(load_pages)}")) is not None:
        load_pages.append(page)
    is_damaged = f"{load_key}:{len(load_pages)}" in pages  # there is a page, which cannot be read
    if is_damaged or not load_pages or len({page.expires for page in load_pages}) > 1:
        return None
    # Pages from the future were cached while the clock was wrong.
    is_stale = load_pages[0].is_expired or load_pages[0].created_at > datetime.now(UTC)
    if is_stale and not at_any_age:
        return None
    return CachedLoad(load_pages, min(page.created_at for page in load_pages))


def _list_entries(pages: _Pages) -> list[CacheEntry]:
    """Summarise the loads, with one page in memory at a time."""
    entries: dict[str, CacheEntry] = {}
    # SQLite keeps the type of a key: in a foreign file it may be no string.
    for page_key in sorted(key for key in pages if isinstance(key, str)):
        page = pages.get(page_key)
        if page is None or page.expires is None:
            continue
        load_key = page_key.rpartition(":")[0]
        if load_key not in entries:
            account, parameters = (page.headers.get(name, "") for name in (ACCOUNT_HEADER, PARAMETERS_HEADER))
            resource = load_key.partition(":")[0]
            entries[load_key] = CacheEntry(account, resource, parameters, page.created_at, page.expires)
        entry = entries[load_key]
        entry.rows += int(page.headers[ROWS_HEADER])
        entry.size += len(page.content)
        entry.fetched_at = min(entry.fetched_at, page.created_at)
        entry.expires = min(entry.expires, page.expires)
    return list(entries.values())


# Files


def store_files(folder: Path, services: Collection[str], layout: str = LAYOUT_FOLDER) -> list[Path]:
    """Return the store files of these services; the folder of each is named after its service."""
    return [
        path
        for path in _sqlite_files(folder / layout)
        if path.parent.name in services and _FILE_NAME.fullmatch(path.name) and not _is_foreign(path)
    ]


def old_files(folder: Path, services: Collection[str]) -> list[Path]:
    """Return the store files of pmframes 0.1."""
    return store_files(folder, services, OLD_LAYOUT_FOLDER)


def unknown_files(folder: Path, services: Collection[str]) -> list[Path]:
    """Return the ``.sqlite`` files in the cache folder that are not store files, and links; none is opened."""
    recognized = store_files(folder, services)
    return [path for path in _sqlite_files(folder / LAYOUT_FOLDER) if path not in recognized]


def _sqlite_files(layout: Path) -> list[Path]:
    return sorted(layout.glob("*/*.sqlite"))


def _is_foreign(path: Path) -> bool:
    """Return whether a store file or one of its two folders is a link, or belongs to another user."""
    return any(not is_own(place) for place in (path, path.parent, path.parent.parent))


def remove_file(path: Path) -> None:
    """Remove a store file, and the files that SQLite keeps beside it; a link is left as it is."""
    if _is_foreign(path):
        return
    for file in [path.with_name(path.name + suffix) for suffix in _SQLITE_SUFFIXES]:
        try:
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)  # someone made a folder with the name of a file of the store
            else:
                file.unlink(missing_ok=True)
        except NotADirectoryError:
            continue  # a file has the name of its folder, so the store file does not exist
        except OSError as error:
            raise PmframesError(
                f"{file} could not be removed ({error.strerror or type(error).__name__}).",
                "Check the permissions of the file and folder, then try again.",
            ) from None


def remove_old_files(folder: Path, services: Collection[str]) -> int:
    """Remove the store files of pmframes 0.1, and the folders that are empty then; return the number of files."""
    files = old_files(folder, services)
    for path in files:
        remove_file(path)
    for folder_to_remove in (*{path.parent for path in files}, folder / OLD_LAYOUT_FOLDER):
        with suppress(OSError):  # it holds something that is not ours, or is not there
            folder_to_remove.rmdir()
    return len(files)


def _make_private(path: Path) -> None:
    """Create folder and file for this user alone, before SQLite can create them for everyone."""
    for folder in (path.parent.parent, path.parent):
        make_own_folder(folder)
    with open_own(path, os.O_CREAT | os.O_RDWR, 0o600):
        pass


def _read_key(path: Path) -> bytes:
    """Read the key of the checksums, which is made once for a cache folder."""
    with open_own(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600) as handle:
        if not (key := os.read(handle, KEY_BYTES)):
            # Where two processes come here at once, the first bytes that were appended are the key of both.
            os.write(handle, secrets.token_bytes(KEY_BYTES))
            os.lseek(handle, 0, os.SEEK_SET)
            key = os.read(handle, KEY_BYTES)
        return key
