"""People, roles, customers and clients of four services, as pandas DataFrames.

Public names are loaded on first use, so that ``import pmframes`` takes no longer than ``import pandas``, and
``pmframes --help`` takes no longer than ``python --help``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wrapt import register_post_import_hook

# At once: it must see where the top level is.
from pmframes import _contexts as _contexts
from pmframes._text import join_or, unknown_name
from pmframes._version import __version__ as __version__

_FUNCTIONS = {
    "accounts": "_accounts",
    "across": "_accounts.across",
    "check": "_services",
    "connect": "_connect",
    "connections": "_services",
    "customers": "_customers",
    "demo": "_demo",
    "disconnect": "_connect",
    "explore": "_explorer",
    "history": "_history",
    "load_ipython_extension": "_magics",
    "offline": "_contexts",
    "plan": "_plan",
    "plans": "_plan",
    "read_csv": "_reading",
    "read_excel": "_reading",
    "scan": "_accounts.runs",
    "using": "_accounts",
}

__all__ = [
    "accounts",
    "across",
    "cache",
    "check",
    "connect",
    "connections",
    "customers",
    "demo",
    "disconnect",
    "errors",
    "explore",
    "history",
    "offline",
    "outlign",
    "plan",
    "plans",
    "plot",
    "projectmanager",
    "read_csv",
    "read_excel",
    "report",
    "scan",
    "spirii",
    "teamwork",
    "using",
]

if TYPE_CHECKING:
    from pmframes import cache, outlign, plot, projectmanager, report, spirii, teamwork
    from pmframes._accounts import accounts, using
    from pmframes._accounts.across import across
    from pmframes._accounts.runs import scan
    from pmframes._connect import connect, disconnect
    from pmframes._contexts import offline
    from pmframes._customers import customers
    from pmframes._demo import demo
    from pmframes._explorer import explore
    from pmframes._history import history
    from pmframes._plan import plan, plans
    from pmframes._reading import read_csv, read_excel
    from pmframes._services import check, connections


def _load_name(name: str) -> Any:
    if name in _FUNCTIONS:
        value = getattr(import_module(f"pmframes.{_FUNCTIONS[name]}"), name)
        globals()[name] = value
        return value
    if name in __all__:
        return import_module(f"pmframes.{name}")
    raise unknown_name("pm", name, {} if name.startswith("_") else _names_to_suggest())


def _names_to_suggest() -> dict[str, str]:
    """Return the public names of the package and of its modules, each with where it is: pm.people is unknown."""
    found: dict[str, list[str]] = {}
    for module in ("teamwork", "projectmanager", "outlign", "spirii", "report", "cache", "errors"):
        for name in import_module(f"pmframes.{module}").__all__:
            found.setdefault(name, []).append(f"pm.{module}.{name}")
    own = {name: f"pm.{name}" for name in __all__}
    return own | {name: join_or(places) for name, places in found.items() if name not in own}


if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = _load_name

# Every DataFrame has .pm, whether pandas is imported before or after pmframes, by the user or by pmframes.
register_post_import_hook(lambda _: import_module("pmframes._accessor"), "pandas")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
