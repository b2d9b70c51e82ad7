"""That every picture can be read with two categories and with two hundred, whatever their names."""

import warnings
from itertools import combinations

import matplotlib as mpl
import pytest
from matplotlib import pyplot
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from pmframes import plot
from tests.support import frames

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def canvas():
    mpl.use("agg")
    yield
    pyplot.close("all")


def numbered(count):
    """Give awkward names, and then as many others as it takes."""
    return [*frames.AWKWARD, *(f"株式会社 and a long name, number {place}" for place in range(count))][:count]


def square_roles(count):
    granted = [[(line + place) % 3 == 0 for place in range(count)] for line in range(count)]
    return frames.roles(numbered(count), numbered(count), granted)


CROWDS = {
    "people_by_type": lambda count: plot.people_by_type(frames.people(numbered(count))),
    "people_by_type, by": lambda count: plot.people_by_type(
        frames.people(numbered(count), company_name=frames.text(numbered(count))), by="company_name"
    ),
    "people_by_permission": lambda count: plot.people_by_permission(
        frames.many_permissions(count, names=numbered(count))
    ),
    "roles_by_permission": lambda count: plot.roles_by_permission(square_roles(count)),
    "role_differences": lambda count: plot.role_differences(
        frames.roles(numbered(2), numbered(count), [[True] * count, [False] * count]), "r0", "r1"
    ),
    "customers_by_company": lambda count: plot.customers_by_company(
        frames.clients(list(enumerate(numbered(count), 1)))
    ),
    "customers_by_operator": lambda count: plot.customers_by_operator(
        frames.operated_customers(list(enumerate(numbered(count), 1)))
    ),
    "projects_by_customer": lambda count: plot.projects_by_customer(
        frames.projects([(f"p{place}", name) for place, name in enumerate(numbered(count))])
    ),
}


@pytest.mark.parametrize("count", [2, 14, 46, 200])
@pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS)
def test_no_text_lies_on_another_or_off_the_picture(crowd, count):
    axes = crowd(count)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes.figure.canvas.draw()
    written = [one for one in axes.findobj(Text) if one.get_visible() and one.get_text()]
    boxes = [one.get_window_extent() for one in written]
    assert not [pair for pair in combinations(boxes, 2) if _overlap(*pair)]
    picture = axes.figure.bbox.padded(1)
    assert [box for box in boxes if Bbox.union([box, picture]).bounds != picture.bounds] == []


@pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS)
def test_what_is_not_shown_is_grouped_and_said(crowd):
    few, many = (
        [one.get_text() for side in (axes.xaxis, axes.yaxis) for one in side.get_ticklabels()]
        for axes in (crowd(2), crowd(200))
    )
    assert not any(" other " in label for label in few)
    assert any(" other " in label for label in many)
    assert len(many) < 110


def _overlap(one, other):
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1 and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
