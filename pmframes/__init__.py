"""People, roles, customers and clients of four services, as pandas DataFrames.

Every public name is loaded on first use, so that ``import pmframes`` costs what ``import pandas`` does: that
comes at once, so that every frame has ``.pm``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pmframes._version import __version__ as __version__

_MODULES = ("cache", "errors", "outlign", "plot", "projectmanager", "report", "spirii", "teamwork")
_FUNCTIONS = {
    "check": "_services",
    "connect": "_services",
    "connections": "_services",
    "customers": "_customers",
    "demo": "_demo",
    "disconnect": "_services",
    "explore": "_explorer",
    "load_ipython_extension": "_magics",
    "offline": "_connections",
}

__all__ = [
    "cache",
    "check",
    "connect",
    "connections",
    "customers",
    "demo",
    "disconnect",
    "errors",
    "explore",
    "offline",
    "outlign",
    "plot",
    "projectmanager",
    "report",
    "spirii",
    "teamwork",
]

if TYPE_CHECKING:
    from pmframes import cache, outlign, plot, projectmanager, report, spirii, teamwork
    from pmframes._connections import offline
    from pmframes._customers import customers
    from pmframes._demo import demo
    from pmframes._explorer import explore
    from pmframes._services import check, connect, connections, disconnect


def _load(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"pmframes.{name}")
    if name in _FUNCTIONS:
        value = getattr(import_module(f"pmframes.{_FUNCTIONS[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pmframes' has no attribute {name!r}")


if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded here
    __getattr__ = _load

# No import statement: every room that asks for the version would be tied to those that draw.
import_module("pmframes._accessor")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
