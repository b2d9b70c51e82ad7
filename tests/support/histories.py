"""Histories of hand-made frames: people and permissions over some weeks."""

import random
from pathlib import Path

import pandas as pd

import pmframes as pm

from . import frames

URL = "https://acme.teamwork.com"


def week(number: int, make=frames.people, *, account="acme", params=None, **columns) -> pd.DataFrame:
    """Return a frame that was fetched on a Monday of January 2026; a person more each week."""
    rows = make(("account",) * (number + 3), **columns) if make is frames.people else make(**columns)
    return dated(rows, f"2026-01-{7 * number - 2:02d}T08:00:00+00:00", account=account, params=params or {})


def dated(frame: pd.DataFrame, fetched_at: str, **source) -> pd.DataFrame:
    """Return a frame as a loader would have returned it at that time."""
    frame = frame.copy()
    own = {"url": URL, "account": "acme", "fictional": False, "fetched_at": fetched_at, "rows": len(frame), **source}
    frame.attrs = {**frame.attrs, "pmframes": {**frame.attrs["pmframes"], **own}}
    return frame


def tamper(chance: random.Random, folder: Path) -> str:
    """Flip a bit of any file of a history; return the name of the file."""
    paths = sorted(path for path in folder.iterdir() if path.stat().st_size)
    path = chance.choices(paths, [path.stat().st_size for path in paths])[0]
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return path.name


def problems(folder: Path, head: str | None = None) -> list[str]:
    """Return the categories of the problems that verify finds."""
    return pm.history(folder).verify(head)["problem"].tolist()
