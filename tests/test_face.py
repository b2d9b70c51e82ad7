"""The public face: its names, what importing it loads, and that no submodule takes a name away."""

import subprocess
import sys

import pytest

import pmframes as pm

SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")
NOT_FOR_LOADING = ("matplotlib", "ipywidgets", "itables", "jinja2", "xlsxwriter", "IPython", "werkzeug")
LOADED = """
import sys
before = set(sys.modules)
{}
print(*sorted(set(sys.modules) - before))
"""


def _run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def _loaded(code: str) -> list[str]:
    """Give the modules that code loads, other than Python's own."""
    loaded = _run(LOADED.format(code)).split()
    return [name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names]


def test_importing_it_loads_pandas_and_nothing_else_that_takes_time():
    """Pandas, because every frame has ``.pm`` from then on; requests, matplotlib and the like come later."""
    with_pandas = set(_loaded("import pandas"))
    assert [name for name in _loaded("import pmframes") if name not in with_pandas] == [
        "pmframes",
        "pmframes._accessor",
        "pmframes._frames",
        "pmframes._frames.provenance",
        "pmframes._text",
        "pmframes._version",
    ]


def test_a_service_loads_nothing_that_draws_or_serves():
    loaded = _loaded("import pmframes; " + "; ".join(f"pmframes.{service}.SERVICE" for service in SERVICES))
    assert {"requests", "pandas", *(f"pmframes.{service}" for service in SERVICES)} <= set(loaded)
    packages = ("pmframes._explorer", "pmframes.plot", "pmframes.report", "pmframes._writers", "pmframes.sandbox")
    assert [name for name in loaded if name.startswith((*NOT_FOR_LOADING, *packages))] == []


@pytest.mark.parametrize("name", pm.__all__)
def test_every_public_name_is_there(name):
    assert getattr(pm, name) is not None
    assert name in dir(pm)


def test_there_are_at_most_18_public_names():
    assert len(pm.__all__) <= 18


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'asana'"):
        _ = pm.asana


@pytest.mark.slow
@pytest.mark.parametrize("name", ["connect", "disconnect", "connections", "customers", "demo", "explore"])
def test_functions_stay_functions_whatever_was_imported(name):
    """A submodule of the same name would replace the function on the package once it is imported."""
    code = (
        "import pkgutil, importlib, pmframes as pm\n"
        "[importlib.import_module(f'pmframes.{one.name}') for one in pkgutil.iter_modules(pm.__path__)]\n"
        f"print(callable(pm.{name}))"
    )
    assert _run(code).strip() == "True"
