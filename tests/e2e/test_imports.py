"""What an import loads, in a fresh Python, and that no submodule replaces a public function."""

import sys
from pathlib import Path

import pytest

from tests.support.processes import run
from tests.support.server import SERVICES

NOT_FOR_LOADING = ("matplotlib", "ipywidgets", "anywidget", "jinja2", "xlsxwriter", "IPython", "werkzeug")
LOADED = """
import sys, pandas
before = set(sys.modules)
{}
print(*sorted(set(sys.modules) - before))
"""


def loaded_modules(code: str, folder: Path) -> list[str]:
    """Return the modules that code loads, other than Python's own and those of pandas."""
    loaded = run(LOADED.format(code), folder=folder, cache=folder / "cache").split()
    return [name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names]


def test_import_loads_nothing_that_takes_time(tmp_path):
    """Here pandas is there already; requests, matplotlib and the like come later."""
    loaded = loaded_modules("import pmframes", tmp_path)
    assert {name.partition(".")[0] for name in loaded} == {"pmframes", "wrapt"}
    parts = ["_accessor", "_contexts", "_fork", "_frames", "_frames.provenance", "_signatures", "_text", "_types"]
    parts += ["_version", "errors"]
    assert [name for name in loaded if name.startswith("pmframes.")] == [f"pmframes.{part}" for part in parts]


@pytest.mark.parametrize("code", [
    "import pmframes, pandas", "import pandas, pmframes", "import pmframes; import pandas.testing",
    "import pmframes as pm; pm.connections()",
])  # fmt: skip
def test_every_frame_has_the_accessor_whoever_imports_pandas_and_when(code, tmp_path):
    shown = run(f"{code}; import pandas as pd; print(pd.DataFrame().pm)", folder=tmp_path, cache=tmp_path / "cache")
    assert shown.startswith("<frame.pm: ")


@pytest.mark.parametrize("words", [(), ("--help",), ("--version",), ("sandbx",)], ids=str)
def test_the_help_of_the_command_line_needs_no_pandas(words, tmp_path):
    code = (
        "import sys\nfrom pmframes._cli import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        "print('loaded:', *{'pandas', 'numpy', 'requests', 'pyarrow', 'msgspec'} & set(sys.modules))"
    )
    assert run(code, folder=tmp_path, cache=tmp_path / "cache").endswith("loaded:\n")


def test_the_services_load_nothing_that_draws_or_serves(tmp_path):
    code = "import pmframes; " + "; ".join(f"pmframes.{service}.SERVICE" for service in SERVICES)
    loaded = loaded_modules(code, tmp_path)
    assert {"requests", *(f"pmframes.{service}" for service in SERVICES)} <= set(loaded)
    packages = ("pmframes._explorer", "pmframes.plot", "pmframes.report", "pmframes._writers", "pmframes.sandbox")
    assert [name for name in loaded if name.startswith((*NOT_FOR_LOADING, *packages))] == []


@pytest.mark.parametrize(("statement", "slow"), [
    ("import pmframes.report", {"matplotlib", "requests", "pmframes._loading.loader"}),
    ("from pmframes._writers.atomic import atomic_write", {"xlsxwriter"}),
])  # fmt: skip
def test_is_imported_without(statement: str, slow: set[str], tmp_path: Path):
    assert not slow & set(loaded_modules(statement, tmp_path))


def test_public_functions_stay_functions_whatever_was_imported(tmp_path):
    """A submodule of the same name would replace the function on the package once it is imported."""
    code = (
        "import pkgutil, importlib, pmframes as pm\n"
        "[importlib.import_module(f'pmframes.{one.name}') for one in pkgutil.iter_modules(pm.__path__)]\n"
        "print(*[name for name in pm.__all__ if callable(getattr(pm, name))])"
    )
    expected = ["accounts", "across", "check", "connect", "connections", "customers", "demo", "disconnect", "explore"]
    expected += ["history", "offline", "plan", "plans", "read_csv", "read_excel", "scan", "using"]
    assert run(code, folder=tmp_path, cache=tmp_path / "cache").split() == expected
