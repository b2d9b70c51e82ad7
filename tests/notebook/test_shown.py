"""What a notebook shows of pmframes is made in one place: escaped, and kept from MathJax."""

import pandas as pd
import pytest
from markupsafe import Markup

from pmframes import _html, _magics
from pmframes._connect_hint import ConnectHint

HOSTILE = "<img src=x onerror=alert(1)>'\"&$x^$"
PANEL = '<div class="mathjax_ignore tex2jax_ignore"'


def test_a_text_is_escaped_wherever_it_is_put():
    shown = _html.render_panel(_html.render_table([HOSTILE], [[HOSTILE]]), _html.render_code(HOSTILE), style=HOSTILE)
    assert "<img" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 4
    assert "'" not in shown.replace(PANEL, "")


def test_what_is_html_already_stays_so():
    cell = Markup("<b>{}</b>").format("<i>")
    assert "<td" in _html.render_table(["x"], [[cell]])
    assert "<b>&lt;i&gt;</b>" in _html.render_panel(_html.render_table(["x"], [[cell]]))


@pytest.mark.parametrize(
    "shown",
    [
        _magics.Help()._repr_html_(),
        pd.DataFrame().pm.source._repr_html_(),
        ConnectHint("None is.", "One is enough.", {"spirii": ""}, ["PMFRAMES_SPIRII_TOKEN"])._repr_html_(),
    ],
    ids=["help", "source", "panel"],
)
def test_every_piece_is_such_a_panel(shown):
    assert type(shown) is str
    assert shown.startswith(PANEL)
    assert shown.endswith("</div>")
