"""What type checkers must say of loaders, their frames and the names of the package: checked, and never run.

A line with ``type: ignore`` is an error if it is none to the checker.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true
from typing import assert_type

import pandas as pd
from matplotlib.axes import Axes

import pmframes as pm
from pmframes._explorer import Explorer
from pmframes.report import Report

people = pm.teamwork.people(12345)
plain: pd.DataFrame = people

assert_type(people.pm.summary(), pd.DataFrame)
assert_type(people.pm.plot(), Axes)
assert_type(people.pm.explore(), Explorer)
assert_type(people.pm.report(), Report)
assert_type(str(people.pm.source), str)
_ = people.pm.nonsense  # type: ignore[attr-defined]
_ = people.pm.plot(by="type")  # type: ignore[call-arg]

# It stays known where rows or columns are taken out, or added.
assert_type(people[people["is_admin"].fillna(False)].pm.summary(), pd.DataFrame)
assert_type(people[["id", "type"]].head(5).assign(mine=1).pm.report(), Report)
_ = people.query("is_admin").pm.nonsense  # type: ignore[attr-defined]

for frame in (
    pm.teamwork.permissions(12345),
    pm.teamwork.projects(),
    pm.teamwork.companies(),
    pm.projectmanager.customers(),
    pm.projectmanager.roles(),
    pm.projectmanager.role_permissions(),
    pm.projectmanager.resources(),
    pm.projectmanager.projects(),
    pm.projectmanager.members(),
    pm.outlign.clients(),
    pm.outlign.client(5),
    pm.outlign.companies(),
    pm.spirii.customers(),
    pm.customers(),
):
    assert_type(frame.pm.summary(), pd.DataFrame)
    assert_type(frame.pm.join(frame, on=["id"], how="outer"), pd.DataFrame)
    _ = frame.pm.nonsense  # type: ignore[attr-defined]

# Misspelt names.
pm.conect("spirii")  # type: ignore[attr-defined]
pm.teamwrok.people()  # type: ignore[attr-defined]
pm.teamwork.peoples()  # type: ignore[attr-defined]
pm.report.find()  # type: ignore[attr-defined]
pm.cache.inf()  # type: ignore[attr-defined]

# Arguments that a function does not have, and what it takes and returns.
pm.teamwork.people(include_service_account=True)  # type: ignore[call-arg]
pm.teamwork.people(user_type="boss")  # type: ignore[arg-type]
pm.connect("teamwork", "acme", "abc")  # type: ignore[call-overload]
pm.report.Rule("a", "low", "people", [], list, "b", tpye=1)  # type: ignore[call-arg]
assert_type(pm.report.Report("a").add_text("b"), Report)
assert_type(pm.report.people_by_type(people, by="title"), pd.DataFrame)
with pm.offline():
    pass
