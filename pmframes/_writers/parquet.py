"""Write frames as parquet, several to a file, so that a later run can compare with them."""

from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path

import pandas as pd
from pyarrow import ArrowException, parquet

from pmframes.errors import InvalidArgument

_METADATA_PREFIX = b"pmframes.frame."


def parquet_bytes(frame: pd.DataFrame, *others: pd.DataFrame) -> bytes:
    """Write a frame as parquet, with its dtypes and attrs; other frames go into the metadata of the file.

    Returns
    -------
    bytes
        The file. ``pd.read_parquet`` reads ``frame`` from it, ``read_frames`` all of them.
    """
    try:
        content, *more = (one.to_parquet() for one in (frame, *others))
    except ArrowException as error:
        raise InvalidArgument(
            "A column has values that a Parquet file cannot hold: several types, or objects.",
            'Convert it, as in frame["x"] = frame["x"].astype(str).',
        ) from error
    if not others:
        return content
    table = parquet.read_table(BytesIO(content))
    metadata = {b"%s%d" % (_METADATA_PREFIX, n): b64encode(other) for n, other in enumerate(more)}
    file = BytesIO()
    parquet.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata}), file)
    return file.getvalue()


def read_frames(path: Path) -> list[pd.DataFrame]:
    """Read all frames that ``parquet_bytes`` wrote to a file; of any other parquet file, its one frame.

    Raises
    ------
    OSError, ValueError, TypeError, NotImplementedError
        If it cannot be read as parquet.
    """
    metadata = parquet.read_metadata(path).metadata or {}
    others = [metadata[name] for name in sorted(metadata) if name.startswith(_METADATA_PREFIX)]
    return [pd.read_parquet(path), *(pd.read_parquet(BytesIO(b64decode(content))) for content in others)]
