"""What a notebook shows of pmframes: panels and tables in which no text is run, or set as a formula.

A text is escaped wherever it is put, unless it is ``Markup``: that is HTML already.
"""

from collections.abc import Iterable

from markupsafe import Markup

NO_FORMULAS = "mathjax_ignore tex2jax_ignore"
"""Classes that keep MathJax from setting a name such as $x^$ as a formula."""

_CELL = Markup('style="text-align: left; vertical-align: top"')


def panel(*parts: Markup, style: str = "") -> str:
    """Put parts below each other."""
    page = Markup('<div class="{}" style="{}">{}</div>')
    return str(page.format(NO_FORMULAS, style, Markup("").join(parts)))


def table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> Markup:
    """Make a table of cells."""
    head = _row(Markup('<th scope="col" {}>{}</th>'), heads)
    body = Markup("").join(_row(Markup("<td {}>{}</td>"), line) for line in lines)
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(head, body)


def code(text: str) -> Markup:
    """Set a text as code, in one piece."""
    return Markup('<code style="white-space: nowrap">{}</code>').format(text)


def block(lines: Iterable[str], style: str = "") -> Markup:
    """Set lines as code, below each other."""
    return Markup('<pre style="{}"><code>{}</code></pre>').format(style, "\n".join(lines))


def _row(cell: Markup, texts: Iterable[str]) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup("").join(cell.format(_CELL, text) for text in texts))
