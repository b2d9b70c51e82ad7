"""Buttons that write what is shown beside the notebook, and one that copies its line of pandas."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from html import escape
from importlib.resources import files as resources
from os import environ
from pathlib import Path
from re import sub
from urllib.parse import quote

import anywidget
import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd
import traitlets

from pmframes import _messages, errors
from pmframes._frames import provenance
from pmframes._text import pluralize
from pmframes._writers.atomic import atomic_write
from pmframes._writers.csv import csv_bytes
from pmframes._writers.excel import workbook_bytes

Rows = Callable[[], pd.DataFrame]

# Browsers refuse an address of more than two megabytes.
MOST_IN_AN_ADDRESS = 1_000_000


class CopyButton(anywidget.AnyWidget):
    """A button that copies ``code`` to the clipboard."""

    _esm = resources("pmframes._explorer").joinpath("copy.js").read_text("utf-8")
    code = traitlets.Unicode().tag(sync=True)


class Exports:
    """Buttons for the rows that are shown, others for those that are ticked, and what they say when done."""

    def __init__(self, shown: Rows, ticked: Rows, untick: Callable[[], None]) -> None:
        self._said = widgets.HTML()
        self._link = widgets.Output()
        self.copy = CopyButton()
        of_shown = [self._button(kind, shown, "") for kind in KINDS]
        of_ticked = [self._button(kind, ticked, "ticked ") for kind in KINDS]
        untick_all = widgets.Button(description="Untick all")
        untick_all.on_click(lambda _: untick())
        self._when_ticked = widgets.HBox([*of_ticked, untick_all]).add_class("pmframes-exports")
        parts = [*of_shown, self.copy, self._when_ticked, self._said, self._link]
        self.widget = widgets.HBox(parts).add_class("pmframes-exports")

    def show(self, any_ticked: bool) -> None:
        """Offer to save the ticked rows where there are any."""
        self._when_ticked.layout.display = None if any_ticked else "none"

    def _button(self, kind: str, rows: Rows, which: str) -> widgets.Button:
        button = widgets.Button(description=f"Save {which}as {kind}")
        button.on_click(lambda _: self._write(rows(), kind, which))
        return button

    def _write(self, frame: pd.DataFrame, kind: str, which: str) -> None:
        rows = pluralize(len(frame), f"{which}row")
        self._say(f"writing {rows} …")
        suffix, made = KINDS[kind]
        try:
            content = made(frame)
            path = atomic_write(_name(f"{_title(frame)} {which}", suffix), content)
        except (errors.PmframesError, OSError) as error:
            said = _messages.describe_os_error(error) if isinstance(error, OSError) else str(error)
            self._say(f'<span role="alert">{escape(said)}</span>')
        else:
            in_voila = environ.get("SERVER_SOFTWARE", "").startswith("voila/")
            named = _for_voila(path, content) if in_voila else ""
            self._say(f'<span role="status">{rows} in {named}</span>', "" if named else _link(path))

    def _say(self, said: str, link: str = "") -> None:
        self._said.value = said
        output = {"output_type": "display_data", "data": {"text/html": link}, "metadata": {}}
        self._link.outputs = (output,) if link else ()


def _link(path: Path) -> str:
    """Link to a file. Only in an output do notebooks take the address for one beside the notebook."""
    return f'<a href="{quote(path.name)}" download>{escape(path.name)}</a>'


def _for_voila(path: Path, content: bytes) -> str:
    """Link to the bytes, as Voila serves no files unless told to; name the file if they are too many."""
    name = escape(path.name)
    if len(content) > MOST_IN_AN_ADDRESS:
        return f"{name}, beside the notebook"
    source = f"data:application/octet-stream;base64,{b64encode(content).decode()}"
    return f'<a href="{source}" download="{name}">{name}</a>'


def _workbook(frame: pd.DataFrame) -> bytes:
    sources = provenance.read_sources(frame)
    source = {"source": provenance.sources_table(sources)} if sources else {}
    return workbook_bytes({_title(frame): frame, **source})


def _title(frame: pd.DataFrame) -> str:
    known = provenance.source_labels(frame)
    return known[0] if len(known) == 1 else "rows"


def _name(title: str, suffix: str) -> Path:
    """Name a file for what it holds and when it was written; a second one of a second gets a number."""
    what = sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    stem = f"pmframes-{what}-{datetime.now():%Y-%m-%d-%H%M%S}"
    names = (Path(f"{stem}{number}.{suffix}") for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


KINDS: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "CSV": ("csv", csv_bytes),
    "Excel": ("xlsx", _workbook),
}
