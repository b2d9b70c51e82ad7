"""Pictures of the summaries, one for each, of the same name.

Each takes the frame its summary takes, draws the summary, and returns the Axes: on the one given, or on a new
figure of fitting size. Text from a service is drawn as it is, never read as a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from textwrap import fill
from typing import Any
from unicodedata import east_asian_width

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine

from pmframes import errors, report
from pmframes.frames.provenance import is_fictional
from pmframes.report.pictures import remember_sources
from pmframes.report.summaries import NONE
from pmframes.report.tables import percent

# Three that the colour-blind tell apart, of Okabe and Ito.
_BLUE, _RED, _GREY = "#0072B2", "#D55E00", "#8C8C8C"
_MARKS: dict[str, dict[str, Any]] = {
    "granted": {"marker": "s", "s": 90, "facecolor": _BLUE, "edgecolor": _BLUE},
    "not granted": {"marker": "_", "s": 40, "facecolor": _GREY},
    "not sent": {"marker": "X", "s": 80, "facecolor": "none", "edgecolor": _RED},
}
_COMPANIES = 15
_LABEL_WIDTH = 36
_MISSING_GLYPH = "□"
_CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans JP",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
)


def people_by_type(people: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many people there are of each type.

    Parameters
    ----------
    people
        As for ``pm.report.people_by_type``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per type, with its number of rows and its share.

    Raises
    ------
    InvalidArgument
        If ``people`` is not a frame, or lacks a column.
    """
    table = report.people_by_type(people)
    if people.empty:
        return _nothing(ax, "There are no people in this frame", people)
    types = table.iloc[:-1]
    axes = _axes(ax, width=9, height=1.5 + 0.45 * len(types))
    names, counts, shares = types.index.tolist(), types["people"].tolist(), types["share"].tolist()
    texts = [f"{count:,} · {percent(share)}" for count, share in zip(counts, shares, strict=True)]
    _bars(axes, [_short(name) for name in names], counts, texts, [name != NONE for name in names])
    _title(axes, _type_sentence(names, counts))
    return _finish(axes, _people_notes(people, table), people)


def roles_by_permission(roles: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw which role grants which permission.

    Parameters
    ----------
    roles
        As for ``pm.report.roles_by_permission``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One line per permission and one column per role: a full square where it is granted, a dash where it
        is not, a hollow cross where the service did not say.

    Raises
    ------
    InvalidArgument
        If ``roles`` is not a frame, or has no id or no name.
    """
    table = report.roles_by_permission(roles)
    cells = table.drop(columns=["description", "roles", "fixed"])
    if cells.empty:
        return _nothing(ax, "There are no roles with permissions in this frame", roles)
    axes = _axes(ax, width=max(8, 5 + 0.32 * cells.shape[1]), height=3 + 0.28 * len(cells))
    _marks(axes, cells)
    _ticks(axes, "y", [f"{_short(name)}  ({count})" for name, count in table["roles"].items()])
    _ticks(axes, "x", [_short(name, 24) for name in cells], rotation=90)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    holders = _count(cells.shape[1], "role holds", "roles hold")
    _title(axes, f"{holders} {table['roles'].sum():,} of {cells.size:,} possible permissions")
    return _finish(axes, ["in brackets: how many roles grant it"], roles)


def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Draw the companies with the most customers.

    Parameters
    ----------
    customers
        As for ``pm.report.customers_by_company``.
    ax
        Where to draw; without it, on a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each of the largest companies, one for all others together, one for the customers without
        a company. With several services, the service is written before each name.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of them, or one lacks the columns of its company.
    """
    table = report.customers_by_company(customers)
    frames = [customers] if isinstance(customers, pd.DataFrame) else customers
    if table.empty:
        return _nothing(ax, "There are no customers in this frame", *frames)
    none = table["company_id"].isna() & (table["company_name"] == NONE)
    companies = table[~none].sort_values("customers", ascending=False, kind="stable")
    bars = _company_bars(companies, table[none], several=table["service"].nunique(dropna=False) > 1)
    axes = _axes(ax, width=9, height=1.5 + 0.32 * len(bars))
    labels, counts, one_company = map(list, zip(*bars, strict=True))
    _bars(axes, labels, counts, [f"{count:,}" for count in counts], one_company)
    _title(axes, *_company_sentences(companies, int(table["customers"].sum())))
    return _finish(axes, [], *frames)


def _type_sentence(types: list[str], counts: list[int]) -> str:
    most = int(np.argmax(counts))
    of_type = "have no type" if types[most] == NONE else f"are of type {_short(types[most])}"
    return f"{percent(counts[most] / sum(counts))} of {_count(sum(counts), 'person', 'people')} {of_type}"


def _people_notes(people: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    measures = table.drop(columns=["people", "share"]).iloc[-1]
    among = [f"{count:,} {str(name).replace('_', ' ')}" for name, count in measures.items() if count]
    repeated = "id" in people and people["id"].duplicated().any()
    return [
        *([f"among them {', '.join(among)}"] if among else []),
        *(["someone on several projects counts once for each"] if repeated else []),
    ]


def _company_bars(companies: pd.DataFrame, none: pd.DataFrame, several: bool) -> list[tuple[str, int, bool]]:
    """Give label, number and whether it is one company, for each bar."""
    shown = len(companies) if len(companies) <= _COMPANIES + 1 else _COMPANIES
    others = companies[shown:]
    rest = (f"{len(others):,} other companies", int(others["customers"].sum()), False)
    return [
        *(_company_bar(row, several, one=True) for row in companies[:shown].itertuples()),
        *([] if others.empty else [rest]),
        *(_company_bar(row, several, one=False) for row in none.itertuples()),
    ]


def _company_bar(company: Any, several: bool, one: bool) -> tuple[str, int, bool]:
    name = company.company_id if pd.isna(company.company_name) else company.company_name
    service = "service not known" if pd.isna(company.service) else company.service
    label = f"{service} · {_short(name)}" if several else _short(name)
    return label, int(company.customers), one


def _company_sentences(companies: pd.DataFrame, total: int) -> list[str]:
    if companies.empty:
        return [f"{_count(total, 'customer')}, none in a company"]
    within = int(companies["customers"].sum())
    places = _count(len(companies), "company", "companies")
    where = f" in {places}" if within == total else f": {within:,} in {places}, {total - within:,} in none"
    largest, count, _ = _company_bar(next(companies.itertuples()), several=False, one=True)
    return [f"{_count(total, 'customer')}{where}", f"The largest is {largest} with {count:,}"]


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    if ax is None:
        # pyplot shows the figure in a notebook, and is the slow part of matplotlib.
        from matplotlib import pyplot

        layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
        return pyplot.subplots(figsize=(width, height), layout=layout)[1]
    if not isinstance(ax, Axes):
        raise errors.wrong_kind("ax", ax, "a matplotlib Axes, or nothing")
    return ax


def _bars(axes: Axes, labels: list[str], counts: list[int], texts: list[str], plain: list[bool]) -> None:
    bars = axes.barh(range(len(counts)), counts, height=0.7, color=[_BLUE if one else _GREY for one in plain])
    axes.bar_label(bars, texts, padding=5, **_plain())
    axes.margins(x=0.2)
    axes.set_ylim(len(counts) - 0.4, -0.6)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
    _ticks(axes, "y", labels)


def _marks(axes: Axes, cells: pd.DataFrame) -> None:
    sent, granted = cells.notna().to_numpy(), cells.fillna(False).to_numpy(dtype=bool)
    for name, where in {"granted": granted, "not granted": sent & ~granted, "not sent": ~sent}.items():
        lines, columns = where.nonzero()
        axes.scatter(columns, lines, label=f"{name} ({len(lines):,})", **_MARKS[name])
    axes.set_xlim(-0.6, cells.shape[1] - 0.4)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.grid(visible=True, alpha=0.25)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0), ncols=3, frameon=False)


