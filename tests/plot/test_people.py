"""`people_by_type`: bars, segments and the title."""

from pmframes import plot
from tests.support import frames

from .charts import labels, legend, lengths, texts


def test_bars_have_counts_and_shares():
    shown = texts(plot.people_by_type(frames.many_people()))
    assert "827 · 68.9%" in shown
    assert "68.9% of 1,200 people have full accounts" in shown
    assert any("including 36 admins" in text for text in shown)
    assert {*frames.TYPES} <= set(shown)


def test_people_on_several_projects_are_counted_once_per_project():
    people = frames.people().assign(id=1)
    assert any("people are counted once per project" in text for text in texts(plot.people_by_type(people)))


def test_people_without_a_type():
    assert "100.0% of 1 person have no type" in texts(plot.people_by_type(frames.people([None])))


def test_by_a_column_has_the_largest_values_and_one_bar_for_the_others():
    axes = plot.people_by_type(frames.many_people(), by="company_name")
    assert labels(axes.yaxis)[-1] == "24 other values"
    totals = [sum(parts) for parts in zip(*lengths(axes), strict=True)]
    assert sum(totals) == 1200
    assert sorted(totals[:-1], reverse=True) == totals[:-1]
    assert legend(axes) == [*frames.TYPES]
    assert "By company_name" in axes.get_title(loc="left")


def test_a_column_may_have_any_name():
    name = "$x^$ <b> \u202e"
    axes = plot.people_by_type(frames.people().rename(columns={"name": name}), by=name)
    assert len(labels(axes.yaxis)) == 4


def test_segments_have_different_hatches():
    types = [*(f"_type {number}" for number in range(20)), None]
    axes = plot.people_by_type(frames.people(types), by="project_id")
    assert legend(axes)[-2:] == ["18 other types", "(none)"]
    assert any(label.startswith("_type") for label in legend(axes))
    assert sum(map(sum, lengths(axes))) == 21
    hatches = [container[0].get_hatch() for container in axes.containers]
    assert len(set(hatches)) == len(legend(axes))
