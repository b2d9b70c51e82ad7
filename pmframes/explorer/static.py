"""The static form of an explorer: what a reader sees where no kernel runs."""

from collections.abc import Collection, Iterable
from html import escape

import pandas as pd

from pmframes.explorer.filters import Choice
from pmframes.explorer.offers import Offer
from pmframes.explorer.words import choice_label, readable, shown

ROWS = 10
VALUES = 20

# The static form makes room while a live one is in the very next output of the cell.
STYLE = """<style>
.jp-OutputArea-child:has(+ .jp-OutputArea-child .pmframes-live) .pmframes-static { display: none; }
.pmframes-static .pmframes-rows { overflow-x: auto; }
.pmframes-static .pmframes-table { margin: 0.5em 0; border-collapse: collapse; }
.pmframes-static .pmframes-table :is(th, td) { text-align: left; padding: 0.2em 0.6em; vertical-align: top; }
.pmframes-static .pmframes-rows td { white-space: nowrap; }
</style>"""


def static_form(
    kept: pd.DataFrame, status: str, first: list[Offer], rest: list[Offer], chosen: Collection[Choice]
) -> str:
    """Write the first of the kept rows and the counts of every choice as HTML; ``status`` is HTML already."""
    # The two classes keep MathJax from setting a name such as $x^$ as a formula.
    return (
        f'{STYLE}<div class="pmframes-static"><div class="mathjax_ignore tex2jax_ignore">'
        f"<p>{status}</p>{_counts(first, chosen)}{_folded(rest, chosen)}{_rows(kept)}</div></div>"
    )


def _counts(offered: list[Offer], chosen: Collection[Choice]) -> str:
    if not offered:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{_text(offer.column.name)}</th><td>{_values(offer, chosen)}</td></tr>'
        for offer in offered
    )
    return f'<table class="pmframes-table">{rows}</table>'


def _folded(rest: list[Offer], chosen: Collection[Choice]) -> str:
    if not rest:
        return ""
    return f"<details><summary>{len(rest)} more choices</summary>{_counts(rest, chosen)}</details>"


def _values(offer: Offer, chosen: Collection[Choice]) -> str:
    labels = [
        f"<b>{_label(choice, rows)}</b>" if choice in chosen else _label(choice, rows)
        for choice, rows in offer.counts.items()
    ]
    left_out = len(labels) - VALUES
    return ", ".join([*labels[:VALUES], *([f"and {left_out:,} more"] if left_out > 0 else [])])


def _rows(kept: pd.DataFrame) -> str:
    table = readable(kept.head(ROWS))
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in table.itertuples(index=False, name=None))
    grid = f'<table class="pmframes-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    note = f"<p>The first {ROWS} rows.</p>" if len(kept) > ROWS else ""
    return f'<div class="pmframes-rows">{grid}</div>{note}'


def _cells(row: Iterable[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in row)


def _label(choice: Choice, rows: int) -> str:
    return escape(choice_label(choice, rows))


def _text(value: object) -> str:
    return escape(shown(value))
