"""Frames as they are, to be compared with later ones."""

from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path

import pandas as pd
from pyarrow import parquet as arrow

_OTHER = b"pmframes.frame."


def parquet_bytes(frame: pd.DataFrame, *others: pd.DataFrame) -> bytes:
    """Write a frame as parquet, with its dtypes and its attrs; other frames go into the file's metadata.

    Returns
    -------
    bytes
        The file, which ``pd.read_parquet`` reads as ``frame``, and ``frames`` as all of them.
    """
    content = _plain(frame)
    if not others:
        return content
    table = arrow.read_table(BytesIO(content))
    kept = {b"%s%d" % (_OTHER, place): b64encode(_plain(one)) for place, one in enumerate(others)}
    target = BytesIO()
    arrow.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **kept}), target)
    return target.getvalue()


def read_frames(path: Path) -> list[pd.DataFrame]:
    """Read the frames of a file: one, or all that ``parquet`` wrote.

    Raises
    ------
    OSError, ValueError, TypeError, NotImplementedError
        If it cannot be read as parquet.
    """
    kept = arrow.read_metadata(path).metadata or {}
    others = [kept[name] for name in sorted(kept) if name.startswith(_OTHER)]
    return [pd.read_parquet(path), *(pd.read_parquet(BytesIO(b64decode(one))) for one in others)]


def _plain(frame: pd.DataFrame) -> bytes:
    target = BytesIO()
    frame.to_parquet(target)
    return target.getvalue()
