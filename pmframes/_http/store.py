"""The store of one account: whole loads, on disk, for this user's eyes only.

The pages of a load are written in one transaction after the last one came, and are read back only when all
of them are of one age: an interrupted load leaves the earlier one whole.
"""

import os
import re
import shutil
import sqlite3
import threading
import time
import warnings
from collections.abc import Collection, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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

from pmframes import _messages

LAYOUT_VERSION = "v1"
KEPT_HEADERS = ("Content-Type", "X-Fictional-Data")
ROWS_HEADER, ACCOUNT_HEADER, PARAMETERS_HEADER = "Pmframes-Rows", "Pmframes-Account", "Pmframes-Parameters"
_OUR_NAME = re.compile(r"[0-9a-f]{32}\.sqlite")
BUSY_TIMEOUT_MS = 5_000
MAX_OPEN_ATTEMPTS = 10
# The default serializer of requests-cache is pickle: a planted row would run code when it is read.
SERIALIZER = SerializerPipeline(
    [base_stage, Stage(dumps=msgspec.msgpack.encode, loads=msgspec.msgpack.decode)],
    name="msgpack",
    is_binary=True,
)
PROBLEMS = (sqlite3.Error, OSError, msgspec.MsgspecError, ExceptionGroup)
Pages = MutableMapping[str, CachedResponse]


def cache_folder() -> Path:
    """Give the folder of the cache: ``PMFRAMES_CACHE_DIR``, else the platform's user cache folder."""
    try:
        return (
            Path(os.environ.get("PMFRAMES_CACHE_DIR") or user_cache_dir("pmframes")).expanduser().absolute()
        )
    except RuntimeError:
        raise _messages.no_home() from None


def account_hash(url: str, credential: str) -> str:
    """Make the label of an account that has no name: a digest that does not lead back to its credential."""
    return blake2b(
        url.encode(), key=blake2b(credential.encode()).digest(), digest_size=16, person=b"pmframes"
    ).hexdigest()


class _PageTable(SQLiteDict):
    """requests-cache's SQLite table, without its two ways to hang and to lose rows.

    As it comes it retries a lock for ever and commits after an interruption; see requests-cache issues on
    "database is locked".
    """

    def __del__(self) -> None:
        # Ctrl-C may come before there is anything to close.
        if hasattr(self, "_lock"):
            self.close()  # type: ignore[no-untyped-call]

    def deserialize(self, key: str, value: bytes) -> CachedResponse | None:
        """Read a stored page; one that is damaged, foreign or of another version is as good as not there."""
        try:
            page = super().deserialize(key, value)
            is_page = page.status_code == 200 and isinstance(page.content, bytes)
            fits = is_page and page.created_at < page.expires and page.headers[ROWS_HEADER].isdecimal()
        except Exception:
            return None
        return page if fits else None

    def init_db(self) -> None:
        with self.connection() as connection:
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {self.table_name} "
                "(key TEXT PRIMARY KEY, value BLOB, expires INTEGER)"
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
    """A store cannot be read, and has said so."""


@dataclass(frozen=True)
class CachedLoad:
    """The pages of one load, when the first was asked for, and what for, in words that may be kept."""

    pages: Sequence[Response]
    fetched_at: datetime
    parameters: str = ""


@dataclass(frozen=True)
class CacheEntry:
    """What is known of one stored load."""

    account: str
    resource: str
    parameters: str
    rows: int
    size: int
    fetched_at: datetime
    expires: datetime


