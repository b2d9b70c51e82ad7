"""`people_by_permission`: what is granted, to whom, and in which order."""

import pytest

from pmframes import plot
from tests.support import frames

from .charts import labels, legend, lengths, title


def test_bars_are_shares_of_people_in_four_segments():
    axes = plot.people_by_permission(frames.permissions())
    assert labels(axes.yaxis) == ["add_tasks", "view_time"]
    assert legend(axes) == ["granted to others", "granted to client users", "not granted", "unknown"]
    assert lengths(axes) == [pytest.approx(one) for one in ([1 / 3, 0], [1 / 3, 0], [0, 1 / 3], [1 / 3, 2 / 3])]
    assert {"2 · 66.7%", "0 · 0.0%"} <= {text.get_text() for text in axes.texts}
    assert title(axes) == ["2 permissions of 3 people", "1 permission is granted to client users"]


def test_permissions_are_in_the_order_of_how_many_have_them():
    names = ["few", "all", "none", "most"]
    granted = [[number < 1, True, False, number < 2] for number in range(3)]
    axes = plot.people_by_permission(frames.permissions(granted, names))
    assert labels(axes.yaxis) == ["all", "most", "few", "none"]
