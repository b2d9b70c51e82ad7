"""What is written to hand on: files, whole and private, and frames as CSV and as Excel workbooks."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pmframes.files.whole import require_writable, write

__all__ = ["csv", "frames", "parquet", "require_writable", "workbook", "write"]

if TYPE_CHECKING:
    from pmframes.files.commas import csv
    from pmframes.files.excel import workbook
    from pmframes.files.snapshot import frames, parquet

# Writing a file needs neither pandas nor xlsxwriter; they are loaded by those who use them.
_FUNCTIONS = {"csv": "commas", "workbook": "excel", "frames": "snapshot", "parquet": "snapshot"}


def _load(name: str) -> Any:
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)


if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded here
    __getattr__ = _load
