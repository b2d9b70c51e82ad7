"""Type checkers see ``frame.pm`` on what loaders return; when a program runs that is a plain DataFrame."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import pmframes as pm

TOP = Path(__file__).parents[2]
LOADERS = [
    getattr(module, name)
    for module in (pm.teamwork, pm.projectmanager, pm.outlign, pm.spirii)
    for name in module.__all__
]


@pytest.mark.slow
def test_mypy_agrees_with_every_line(tmp_path):
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "tests/typing/api.py"]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    found = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout


@pytest.mark.parametrize("loader", [*LOADERS, pm.customers], ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_loaders_say_that_they_return_a_dataframe(loader):
    assert inspect.signature(loader, eval_str=True).return_annotation is pd.DataFrame


def test_what_is_loaded_is_a_plain_dataframe():
    with pm.demo(people=20):
        assert type(pm.teamwork.people()) is pd.DataFrame
        assert type(pm.customers()) is pd.DataFrame
