"""How far steps came, by the rows that a service has."""

import pandas as pd
import pytest

from pmframes._plan.edits import Step
from pmframes._plan.progress import Progress, check_steps

ROWS = pd.DataFrame({"id": [1, 2], "title": ["Ada", "Bo"], "company_id": pd.array([7, None], dtype="Int64")})
RENAME = Step("update", 1, {"title": "Ada"}, {"title": "Eve"})
DELETE = Step("delete", 2, {"title": "Bo", "company_id": None})
NEW = Step("create", None, after={"title": "Cy", "company_id": 7})


def checked(step: Step, rows: pd.DataFrame, state: str = "open", earlier: tuple[int, ...] = (1, 2)) -> tuple[str, str]:
    progress = Progress(state)  # type: ignore[arg-type]
    check_steps([step], [progress], rows, earlier)
    return progress.state, progress.conflict


@pytest.mark.parametrize(("step", "rows", "expected"), [
    (RENAME, ROWS, ("open", "")), (DELETE, ROWS, ("open", "")), (NEW, ROWS, ("open", "")),
    (RENAME, ROWS.assign(title=["Eve", "Bo"]), ("done", "")), (DELETE, ROWS.iloc[:1], ("done", "")),
    (RENAME, ROWS.assign(title=["Zoe", "Bo"]), ("open", "changed meanwhile")),
    (RENAME, ROWS.iloc[1:], ("open", "deleted meanwhile")),
    (DELETE, ROWS.assign(title=["Ada", "Zoe"]), ("open", "changed meanwhile")),
    (RENAME, ROWS.assign(company_id=[1, 1]), ("open", "")),  # another column
    (NEW, ROWS.assign(title="Cy", company_id=7), ("open", "there already, id 1")),
    (NEW, ROWS.assign(title=" Cy ", company_id=[8, 7]), ("open", "there already, id 2")),
])  # fmt: skip
def test_a_step_that_was_not_sent(step, rows, expected):
    assert checked(step, rows) == expected


CREATED = pd.concat([ROWS, pd.DataFrame({"id": [9], "title": ["Cy"], "company_id": [7]})])
TWICE = pd.concat([CREATED, pd.DataFrame({"id": [10], "title": ["Cy"], "company_id": [7]})])


@pytest.mark.parametrize(("rows", "earlier", "expected"), [
    (ROWS, (1, 2), ("open", "")), (CREATED, (1, 2), ("done", "")),
    (CREATED, (1, 2, 9), ("open", "there already, id 9")),
    (TWICE, (1, 2), ("open", "may have been created: 2 new rows with these values, ids 9, 10")),
    (TWICE, (1, 2, 9), ("done", "")),
])  # fmt: skip
def test_a_creation_whose_outcome_is_unknown(rows, earlier, expected):
    assert checked(NEW, rows, "sent", earlier) == expected


def test_equal_creations_are_one_also_after_it_was_done():
    progress = [Progress("done", 9), Progress(), Progress()]
    check_steps([NEW, NEW, NEW], progress, CREATED, ())
    assert [one.state for one in progress] == ["done", "open", "open"]
    assert [one.conflict for one in progress] == ["", "in the plan twice", "in the plan twice"]
