"""What holds for a few examples while one writes holds for many in CI, and for others where one searches."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROPERTIES = "hypothesis and not slow and not soak"


@pytest.mark.parametrize(
    "profile", [pytest.param("many", marks=pytest.mark.slow), pytest.param("others", marks=pytest.mark.soak)]
)
def test_every_property(profile, tmp_path):
    """``few``, ``many`` and ``others`` are in conftest.py; a test whose examples are large draws a share."""
    # This runs in a worker of pytest-xdist, which that one is not to take itself for.
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # One process: the other worker has work.
    options = ["-n", "0", "-p", "no:cacheprovider", "-m", PROPERTIES, f"--hypothesis-profile={profile}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--basetemp={tmp_path / 'inside'}", "tests"],
        cwd=Path(__file__).parent.parent,
        env=given,
        capture_output=True,
        text=True,
        timeout=7200,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
