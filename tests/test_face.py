"""The public face: its names, what importing it loads, and that no submodule takes a name away."""

import subprocess
import sys

import pytest

import pmframes as pm

HEAVY = (
    "requests",
    "requests_cache",
    "stamina",
    "matplotlib",
    "ipywidgets",
    "itables",
    "jinja2",
    "werkzeug",
    "tqdm",
)


def _run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_it_loads_nothing_heavy():
    loaded = _run("import pmframes, sys; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)
    assert [name for name in loaded if name.startswith("pmframes")] == ["pmframes"]


@pytest.mark.parametrize("name", pm.__all__)
def test_every_public_name_is_there(name):
    assert getattr(pm, name) is not None
    assert name in dir(pm)


def test_there_are_at_most_18_public_names():
    assert len(pm.__all__) <= 18


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'asana'"):
        _ = pm.asana


@pytest.mark.parametrize("name", ["connect", "disconnect", "connections", "demo", "explore"])
def test_functions_stay_functions_whatever_was_imported(name):
    """A submodule of the same name would replace the function on the package once it is imported."""
    code = (
        "import pkgutil, importlib, pmframes as pm\n"
        "[importlib.import_module(f'pmframes.{one.name}') for one in pkgutil.iter_modules(pm.__path__)]\n"
        f"print(callable(pm.{name}))"
    )
    assert _run(code).strip() == "True"
