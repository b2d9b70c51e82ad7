"""The cache as a stranger finds it: its files, their bytes, and rows made older than they are."""

import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from pmframes._http.store import CHECKSUM_BYTES, KEY_FILE, checksum


def files(cache_dir: Path) -> list[Path]:
    """Return the SQLite files that hold loads; at least one, so that no test passes on nothing."""
    found = sorted(cache_dir.rglob("*.sqlite"))
    assert found, "nothing is cached on disk"
    return found


def stored_bytes(cache_dir: Path) -> bytes:
    """Return every byte below the cache folder, journals and file names included."""
    found = sorted(path for path in cache_dir.rglob("*") if path.is_file())
    return b"\n".join([str(path.relative_to(cache_dir)).encode() + b"\n" + path.read_bytes() for path in found])


def store_of(cache_dir: Path, service: str) -> Path:
    """Return the one file that holds a service's loads."""
    [path] = (cache_dir / "v2" / service).glob("*.sqlite")
    return path


def spoil(path: Path) -> None:
    """Let a file begin like a database, and be none."""
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)


def make_older(cache_dir: Path, only: str = "", **by: float) -> None:
    """Make what is stored older, as if the clock had gone on; ``only`` is how the keys of some pages end."""
    passed = timedelta(**by)
    for path in files(cache_dir):
        with closing(sqlite3.connect(path)) as store, store:
            rows = store.execute("SELECT key, value, expires FROM responses WHERE key LIKE ?", (f"%{only}",)).fetchall()
            assert rows
            secret = (path.parents[1] / KEY_FILE).read_bytes()
            older = [
                (_older(secret, key, value, passed), expires - passed.total_seconds(), key)
                for key, value, expires in rows
            ]
            store.executemany("UPDATE responses SET value = ?, expires = ? WHERE key = ?", older)


def _older(secret: bytes, key: str, value: bytes, passed: timedelta) -> bytes:
    kept = msgspec.msgpack.decode(value[CHECKSUM_BYTES:])
    for name in ("created_at", "expires"):
        kept[name] = (datetime.fromisoformat(kept[name]) - passed).isoformat()
    data = msgspec.msgpack.encode(kept)
    return checksum(secret, key, data) + data


def warnings_of(load: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return what a load returns, and the warnings that it shows."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = load()
    return frame, [str(warning.message) for warning in caught]
