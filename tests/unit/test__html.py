"""HTML for a notebook: text is escaped, and kept from MathJax."""

import pandas as pd
import pytest
from markupsafe import Markup

from pmframes import _html, _magics
from pmframes._connect_hint import ConnectHint

HOSTILE = "<img src=x onerror=alert(1)>'\"&$x^$"
PANEL = '<div class="mathjax_ignore tex2jax_ignore"'


def test_text_is_escaped_wherever_it_is_put():
    table, code = _html.render_table([HOSTILE], [[HOSTILE]]), _html.render_code(HOSTILE)
    html = _html.render_panel(table, code, _html.render_code_block([HOSTILE], HOSTILE), style=HOSTILE)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 6
    assert "'" not in html.replace(PANEL, "")


def test_markup_is_html_already_and_parts_keep_their_order():
    cell = Markup("<b>{}</b>").format("<i>")
    html = _html.render_panel(_html.render_table(["x"], [[cell]]), _html.render_code("y"))
    assert html.index("<b>&lt;i&gt;</b>") < html.index("y</code>")


HINT = ConnectHint("", "", {"spirii": ""}, [])


@pytest.mark.parametrize("shown", [_magics.Help(), _magics.run_line("help people"), pd.DataFrame().pm.source, HINT])
def test_whatever_a_notebook_shows_is_one_panel_that_mathjax_ignores(shown):
    html = shown._repr_html_()
    assert type(html) is str
    assert html.startswith(PANEL)
    assert html.endswith("</div>")
