"""The same seed gives the same bytes: over every call, in two processes that hash differently."""

import os
import subprocess
import sys

import pytest

from .specifications import HERE, VENDORS


def digests(seed, hashing, *options):
    command = [sys.executable, "-m", "tests.contract.digest", str(seed), *options]
    environment = os.environ | {"PYTHONHASHSEED": str(hashing), "TZ": "Asia/Tokyo" if hashing % 2 else "UTC"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=HERE.parents[1], env=environment, **pipes)


@pytest.mark.skipif(not VENDORS.exists(), reason=f"the vendors' specifications are not here: {VENDORS}")
def test_the_same_seed_gives_the_same_bytes_and_the_sandbox_prints_nothing():
    running = [digests(7, 1), digests(7, 2), digests(8, 1, "few")]
    outputs = [process.communicate(timeout=300) for process in running]
    first, second, other = [output.splitlines() for output, _ in outputs]
    assert [process.returncode for process in running] == [0] * 3
    assert not any(errors for _, errors in outputs)
    assert len(first) > 1000
    assert first == second
    same = {line.split()[0] for line in first} & {line.split()[0] for line in other}
    # Empty lists and refusals name nobody.
    assert len(same) < len(other) / 2
