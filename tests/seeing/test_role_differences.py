"""In which permissions two roles differ."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmframes import errors
from pmframes.report import role_differences, roles_by_permission
from tests.support import frames

NAMES = ("A", "B", "A", None, "fixed", "r0")
AROUND = ["description", "fixed"]


@st.composite
def tables(draw):
    """Draw roles whose permissions are granted, not granted or not sent, and two of their ids."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5))
    permissions = draw(st.sampled_from([[], ["useMcp"], list(frames.PERMISSIONS)]))
    flags = st.lists(st.sampled_from([True, False, None]), min_size=len(permissions), max_size=len(permissions))
    roles = frames.roles(names, permissions, [draw(flags) for _ in names])
    ids = st.sampled_from(roles["id"].tolist())
    fixed = st.lists(ids, unique=True)
    notes = {one: {"description": f"To {one}", "fixed": draw(fixed)} for one in permissions[::2]}
    roles.attrs["permissions"] = notes
    return roles, draw(ids), draw(ids)


def cells(roles, place):
    """Give what was sent of each permission: True, False or None."""
    row = roles.set_index("id").loc[place].drop(["name", "description", *roles.filter(like="is_")])
    return {name: None if pd.isna(value) else bool(value) for name, value in row.items()}


@settings(deadline=None)
@given(tables())
def test_a_permission_is_there_exactly_if_the_two_differ(drawn):
    roles, a, b = drawn
    table, first, second = role_differences(roles, a, b), cells(roles, a), cells(roles, b)
    assert table.index.tolist() == [one for one in first if first[one] is not second[one]]
    shown = table.drop(columns=AROUND).astype(object).where(lambda one: one.notna(), None)
    expected = {one: (first[one], second[one]) for one in table.index}
    assert dict(zip(shown.index, shown.itertuples(index=False, name=None), strict=True)) == expected


@settings(deadline=None)
@given(tables())
def test_it_is_a_part_of_roles_by_permission(drawn):
    roles, a, b = drawn
    table, whole = role_differences(roles, a, b), roles_by_permission(roles)
    same = [name for name in table if name != "fixed"]
    pd.testing.assert_frame_equal(table[same], whole.loc[table.index, same])
    assert table["fixed"].isna().tolist() == whole.loc[table.index, "fixed"].isna().tolist()


@settings(deadline=None)
@given(tables())
def test_a_role_does_not_differ_from_itself(drawn):
    roles, a, _ = drawn
    table = role_differences(roles, a, a)
    assert table.empty
    assert len(table.columns) == 3, "no column is there twice"


@settings(deadline=None)
@given(tables())
def test_swapping_the_roles_swaps_their_columns(drawn):
    roles, a, b = drawn
    one, other = role_differences(roles, a, b), role_differences(roles, b, a)
    labels = one.columns.drop(AROUND).tolist()
    assert other.columns.drop(AROUND).tolist() == labels[::-1]
    pd.testing.assert_frame_equal(one, other[one.columns])


def test_dtypes_are_the_same_for_no_rows():
    full, empty = (role_differences(frames.roles(), "r0", "r1"), role_differences(frames.roles()[:2], "r0", "r1"))
    none = role_differences(frames.roles(granted=[[True, None]] * 3), "Admin", "Member")
    for table in (full, empty, none):
        assert table.dtypes.astype(str).to_dict() == {
            "description": "str",
            "Admin": "boolean",
            "Member": "boolean",
            "fixed": "str",
        }
        assert table.index.name == "permission"
        assert table.index.dtype == "str"
    assert none.empty


def test_says_in_which_of_the_two_it_is_fixed():
    roles = frames.roles(permissions=("a", "b", "c", "d"))
    fixed = {"a": ["r1", "r0"], "b": ["r1"], "c": ["r2"]}
    roles.attrs["permissions"] = {name: {"description": "x", "fixed": ids} for name, ids in fixed.items()}
    shown = role_differences(roles, "Member", "Admin")["fixed"].astype(object).tolist()
    assert shown[:3] == ["Admin, Member", "Member", "(none)"]
    assert pd.isna(shown[3])


class TestNamingARole:
    def test_by_its_id_or_its_name(self):
        expected = role_differences(frames.roles(), "r0", "r2")
        pd.testing.assert_frame_equal(role_differences(frames.roles(), "Admin", "Guest"), expected)

    def test_an_id_goes_before_a_name(self):
        table = role_differences(frames.roles(["r1", "x", "y"]), "r1", "r2")
        assert table.columns.drop(AROUND).tolist() == ["x", "y"]

    def test_a_name_of_several_is_refused_with_their_ids(self):
        roles = frames.roles(["Twin", "Other", "Twin"])
        with pytest.raises(errors.InvalidArgument, match=r"right is 'Twin'.* 2 roles") as caught:
            role_differences(roles, "Other", "Twin")
        for one in re.findall(r"'(r\d)'", str(caught.value)):
            assert len(role_differences(roles, "Other", one)) == 2

    def test_an_unknown_one_is_refused_with_what_there_is(self):
        roles = frames.roles([f"Role {number}" for number in range(30)])
        with pytest.raises(errors.InvalidArgument, match=r"left is 'Rolle 1'.* and 18 more\.$") as caught:
            role_differences(roles, "Rolle 1", "r0")
        for one in re.findall(r"'(Role \d+)'", str(caught.value)):
            role_differences(roles, one, "r0")

    def test_no_roles_have_no_role(self):
        with pytest.raises(errors.InvalidArgument, match="this one has no roles"):
            role_differences(frames.roles()[:0], "Admin", "Guest")

    @pytest.mark.parametrize("wrong", [None, 1, ["Admin"], pd.Series(["Admin"])])
    def test_anything_but_text_is_refused(self, wrong):
        with pytest.raises(errors.InvalidArgument, match="as text"):
            role_differences(frames.roles(), wrong, "Guest")
