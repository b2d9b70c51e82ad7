"""Files of the rows that are shown or selected, written beside the notebook."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pmframes._frames import provenance
from pmframes._writers.atomic import atomic_write
from pmframes._writers.csv import csv_bytes
from pmframes._writers.excel import workbook_bytes
from pmframes._writers.parquet import parquet_bytes
from pmframes.errors import InvalidArgument


def export(frame: pd.DataFrame, file_format: str, which: str) -> Path:
    """Write the rows to a new file in the working directory; ``which`` are the rows, "shown" or "selected"."""
    suffix, to_bytes = FORMATS[file_format]
    try:
        content = to_bytes(frame)
    except pa.ArrowException:
        raise InvalidArgument(f"A column has values that {file_format} cannot hold.", "Export CSV or Excel.") from None
    return atomic_write(_new_path(f"{_title(frame)} {'selected' if which == 'selected' else ''}", suffix), content)


def _workbook(frame: pd.DataFrame) -> bytes:
    sources = provenance.read_sources(frame)
    source = {"source": provenance.sources_table(sources)} if sources else {}
    return workbook_bytes({_title(frame): frame, **source})


def _title(frame: pd.DataFrame) -> str:
    labels = provenance.source_labels(frame)
    return labels[0] if len(labels) == 1 else "rows"


def _new_path(title: str, suffix: str) -> Path:
    """Name a file for what it holds and when it was written; a second one of a second gets a number."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    stem = f"pmframes-{words}-{datetime.now():%Y-%m-%d-%H%M%S}"
    names = (Path(f"{stem}{number}.{suffix}") for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


FORMATS: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "CSV": ("csv", csv_bytes),
    "Excel": ("xlsx", _workbook),
    "Parquet": ("parquet", parquet_bytes),
}
