"""Build HTML for a notebook, from text that is escaped unless it is ``Markup``, which is HTML already."""

from collections.abc import Iterable

from markupsafe import Markup

NO_FORMULAS = "mathjax_ignore tex2jax_ignore"
"""Classes that keep MathJax from rendering a name such as $x^$ as a formula."""

_CELL = Markup('style="text-align: left; vertical-align: top"')


def render_panel(*parts: Markup, style: str = "") -> str:
    """Build a panel of parts below each other."""
    page = Markup('<div class="{}" style="{}">{}</div>')
    return str(page.format(NO_FORMULAS, style, Markup("").join(parts)))


def render_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Markup:
    """Build a table from texts."""
    head = _render_row(Markup('<th scope="col" {}>{}</th>'), headings)
    body = Markup("").join(_render_row(Markup("<td {}>{}</td>"), row) for row in rows)
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(head, body)


def render_code(text: str) -> Markup:
    """Build inline code that is never wrapped."""
    return Markup('<code style="white-space: nowrap">{}</code>').format(text)


def render_code_block(lines: Iterable[str], style: str = "") -> Markup:
    """Build a block of code."""
    return Markup('<pre style="{}"><code>{}</code></pre>').format(style, "\n".join(lines))


def _render_row(cell: Markup, texts: Iterable[str]) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup("").join(cell.format(_CELL, text) for text in texts))
