"""Changes between two frames: who joined, who left, and which values changed."""

from __future__ import annotations

from itertools import product
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from pmframes import _messages
from pmframes._analysis.change_texts import with_texts
from pmframes._analysis.common import check_column_names
from pmframes._analysis.comparison import compare
from pmframes._frames.provenance import is_supported, resource_names
from pmframes._signatures import checks_arguments
from pmframes._text import safe_repr
from pmframes._writers.parquet import read_frames
from pmframes.errors import InvalidArgument


@checks_arguments
def changes(before: pd.DataFrame | str | PathLike[str], after: pd.DataFrame | str | PathLike[str]) -> pd.DataFrame:
    """Compare two frames of the same resource: who joined, who left, and what changed.

    Rows are matched by the first of these that both frames have: project_id and person_id (permissions),
    project_id and id (people, members), role_id and permission (role_permissions), service and id
    (portfolio), or id. Values are compared, not dtypes: category or text, int64 or Int64, seconds or
    microseconds, NaN or NA are the same. updated_at, updated_by_id, avatar_url and match, which change by
    themselves, are not compared.

    Parameters
    ----------
    before, after
        What any loader returned, earlier and later; or the path of a parquet file written with
        ``frame.to_parquet(path)`` or by ``pmframes report access-review --save``. From a file with several
        frames, the one is taken that has the resource of the other argument.

    Returns
    -------
    pandas.DataFrame
        Rows that joined, then rows that left, then changed values, in the order of the rows and columns of
        ``after``; empty if nothing changed.

        ==========  ========  ===================================================================
        change      category  joined, left or changed
        project_id  Int64     NA where rows are not matched by project; str where ids are UUIDs
        id          str       the key; a key of two columns joined with a space
        name        str       as in ``after``, else as in ``before``
        column      str       the column that changed; NA for joined or left
        before      str       the value before, NA if it was missing; for left the type, the
                              company and what was granted that matters
        after       str       the value after; for joined as for left
        ==========  ========  ===================================================================

    Raises
    ------
    InvalidArgument
        If an argument is neither a frame nor the path of a parquet file; if the frames have different
        services, resources, accounts or parameters, such as filters or projects (the text of a search, which
        no frame holds, is not compared); if one is not the whole load, because it was filtered afterwards or is
        marked as incomplete; if one has columns that the other lacks, except permissions, which
        count as missing; if there is no key, or rows share one.

    Examples
    --------
    >>> import pandas as pd
    >>> from pmframes.report import changes
    >>> before = pd.DataFrame({"id": [1, 2], "name": ["Ada", "Bo"], "is_admin": [False, False]})
    >>> changes(before, before.assign(is_admin=[True, False]))[["name", "column", "before", "after"]]
      name    column before after
    0  Ada  is_admin     no   yes
    """
    return with_texts(compare(*_read_pair(before, after)))


def read_snapshots(argument: str, snapshots: Any) -> list[pd.DataFrame]:
    """Return one or several frames; paths are read as parquet files, each of which may hold several."""
    listed = snapshots if isinstance(snapshots, list | tuple) and snapshots else [snapshots]
    return [frame for snapshot in listed for frame in _read(argument, snapshot)]


def _read_pair(before: Any, after: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two frames; from files with several frames, the first two of the same resource."""
    old, new = _read("before", before), _read("after", after)
    matching = (pair for pair in product(old, new) if resource_names(pair[0]) == resource_names(pair[1]))
    return next(matching, (old[0], new[0]))


def _read(argument: str, snapshot: Any) -> list[pd.DataFrame]:
    """Return a frame, or those of a parquet file, as a list."""
    frames = _read_file(argument, snapshot) if isinstance(snapshot, str | PathLike) else [snapshot]
    return [_check_snapshot(argument, frame) for frame in frames]


def _read_file(argument: str, snapshot: str | PathLike[str]) -> list[pd.DataFrame]:
    path = Path(snapshot).expanduser()
    remedy = "Pass a file that was written with frame.to_parquet(path), or a frame."
    if not path.is_file():
        reason = "not a file" if path.exists() else "file not found"
        raise InvalidArgument(f"{argument}: {reason}: {path}.", remedy)
    try:
        return [*read_frames(path)]
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise InvalidArgument(f"{argument}: {path} cannot be read as a parquet file.", remedy) from error


def _check_snapshot(argument: str, frame: Any) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgument(
            f"{argument} is {safe_repr(frame)}, not a frame.", "Pass a pandas DataFrame, or the path of a parquet file."
        )
    check_column_names(argument, frame)
    if not is_supported(frame):
        raise _messages.unsupported_provenance(argument)
    return frame
