"""What starts fast does not import what is slow to import."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("statement", "slow"),
    [
        ("import pmframes.report", {"matplotlib", "requests", "pmframes._loading.loader"}),
        ("from pmframes._writers.atomic import atomic_write", {"xlsxwriter"}),
    ],
)
def test_is_imported_without(statement: str, slow: set[str]):
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not slow & set(done.stdout.split())
