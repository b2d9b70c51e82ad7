"""Keeping a frame: its file, unless an earlier one has the same rows, and what its line says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from pyarrow import ArrowException

from pmframes._frames.provenance import Source
from pmframes._history.folder import HistoryFolder
from pmframes._history.snapshots import Snapshot, kind_of
from pmframes._writers.frame_tables import to_table
from pmframes._writers.hash_chain import Head
from pmframes.errors import InvalidArgument


def write_snapshot(
    folder: HistoryFolder, label: str, frame: pd.DataFrame, source: Source, head: Head, snapshots: Sequence[Snapshot]
) -> Snapshot:
    """Write the file of a frame, and describe it."""
    kind, now, number = kind_of(source), datetime.now(UTC), head.line + 1
    last = next((one for one in reversed(snapshots) if one.kind == kind), None)
    try:
        table = to_table(frame)
    except (ArrowException, ValueError, TypeError):
        # What they say may repeat a value.
        raise InvalidArgument(
            f"{label} has a column that Parquet cannot hold.", "Keep the frame as the loader returned it."
        ) from None
    file, base = folder.write_table(f"{number:06d}-{source.service}.{source.resource}.parquet", table, last)
    fetched: Any = source.fetched_at
    is_older = last is not None and fetched < last.fetched
    return Snapshot(
        number=number,
        kept_at=now,
        fetched_at=str(source.entry["fetched_at"]),
        service=str(source.service),
        url=str(source.url),
        account=str(source.account),
        resource=str(source.resource),
        params=source.params,
        rows=len(frame),
        fictional=bool(source.fictional),
        clock_set_back=is_older or (bool(snapshots) and now < snapshots[-1].kept_at),
        file=file,
        base=base,
    )
