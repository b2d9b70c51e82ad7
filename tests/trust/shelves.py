"""The cache files as a stranger finds them: their rows made older, their bytes searched."""

import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec


def files(cache_dir: Path) -> list[Path]:
    """Return the SQLite files that hold loads; at least one, so that no test passes on nothing."""
    found = sorted(cache_dir.rglob("*.sqlite"))
    assert found, "nothing is cached on disk"
    return found


def held(cache_dir: Path) -> bytes:
    """Return every byte below the cache folder, journals too."""
    return b"".join(path.read_bytes() for path in sorted(cache_dir.rglob("*")) if path.is_file())


def age(cache_dir: Path, only: str = "", **by: float) -> None:
    """Make what is stored older, as if the clock had gone on; ``only`` is how the keys of some pages end."""
    passed = timedelta(**by)
    for path in files(cache_dir):
        with closing(sqlite3.connect(path)) as store, store:
            rows = store.execute("SELECT key, value, expires FROM responses WHERE key LIKE ?", (f"%{only}",)).fetchall()
            assert rows
            older = [(_older(value, passed), expires - passed.total_seconds(), key) for key, value, expires in rows]
            store.executemany("UPDATE responses SET value = ?, expires = ? WHERE key = ?", older)


def _older(value: bytes, passed: timedelta) -> bytes:
    kept = msgspec.msgpack.decode(value)
    for name in ("created_at", "expires"):
        kept[name] = (datetime.fromisoformat(kept[name]) - passed).isoformat()
    return msgspec.msgpack.encode(kept)


def told(load: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return what a load gives, and what it warns of."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        frame = load()
    return frame, [str(warning.message) for warning in heard]
