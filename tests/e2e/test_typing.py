"""Type checkers see ``frame.pm`` on what loaders return, and no misspelt name."""

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
EXAMPLES = Path(__file__).with_name("typing_examples.py")


def test_mypy_agrees_with_every_line(tmp_path):
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(EXAMPLES)]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    checked = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
