"""Summaries of roles: their permissions, and those in which two roles differ."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import errors
from pmframes._analysis.roles import fixed_cells
from pmframes.report import role_differences, roles_by_permission
from tests.support import frames

NAMES = ("A", "B", "A", None, "fixed", "r0")
BESIDE_ROLES = ["description", "fixed"]


@st.composite
def tables(draw):
    """Draw roles whose permissions are granted, not granted or unknown, and two of their ids."""
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
    """Return each permission of a role as the service sent it: True, False or None."""
    row = roles.set_index("id").loc[place].drop(["name", "description", *roles.filter(like="is_")])
    return {name: None if pd.isna(value) else bool(value) for name, value in row.items()}


@given(tables())
def test_lists_exactly_the_permissions_that_differ(drawn):
    roles, a, b = drawn
    table, first, second = role_differences(roles, a, b), cells(roles, a), cells(roles, b)
    assert table.index.tolist() == [one for one in first if first[one] is not second[one]]
    shown = table.drop(columns=BESIDE_ROLES).astype(object).where(lambda one: one.notna(), None)
    expected = {one: (first[one], second[one]) for one in table.index}
    assert dict(zip(shown.index, shown.itertuples(index=False, name=None), strict=True)) == expected


@given(tables())
def test_cells_are_those_of_roles_by_permission(drawn):
    roles, a, b = drawn
    table, whole = role_differences(roles, a, b), roles_by_permission(roles)
    same = [name for name in table if name != "fixed"]
    pd.testing.assert_frame_equal(table[same], whole.loc[table.index, same])
    assert table["fixed"].isna().tolist() == whole.loc[table.index, "fixed"].isna().tolist()


@given(tables())
def test_swapping_the_roles_swaps_their_columns(drawn):
    roles, a, b = drawn
    one, other = role_differences(roles, a, b), role_differences(roles, b, a)
    labels = one.columns.drop(BESIDE_ROLES).tolist()
    assert other.columns.drop(BESIDE_ROLES).tolist() == labels[::-1]
    pd.testing.assert_frame_equal(one, other[one.columns])
    same = role_differences(roles, a, a)
    assert (same.empty, len(same.columns)) == (True, 3), "no column is there twice"


def test_same_dtypes_for_no_rows():
    full, empty = (role_differences(frames.roles(), "r0", "r1"), role_differences(frames.roles()[:2], "r0", "r1"))
    none = role_differences(frames.roles(granted=[[True, None]] * 3), "Admin", "Member")
    for table in (full, empty, none):
        assert table.dtypes.astype(str).to_dict() == {
            "description": "str", "Admin": "boolean", "Member": "boolean", "fixed": "str",
        }  # fmt: skip
        assert table.index.name == "permission"
        assert table.index.dtype == "str"
    assert none.empty


def test_fixed_names_the_roles_in_which_it_cannot_be_modified():
    roles = frames.roles(permissions=("a", "b", "c", "d"))
    fixed = {"a": ["r1", "r0"], "b": ["r1"], "c": ["r2"]}
    roles.attrs["permissions"] = {name: {"description": "x", "fixed": ids} for name, ids in fixed.items()}
    shown = role_differences(roles, "Member", "Admin")["fixed"].astype(object).tolist()
    assert shown[:3] == ["Admin, Member", "Member", "(none)"]
    assert pd.isna(shown[3])


class TestFindingARole:
    def test_by_id_or_name(self):
        expected = role_differences(frames.roles(), "r0", "r2")
        pd.testing.assert_frame_equal(role_differences(frames.roles(), "Admin", "Guest"), expected)
        table = role_differences(frames.roles(["r1", "x", "y"]), "r1", "r2")
        assert table.columns.drop(BESIDE_ROLES).tolist() == ["x", "y"], "an id goes before a name"
        with pytest.raises(errors.InvalidArgument, match="this one has no roles"):
            role_differences(frames.roles()[:0], "Admin", "Guest")
        for wrong in (None, 1, ["Admin"], pd.Series(["Admin"])):
            with pytest.raises(errors.InvalidArgument, match="as text"):
                role_differences(frames.roles(), wrong, "Guest")

    def test_name_of_several_roles_is_refused_with_their_ids(self):
        roles = frames.roles(["Twin", "Other", "Twin"])
        with pytest.raises(errors.InvalidArgument, match=r"right is 'Twin'.* 2 roles") as caught:
            role_differences(roles, "Other", "Twin")
        for one in re.findall(r"'(r\d)'", str(caught.value)):
            assert len(role_differences(roles, "Other", one)) == 2

    def test_unknown_role_is_refused_with_the_known_ones(self):
        roles = frames.roles([f"Role {number}" for number in range(30)])
        with pytest.raises(errors.InvalidArgument, match=r"left is 'Rolle 1'.* and 18 more\.$") as caught:
            role_differences(roles, "Rolle 1", "r0")
        for one in re.findall(r"'(Role \d+)'", str(caught.value)):
            role_differences(roles, one, "r0")


class TestRolesByPermission:
    def test_one_column_per_role(self):
        table = roles_by_permission(frames.roles())
        assert table.columns.tolist() == ["description", "roles", "Admin", "Member", "Guest", "fixed"]
        assert table.index.tolist() == ["invitePeople", "useMcp"]
        assert table.index.name == "permission"
        assert table.dtypes.astype(str).tolist() == ["str", "int64", *["boolean"] * 3, "Int64"]
        assert table["roles"].tolist() == [1, 1]
        assert table.loc["useMcp", ["Admin", "Member"]].tolist() == [True, False]
        assert table["Guest"].isna().all(), "not sent is not no"
        assert table["description"].isna().all()
        assert table["fixed"].isna().all()
        noted = frames.roles().assign(colour="red", rank=1, note=frames.text([None] * 3))
        assert roles_by_permission(noted).index.tolist() == ["invitePeople", "useMcp"]
        none = roles_by_permission(frames.roles(permissions=()))
        assert none.shape == (0, 6)
        assert none.dtypes.tolist() == table.dtypes.tolist()
        nobody = roles_by_permission(frames.roles()[:0])
        assert nobody.dtypes.astype(str).to_dict() == {"description": "str", "roles": "int64", "fixed": "Int64"}
        assert nobody["roles"].tolist() == [0, 0]

    def test_descriptions_and_fixed_permissions_come_from_attrs(self):
        roles = frames.roles()
        roles.attrs["permissions"] = {
            "invitePeople": {"description": "Add people", "fixed": ["r0", "r1", "not here"]},
            "useMcp": {"description": None},
        }
        table = roles_by_permission(roles)
        assert table["description"].tolist()[0] == "Add people"
        assert table["fixed"].tolist() == [2, pd.NA]
        assert roles_by_permission(roles[1:]).loc["invitePeople", "fixed"] == 1

    @pytest.mark.parametrize(("names", "columns"), [
        (["Admin", "Admin"], ["Admin (r0)", "Admin (r1)"]),
        (["roles", "fixed"], ["roles (r0)", "fixed (r1)"]),
        (["description", "permission"], ["description (r0)", "permission (r1)"]),
        (["A (r1)", "A", "A"], ["A (r1)", "A (r1) (r1)", "A (r2)"]),
        ([None, ""], ["(none)", ""]),
    ])  # fmt: skip
    def test_repeated_and_reserved_names_get_the_id(self, names, columns):
        table = roles_by_permission(frames.roles(names))
        assert table.columns.drop(["description", "roles", "fixed"]).tolist() == columns
        assert table.reset_index().columns.is_unique

    @given(st.data())
    def test_cells_are_what_the_service_sent(self, data):
        cell = st.sampled_from([True, False, None])
        names = data.draw(st.lists(st.sampled_from(["A", "B", "roles", "A (r1)", None]), max_size=6))
        granted = [[data.draw(cell) for _ in frames.PERMISSIONS] for _ in names]
        table = roles_by_permission(frames.roles(names, list(frames.PERMISSIONS), granted))
        cells = table.drop(columns=["description", "roles", "fixed"])
        assert cells.shape == (len(frames.PERMISSIONS), len(names))
        assert cells.columns.is_unique
        everything = [one for line in granted for one in line]
        assert table["roles"].sum() == everything.count(True)
        assert cells.isna().to_numpy().sum() == everything.count(None)


def test_fixed_cells_are_none_if_unknown_for_all_permissions():
    roles = frames.roles(permissions=("a", "b"))
    assert fixed_cells(roles, ["a", "b"]) is None
    roles.attrs["permissions"] = {"b": {"fixed": ["r1", "gone"]}}
    assert fixed_cells(roles, ["a", "b"]).tolist() == [[False, False], [False, True], [False, False]]
