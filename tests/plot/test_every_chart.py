"""What holds for every chart: its arguments, its settings, and that names from a service are only text."""

import warnings
from inspect import isfunction, signature
from itertools import combinations

import matplotlib as mpl
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from pmframes import errors, plot, report
from tests.support import frames

from .charts import CHARTS, NAMED, labels, texts

WITHOUT_CHART = {"access_review", "changes", "customer_portfolio", "findings"}
SUMMARIES = [name for name in report.__all__ if isfunction(getattr(report, name)) and name not in WITHOUT_CHART]
NAMES = [*frames.AWKWARD, "", " ", "zero width \u200d joiner", "🚀", "𝖲𝖺𝗇𝗌"]
each_chart = pytest.mark.parametrize(("draw", "make"), CHARTS.values(), ids=CHARTS)
each_chart_with_names = pytest.mark.parametrize("draw", NAMED.values(), ids=NAMED)


@each_chart
class TestEveryChart:
    def test_says_when_the_data_are_fictional(self, draw, make):
        frame = make()
        assert any("fictional data" in text for text in texts(draw(frame)))
        frame.attrs = {}
        assert not any("fictional" in text for text in texts(draw(frame)))

    def test_draws_on_the_given_axes(self, draw, make):
        axes = Figure().subplots(1, 2)[1]
        assert draw(make(), ax=axes) is axes
        assert not pyplot.get_fignums()

    def test_makes_one_figure_and_changes_no_setting(self, draw, make):
        backend, settings = mpl.get_backend(), dict(mpl.rcParams)
        axes = draw(make())
        assert pyplot.get_fignums() == [axes.figure.number]
        assert (mpl.get_backend(), dict(mpl.rcParams)) == (backend, settings)

    def test_refuses_what_is_not_a_frame_or_not_axes(self, draw, make):
        with pytest.raises(errors.InvalidArgument, match="DataFrame"):
            draw([1])
        with pytest.raises(errors.InvalidArgument, match="Axes"):
            draw(make(), ax="here")

    def test_no_text_is_parsed_as_a_formula(self, draw, make):
        with mpl.rc_context({"text.parse_math": True}):
            axes = draw(make())
            found = [*axes.get_yticklabels(), *axes.get_xticklabels(), *axes.texts, axes.xaxis.label]
            found += axes.get_legend().get_texts() if axes.get_legend() else []
        assert not any(text.get_parse_math() for text in found if text.get_text())


# No roles have no two roles to compare.
@pytest.mark.parametrize("name", sorted(CHARTS.keys() - {"role_differences"}))
def test_a_chart_of_no_rows_says_so(name, tmp_path):
    draw, make = CHARTS[name]
    axes = draw(make()[:0])
    assert "No data" in texts(axes)
    assert axes.get_title(loc="left").startswith("There are no ")
    assert drawn(axes, tmp_path)


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_chart_has_the_arguments_of_its_summary_and_ax(name):
    of_summary = signature(getattr(report, name)).parameters.values()
    *shared, last = signature(getattr(plot, name)).parameters.values()
    assert shared == list(of_summary)
    assert (last.name, last.default, last.kind) == ("ax", None, last.POSITIONAL_OR_KEYWORD)
    assert name in CHARTS


def test_every_summary_has_a_chart():
    assert sorted(plot.__all__) == sorted(SUMMARIES)


def drawn(axes, folder):
    """Draw on files, where a warning is an error, and give the size of one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for suffix in ("png", "svg"):
            axes.figure.savefig(folder / f"chart.{suffix}")
    return (folder / "chart.png").stat().st_size


# No chart shows more names of its own: the others are grouped.
@pytest.mark.slow
@pytest.mark.parametrize("names", [NAMES[first : first + 5] for first in range(0, len(NAMES), 5)], ids=len)
@each_chart_with_names
def test_any_name_is_drawn_without_a_warning(draw, names, tmp_path):
    assert drawn(draw(names), tmp_path)


def numbered(count):
    """Give names that are hard to draw, and then as many others as it takes."""
    return [*frames.AWKWARD, *(f"株式会社 and a long name, number {number}" for number in range(count))][:count]


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 14, 46, 200])
@each_chart_with_names
def test_no_text_overlaps_another_or_is_cut_off(draw, count):
    axes = draw(numbered(count))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes.figure.canvas.draw()
    written = [text for text in axes.findobj(Text) if text.get_visible() and text.get_text()]
    boxes = [text.get_window_extent() for text in written]
    assert not [pair for pair in combinations(boxes, 2) if _overlap(*pair)]
    whole = axes.figure.bbox.padded(1)
    assert [box for box in boxes if Bbox.union([box, whole]).bounds != whole.bounds] == []


def _overlap(one, other):
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1 and min(one.y1, other.y1) - max(one.y0, other.y0) > 1


@pytest.mark.slow
@each_chart_with_names
def test_only_what_does_not_fit_is_grouped(draw):
    few, many = (
        [*labels(axes.xaxis), *labels(axes.yaxis), *axes.get_xlabel().splitlines()]
        for axes in (draw(numbered(2)), draw(numbered(200)))
    )
    assert not any(" other " in label for label in few)
    assert any(" other " in label for label in many)
    assert len(many) < 110
