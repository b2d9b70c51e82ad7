"""Frames as they are, to be compared with later ones."""

from io import BytesIO

import pandas as pd


def parquet(frame: pd.DataFrame) -> bytes:
    """Write a frame as parquet, with its dtypes and its attrs.

    Returns
    -------
    bytes
        The file, which ``pd.read_parquet`` and ``pm.report.changes`` read.
    """
    target = BytesIO()
    frame.to_parquet(target)
    return target.getvalue()
