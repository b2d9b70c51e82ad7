"""``frame.pm.join``: rows, keys, dtypes, names and provenance of the result, and what it prints."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_index_equal

from pmframes import errors
from pmframes._analysis.join import join_frames
from pmframes._frames.provenance import read_sources
from pmframes.report import people_by_type
from tests.support import frames, reviews

COSTS = pd.DataFrame({"company_name": ["Beta", "Acme", "Ceta"], "budget": [10, 20, 30], "is_open": [True, False, True]})


def people(**columns):
    """Make four people of Acme, no company, Beta, Acme."""
    return frames.people(["account"] * 4, **columns)


def test_every_row_of_the_frame_stays_as_it_is_and_gets_the_values_of_its_match():
    given_people = people().set_index(pd.Index([40, 30, 20, 10], name="row"))
    joined = given_people.pm.join(COSTS, on="company_name")
    assert_frame_equal(joined[[*given_people]], given_people, check_flags=False)
    assert joined.columns.tolist() == [*given_people, "budget", "is_open"]
    assert joined["budget"].tolist() == [20, pd.NA, 10, 20]
    assert joined.dtypes[["budget", "is_open"]].astype(str).tolist() == ["Int64", "boolean"]


@pytest.mark.parametrize(("how", "ids"), [("inner", [1, 3, 4]), ("outer", [1, 2, 3, 4, pd.NA])])
def test_how_decides_on_rows_without_a_match(how, ids):
    joined = people().pm.join(COSTS, on="company_name", how=how)
    assert joined["id"].tolist() == ids
    assert joined["id"].dtype == ("int64" if how == "inner" else "Int64")
    assert joined["budget"].dtype == ("int64" if how == "inner" else "Int64")


def test_inner_keeps_the_index_and_outer_numbers_the_rows_with_those_of_the_other_frame_last():
    rows = people().set_index(pd.Index([40, 30, 20, 10]))
    assert rows.pm.join(COSTS, on="company_name", how="inner").index.tolist() == [40, 20, 10]
    outer = rows.pm.join(COSTS, on="company_name", how="outer")
    assert_index_equal(outer.index, pd.RangeIndex(5))
    assert outer["company_name"].iloc[-1] == "Ceta"
    assert outer["budget"].iloc[-1] == 30


@pytest.mark.parametrize(("how", "note"), [
    ("left", ""), ("inner", " Rows without a match are left out."), ("outer", " All of them are in the result."),
])  # fmt: skip
def test_one_line_says_how_many_rows_of_each_have_no_match(how, note, capsys):
    people().pm.join(COSTS, on="company_name", how=how)
    sentence = "company_name: 1 of 4 rows have no match; 1 of 3 rows of the other frame have none."
    assert capsys.readouterr().out == f"{sentence}{note}\n"


def test_rows_without_a_key_match_nothing():
    rows, other = people(email=frames.text(["a@b.example", None, "", None])), pd.DataFrame({"email": [None, "", None]})
    joined, message = join_frames(rows, other.assign(found=True), "email", "left")
    assert joined["found"].isna().all()
    assert "4 of 4 rows have no match; 3 of 3 rows" in message


def test_addresses_match_in_any_spelling_and_other_texts_only_if_equal():
    rows = people(email=frames.text(["Zoë@Bücher.de", "b@x.example", None, None]))
    other = pd.DataFrame({"email": [" ZOË@xn--bcher-kva.de "], "name": ["person 1"], "rank": [1]})
    joined = rows.pm.join(other, on="email")
    assert joined["rank"].tolist() == [1, pd.NA, pd.NA, pd.NA]
    assert joined["email"].iloc[0] == "Zoë@Bücher.de"
    assert rows.pm.join(other, on="name")["rank"].isna().all()


@pytest.mark.parametrize("ids", [
    pd.Series([3, 1]), pd.Series([3.0, 1.0]), pd.Series(["3", "1"]), pd.Series([3, 1], dtype="category"),
    pd.Series([3, 1], dtype="Int64"),
], ids=["int64", "float64", "text", "category", "Int64"])  # fmt: skip
@pytest.mark.parametrize("how", ["left", "outer"])
def test_ids_match_in_any_dtype(ids, how):
    joined = people().pm.join(pd.DataFrame({"id": ids, "rank": [30, 10]}), on="id", how=how)
    assert joined["rank"].tolist() == [10, pd.NA, 30, pd.NA]
    assert joined["id"].tolist() == [1, 2, 3, 4]


def test_several_columns_match_together():
    other = pd.DataFrame({"project_id": [7, 8], "id": [1, 2], "rank": [1, 2]})
    assert people().pm.join(other, on=["project_id", "id"])["rank"].tolist() == [1, pd.NA, pd.NA, pd.NA]


def test_a_repeated_key_is_refused_with_remedies_that_work():
    rows = reviews.people({"email": "a@b.example"}, {"id": 2, "email": "c@b.example"})
    other = pd.DataFrame({"email": ["A@b.example", "a@b.example", None, None], "rank": [1, 2, 3, 4]})
    with pytest.raises(errors.InvalidArgument) as caught:
        rows.pm.join(other, on="email")
    assert caught.value.cause == (
        "other repeats 1 value of email, in 2 rows. This would multiply rows of this frame, and raise its counts."
    )
    remedy = """other.assign(email=other["email"].str.strip().str.casefold()).drop_duplicates(['email'])"""
    assert caught.value.remedy == f"Keep one row of each: {remedy}. Or join the other way: other.pm.join(frame, …)."
    assert "b.example" not in str(caught.value)
    unique = other.assign(email=other["email"].str.strip().str.casefold()).drop_duplicates(["email"])
    assert rows.pm.join(unique, on="email")["rank"].tolist() == [1, pd.NA]
    assert len(other.pm.join(rows, on="email")) == 4


def test_a_column_of_both_gets_the_resource_of_the_other_frame_as_a_suffix():
    roles = frames.roles().assign(project_id=7)[:1]
    joined = people().pm.join(roles, on="project_id")
    assert {"id", "id_roles", "name", "name_roles"} <= {*joined}
    assert joined["name_roles"].tolist() == ["Admin"] * 4


@pytest.mark.parametrize("other", [frames.people(), pd.DataFrame({"id": [1], "name": ["x"]})], ids=["same", "none"])
def test_without_a_resource_of_its_own_it_gets_the_suffix_other(other):
    assert "name_other" in people().pm.join(other, on="id")


def test_a_name_that_is_taken_is_not_replaced():
    with pytest.raises(errors.InvalidArgument, match=r"'name', and 'name_other' is taken.*Rename or drop it in other"):
        people(name_other="x").pm.join(frames.people(), on="id")


def test_both_provenances_stay():
    joined = people().pm.join(frames.roles().assign(project_id=7)[:1], on="project_id")
    sources = joined.attrs["pmframes"]["sources"]
    assert [(source["resource"], source.get("rows_used")) for source in sources] == [("people", None), ("roles", 1)]
    assert str(joined.pm.source).count("\n") == 3


@pytest.mark.parametrize(("how", "note"), [("left", ""), ("inner", "3 of 4 rows")])
def test_rows_that_were_left_out_then_or_later_count_as_missing(how, note):
    joined = people().pm.join(COSTS, on="company_name", how=how)
    assert note in str(joined.pm.source)
    assert ("Not all" in str(joined.pm.source)) == bool(note)
    assert "2 of 4 rows" in str(joined[:2].pm.source)


def test_the_result_is_summarised_as_the_frame():
    joined = people().pm.join(COSTS, on="company_name")
    assert joined.pm.summary()["people"].tolist() == people_by_type(people())["people"].tolist()


def test_descriptions_of_permissions_stay():
    permissions = frames.permissions()
    permissions.attrs["permissions"] = {"add_tasks": {}, "view_time": {}}
    joined = permissions.pm.join(pd.DataFrame({"person_id": [1], "on_leave": [True]}), on="person_id")
    assert joined.pm.summary().index.tolist() == ["add_tasks", "view_time"]


def test_neither_frame_is_changed():
    rows, other = people(), COSTS.copy()
    rows.pm.join(other, on="company_name", how="outer")
    assert_frame_equal(rows, people())
    assert_frame_equal(other, COSTS)
    assert rows.attrs == people().attrs


@pytest.mark.parametrize(("other", "options", "message"), [
    (5, {"on": "id"}, "other must be a DataFrame, not int"),
    (COSTS, {"on": "company_name", "how": "lft"}, "how is 'lft'. Did you mean 'left'?"),
    (COSTS, {"on": "company_name", "how": "right"}, "how is 'right'. Use one of: left, inner, outer."),
    (COSTS, {"on": []}, "on is of type list. Pass the name of a column of both frames, or a list of names."),
    (COSTS, {"on": 5}, "on is 5. Pass the name"),
    (COSTS, {"on": ["id", 5]}, "on is of type list"),
    (COSTS, {"on": "compny_name"}, "on is 'compny_name', which is not a column of frame. Did you mean 'company_name'?"),
    (COSTS, {"on": "id"}, "on is 'id', which is not a column of other."),
    (COSTS.set_index("company_name"), {"on": "company_name"},
     "on is 'company_name', which is the index of other. Call other.reset_index() first."),
    (COSTS.set_axis(["company_name", "budget", "budget"], axis=1), {"on": "company_name"}, "other needs unique column"),
    (COSTS.assign(id=["x", "y", "z"]), {"on": "id", "how": "outer"},
     'id of other has the dtype str, not int64. Convert it: other["id"] = other["id"].astype("Int64").'),
])  # fmt: skip
def test_wrong_arguments_are_refused(other, options, message):
    with pytest.raises(errors.InvalidArgument) as caught:
        people().pm.join(other, **options)
    assert str(caught.value).startswith(message)


KEYS = st.lists(st.sampled_from(["a", "b", "c", "", None]), max_size=6)


@given(KEYS, KEYS.map(lambda keys: [*dict.fromkeys(keys)]))
def test_rows_are_those_of_a_left_an_inner_and_an_outer_join(left, right):
    frame, other = (pd.DataFrame({"key": pd.Series(keys, dtype="str")}) for keys in (left, right))
    other["rank"] = range(len(right))
    matched = [key for key in left if key and key in right]
    unmatched = [key for key in right if not key or key not in left]
    for how, rows in (("left", len(left)), ("inner", len(matched)), ("outer", len(left) + len(unmatched))):
        joined, message = join_frames(frame, other, "key", how)
        assert len(joined) == rows
        assert joined["rank"].notna().sum() == (rows if how == "inner" else rows - len(left) + len(matched))
        assert message.startswith(f"key: {len(left) - len(matched)} of {len(left)} row")
        assert f"; {len(unmatched)} of {len(right)} row" in message


@pytest.mark.parametrize("how", ["left", "outer"])
def test_rows_that_are_filtered_out_or_added_afterwards_are_noticed(how):
    people = frames.people()
    joined = people.pm.join(frames.stamp(pd.DataFrame({"id": [1, 99], "x": [1, 2]}), "outlign", "clients"), "id", how)
    (first, *_) = read_sources(joined)
    assert first.partiality == ("" if how == "left" else f"{len(people)} rows became {len(people) + 1}")
    (first, *_) = read_sources(joined[:2])
    assert first.partiality == f"2 of {len(people)} rows"
