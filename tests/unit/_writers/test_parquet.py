"""`parquet_bytes` and `read_frames`: frames come back from one file with their dtypes and attrs."""

from pathlib import Path

import pandas as pd

from pmframes._writers.parquet import parquet_bytes, read_frames
from tests.support import frames

FRAMES = [frames.people(), frames.roles(), frames.clients(), frames.plain_customers()]


def test_frames_come_back_and_pandas_reads_the_first(tmp_path: Path):
    path = tmp_path / "kept.parquet"
    for count in (1, 2, 4):
        path.write_bytes(parquet_bytes(*FRAMES[:count]))
        found = read_frames(path)
        assert len(found) == count
        for kept, frame in zip([*found, pd.read_parquet(path)], [*FRAMES[:count], FRAMES[0]], strict=True):
            assert kept.attrs == frame.attrs
            pd.testing.assert_frame_equal(frames.retyped(kept, frame), frame)


def test_reads_a_file_that_pandas_wrote(tmp_path: Path):
    path = tmp_path / "kept.parquet"
    FRAMES[0].to_parquet(path)
    (found,) = read_frames(path)
    pd.testing.assert_frame_equal(frames.retyped(found, FRAMES[0]), FRAMES[0])