def _ticks(axes: Axes, side: str, labels: Sequence[str], **style: Any) -> None:
    axis = axes.yaxis if side == "y" else axes.xaxis
    axis.set_ticks(range(len(labels)), labels, **style, **_plain())


def _title(axes: Axes, *sentences: str) -> None:
    lines = "\n".join(fill(sentence, 60) for sentence in sentences)
    axes.set_title(lines, loc="left", fontsize="large", fontweight="bold", pad=12, **_plain())


def _nothing(ax: Axes | None, sentence: str, *frames: pd.DataFrame) -> Axes:
    axes = _axes(ax, width=9, height=2)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, "nothing to show", ha="center", va="center", transform=axes.transAxes, **_plain())
    _title(axes, sentence)
    return _finish(axes, [], *frames)


def _finish(axes: Axes, notes: list[str], *frames: pd.DataFrame) -> Axes:
    told = ["fictional data", *notes] if is_fictional(*frames) else notes
    # Below the legend, where there is one.
    pad = 8 if axes.get_legend() is None else 30
    axes.set_xlabel("\n".join(told), loc="left", labelpad=pad, linespacing=1.5, **_plain())
    remember_sources(axes, *frames)
    return axes


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _short(text: object, width: int = _LABEL_WIDTH) -> str:
    """Bring a text onto one line of at most ``width`` columns (a Chinese character takes two)."""
    line = _drawable(" ".join(str(text).split()))
    ends = np.cumsum([2 if east_asian_width(one) in "WF" else 1 for one in line])
    return line if not len(ends) or ends[-1] <= width else line[: int((ends < width).sum())].rstrip() + "…"


def _drawable(text: str) -> str:
    """Put a box where no font has the character, as matplotlib does, but without a warning for each."""
    glyphs = _glyphs(_families())
    return "".join(one if ord(one) in glyphs else _MISSING_GLYPH for one in text)


def _plain() -> dict[str, Any]:
    return {"parse_math": False, "usetex": False, "fontfamily": _families()}


def _families() -> tuple[str, ...]:
    return (*mpl.rcParams["font.family"], *_cjk_fonts())


@cache
def _cjk_fonts() -> tuple[str, ...]:
    installed = set(font_manager.get_font_names())
    return tuple(name for name in _CJK_FONTS if name in installed)


@cache
def _glyphs(families: tuple[str, ...]) -> frozenset[int]:
    files = {font_manager.findfont(FontProperties(family=[one])) for one in families}
    return frozenset(code for file in files for code in FT2Font(file).get_charmap())