class Store:
    """What one account at one service has loaded; in memory only where ``path`` is None."""

    def __init__(self, path: Path | None, account: str) -> None:
        self.path = path
        self._account = account
        self._memory: Pages = {}
        self._memory_lock = threading.Lock()
        self._closed = False
        self._has_warned = False

    def read(self, key: str, *, at_any_age: bool = False) -> CachedLoad | None:
        """Give a load that is stored whole and has not expired; None otherwise.

        Raises
        ------
        StoreUnreadable
            The store cannot be read; to write to it would only mean to wait once more.
        """
        with self._forgiving("read"), self._open(create=False) as pages:
            return _whole(pages, key, at_any_age)
        raise StoreUnreadable

    def write(self, key: str, load: CachedLoad, rows: Sequence[int], lifetime: timedelta) -> None:
        """Replace a load by the one that just came; ``rows`` are its new rows, page by page."""
        if self._closed:
            return
        came, expires = load.fetched_at, load.fetched_at + lifetime
        kept = [self._kept(page, new, came, expires) for page, new in zip(load.pages, rows, strict=True)]
        for first in kept[:1]:
            first.headers[PARAMETERS_HEADER] = load.parameters
        with self._forgiving("written"), self._open(create=True) as pages, _one_transaction(pages):
            for stale in [name for name in list(pages) if name.startswith(f"{key}:")]:
                del pages[stale]
            for number, response in enumerate(kept):
                pages[f"{key}:{number}"] = response
        if self._closed:
            self.clear()  # it was closed meanwhile

    def entries(self) -> list[CacheEntry]:
        """List the loads that are stored."""
        with self._forgiving("read"), self._open(create=False) as pages:
            return _entries(pages)
        return []

    def close(self) -> None:
        """Remove everything that is stored, and store nothing more."""
        self._closed = True
        self.clear()

    def clear(self) -> None:
        """Remove everything that is stored."""
        with self._memory_lock:
            self._memory.clear()
        if self.path is not None:
            remove_file(self.path)
        self._has_warned = False

    @contextmanager
    def _open(self, *, create: bool) -> Iterator[Pages]:
        if self.path is None or not (create or self.path.exists()):
            with self._memory_lock:
                yield self._memory
            return
        _make_private(self.path)
        pages = _opened(self.path)
        try:
            yield pages
        finally:
            pages.close()  # type: ignore[no-untyped-call]

    @contextmanager
    def _forgiving(self, done: str) -> Iterator[None]:
        """Turn a cache that cannot be used into one that holds nothing, and say so once."""
        try:
            yield
        except PROBLEMS as problem:
            if not self._has_warned:
                self._has_warned = True
                warnings.warn(_messages.cache_trouble(done, type(problem).__name__), stacklevel=4)

    def _kept(self, response: Response, rows: int, came: datetime, expires: datetime) -> CachedResponse:
        kept = CachedResponse.from_response(response, created_at=came, expires=expires)
        kept.headers = CaseInsensitiveDict(
            {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
            | {ROWS_HEADER: str(rows), ACCOUNT_HEADER: self._account}
        )
        kept.cookies.clear()
        # The query may hold what a user searched for; the key is a digest of it.
        kept.url = kept.request.url = kept.url.partition("?")[0]
        return kept


def _opened(path: Path) -> _PageTable:
    """Open a store; where others make the same file at this moment, SQLite refuses at once, so try again."""
    begun, tries = time.monotonic(), 0
    while True:
        try:
            return _PageTable(
                path, table_name="responses", serializer=SERIALIZER, busy_timeout=BUSY_TIMEOUT_MS, wal=True
            )
        except sqlite3.OperationalError:
            tries += 1
            if tries > MAX_OPEN_ATTEMPTS or time.monotonic() - begun > BUSY_TIMEOUT_MS / 2_000:
                raise
            time.sleep(0.02)


def store_files(root: Path, services: Collection[str]) -> Iterator[tuple[str, Path]]:
    """List the store files of these services below a cache folder, each with the name of its service."""
    for path in _files(root):
        if path.parent.name in services and _OUR_NAME.fullmatch(path.name):
            yield path.parent.name, path


def unknown_files(root: Path, services: Collection[str]) -> list[Path]:
    """List what lies among the store files and is none: nobody knows what it is, so it is never opened."""
    ours = {path for _, path in store_files(root, services)}
    return [path for path in _files(root) if path not in ours]


def _files(root: Path) -> list[Path]:
    return sorted((root / LAYOUT_VERSION).glob("*/*.sqlite"))


def remove_file(path: Path) -> None:
    """Remove a store file and what SQLite keeps beside it."""
    for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        try:
            if one.is_dir():
                shutil.rmtree(one)
            else:
                one.unlink(missing_ok=True)
        except NotADirectoryError:
            continue
        except OSError as problem:
            raise _messages.cache_stays(one, problem) from None


def _whole(pages: Pages, key: str, at_any_age: bool) -> CachedLoad | None:
    found: list[CachedResponse] = []
    while (page := pages.get(f"{key}:{len(found)}")) is not None:
        found.append(page)
    if not found or len({page.expires for page in found}) > 1:
        return None
    if found[0].is_expired and not at_any_age:
        return None
    return CachedLoad(found, min(page.created_at for page in found))


def _entries(pages: Pages) -> list[CacheEntry]:
    """Sum up the loads, one page in memory at a time."""
    found: dict[str, CacheEntry] = {}
    for name in sorted(name for name in pages if isinstance(name, str)):
        if (page := pages.get(name)) is not None and page.expires is not None:
            key = name.rpartition(":")[0]
            found[key] = _summed(found.get(key), page, page.expires, key.partition(":")[0])
    return list(found.values())


def _summed(so_far: CacheEntry | None, page: CachedResponse, expires: datetime, resource: str) -> CacheEntry:
    rows, size = int(page.headers[ROWS_HEADER]), len(page.content)
    if so_far is None:
        told = [page.headers.get(name, "") for name in (ACCOUNT_HEADER, PARAMETERS_HEADER)]
        return CacheEntry(told[0], resource, told[1], rows, size, page.created_at, expires)
    return replace(
        so_far,
        rows=so_far.rows + rows,
        size=so_far.size + size,
        fetched_at=min(so_far.fetched_at, page.created_at),
        expires=min(so_far.expires, expires),
    )


def _one_transaction(pages: Pages) -> AbstractContextManager[None]:
    return pages.bulk_commit() if isinstance(pages, SQLiteDict) else nullcontext()


def _make_private(path: Path) -> None:
    """Make folder and file for this user alone, before SQLite can make them for everyone."""
    for parent in reversed([one for one in path.parents if not one.exists()]):
        parent.mkdir(mode=0o700, exist_ok=True)
    for ours in (path.parent.parent, path.parent):
        ours.chmod(0o700)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.fchmod(handle, 0o600)  # it may have been there, and open to others
    finally:
        os.close(handle)
