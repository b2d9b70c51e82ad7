"""The static form of an explorer: what a reader sees where no kernel runs."""

from collections.abc import Iterable
from importlib.resources import files as resources
from typing import Any

from markupsafe import Markup

from pmframes._html import NO_FORMULAS
from pmframes._text import pluralize

MAX_ROWS = 10
# Our own file, and no text of a service.
_STYLE = Markup("<style>") + Markup(resources("pmframes._explorer").joinpath("static.css").read_text("utf-8"))  # noqa: S704
_PAGE = Markup(
    '{style}</style><div class="pmframes-static"><div class="{no_formulas}">'
    "<p><b>{shown:,} of {total:,} rows</b> · {source}{fictional}</p>{filters}{facets}{rows}{note}</div></div>"
)
_TABLE = Markup('<table class="pmframes-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>')


def render_static(view: dict[str, Any], hidden_columns: int) -> str:
    """Render the counts and the first rows of a view as HTML; ``hidden_columns`` are those that are not painted."""
    filters = [chip["text"] for chip in view["chips"]]
    filters += [f"Search: {view['search']}"] if view["search"] else []
    rows = view["rows"][:MAX_ROWS]
    notes = [f"The first {len(rows)} rows."] if view["shown"] > len(rows) else []
    verb = "is" if hidden_columns == 1 else "are"
    hidden = pluralize(hidden_columns, "more column", "more columns")
    notes += [f"{hidden} {verb} not shown."] if hidden_columns > 0 else []
    page = _PAGE.format(
        style=_STYLE,
        no_formulas=NO_FORMULAS,
        shown=view["shown"],
        total=view["total"],
        source=view["source"],
        fictional=" · Fictional data" if view["fictional"] else "",
        filters=Markup("<p>Filters: {}</p>").format(" · ".join(filters)) if filters else "",
        facets=_render_facets(view["facets"]),
        rows=Markup('<div class="pmframes-rows">{}</div>').format(_render_rows(view["columns"], rows)),
        note=Markup("<p>{}</p>").format(" ".join(notes)) if notes else "",
    )
    return str(page)


def _render_facets(facets: Iterable[dict[str, Any]]) -> Markup:
    line = Markup('<tr><th scope="row">{}</th><td>{}</td></tr>')
    values = [(facet["heading"], _describe_facet(facet)) for facet in facets if facet["open"]]
    lines = Markup("").join(line.format(heading, text) for heading, text in values if text)
    return Markup('<table class="pmframes-table"><tbody>{}</tbody></table>').format(lines) if lines else Markup("")


def _describe_facet(facet: dict[str, Any]) -> Markup:
    if facet["kind"] == "values":
        counts = [(value["text"], value["count"], value["checked"]) for value in facet["values"]]
        more = Markup(", and {} more").format(facet["more"]) if facet["more"] else Markup("")
    else:
        counts = [(one["label"], one["count"], False) for one in facet["bins"] if one["count"]]
        counts += [("missing", facet["missing"], facet["missingChecked"])] if facet["missing"] else []
        more = Markup("")
    plain, bold = Markup("{} ({:,})"), Markup("<b>{} ({:,})</b>")
    texts = ((bold if checked else plain).format(_isolate(text), number) for text, number, checked in counts)
    return Markup(", ").join(texts) + more


def _isolate(text: str) -> str:
    """Mark a name off from the number beside it, which one written from right to left would carry away."""
    return text if text.isascii() else f"\u2068{text}\u2069"


def _render_rows(columns: Iterable[dict[str, Any]], rows: Iterable[dict[str, Any]]) -> Markup:
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(one["heading"]) for one in columns)
    cell, line = Markup("<td>{}</td>"), Markup("<tr>{}</tr>")
    body = (line.format(Markup("").join(map(cell.format, row["cells"]))) for row in rows)
    return _TABLE.format(heads, Markup("").join(body))
