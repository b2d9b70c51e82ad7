"""The static form of an explorer: what a reader sees where no kernel runs."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files as resources

from pmframes._explorer.facets import Facet, Mask
from pmframes._explorer.offers import Offer
from pmframes._explorer.rows import Rows
from pmframes._explorer.words import as_table, empty_said, readable, value_label, value_text
from pmframes._html import NO_FORMULAS
from pmframes._text import format_label

ROWS = 10
VALUES = 20

# The static form makes room while a live one is in the very next output of the cell.
STYLE = f"<style>\n{resources('pmframes._explorer').joinpath('static.css').read_text('utf-8')}</style>"


def static_form(status: str, offer: Offer, rows: Rows, picture: str, empty: Mask) -> str:
    """Write counts, picture and the first rows as HTML; ``status`` and ``picture`` are HTML already.

    ``empty`` says of each column whether it has no value at all, and is only named.
    """
    permissions = [flag for flag in offer.permissions if flag.column.label in rows.state.choices]
    more = f"<details><summary>{len(offer.rest)} more columns</summary>{_counts(offer.rest, rows)}</details>"
    folded = more if offer.rest else ""
    return (
        f'{STYLE}<div class="pmframes-static"><div class="{NO_FORMULAS}">'
        f"<p>{status}</p>{_counts([*permissions, *offer.first], rows)}"
        f"{folded}{picture}{_rows(rows, empty)}</div></div>"
    )


def _counts(facets: Sequence[Facet], rows: Rows) -> str:
    if not facets:
        return ""
    lines = "".join(
        f'<tr><th scope="row">{escape(format_label(facet.column.name))}</th><td>{_values(facet, rows)}</td></tr>'
        for facet in facets
    )
    return f'<table class="pmframes-table">{lines}</table>'


def _values(facet: Facet, rows: Rows) -> str:
    chosen = rows.state.choices.get(facet.column.label, ())
    labels = []
    for value, count in rows.offered(facet):
        label = escape(value_label(value_text(facet, value), count))
        labels.append(f"<b>{label}</b>" if value in chosen else label)
    left_out = len(labels) - VALUES
    return ", ".join([*labels[:VALUES], *([f"and {left_out:,} more"] if left_out > 0 else [])])


def _rows(rows: Rows, empty: Mask) -> str:
    first = rows.frame.head(ROWS)
    note = f"<p>The first {ROWS} rows.</p>" if rows.count > ROWS else ""
    left_out = f"<p>Left out, {escape(empty_said(list(first.columns[empty])))}.</p>" if empty.any() else ""
    return f'<div class="pmframes-rows">{as_table(readable(first.loc[:, ~empty]))}</div>{note}{left_out}'
