"""Plans over real sockets: one login, the number that was confirmed, conflicts, failures, going on, undo."""

import asyncio
import contextvars
import json
import os
import stat
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

import pmframes as pm
from pmframes._http.prefetch import run_in_daemon_thread
from pmframes._writers import journal
from pmframes._writers.csv import csv_bytes
from pmframes._writers.excel import workbook_bytes
from tests.support.loaders import OTHER, TOKEN, connect
from tests.support.server import FakeServer
from tests.support.writable import lost_after, lost_before, refused, serve_clients, serve_customers


@pytest.fixture
def clients(server):
    """Five clients of the account that is connected."""
    serving = serve_clients(server)
    connect(server, "outlign", account="agency-a")
    return serving


@pytest.fixture
def before(clients) -> pd.DataFrame:
    return pm.outlign.clients()


def rename(frame: pd.DataFrame, **titles: str) -> pd.DataFrame:
    """Rename client 100 by ``c100="…"``."""
    new = {int(name[1:]): title for name, title in titles.items()}
    return frame.assign(title=[new.get(id_, title) for id_, title in zip(frame["id"], frame["title"], strict=True)])


def add(frame: pd.DataFrame, *titles: str) -> pd.DataFrame:
    return pd.concat([frame, pd.DataFrame({"title": titles, "company_id": 41})], ignore_index=True)


def results(frame: pd.DataFrame) -> list[str]:
    return frame["result"].tolist()


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Answer what is asked, and return the questions."""
    asked, left = list[str](), list(answers)

    def ask(question: str) -> str:
        asked.append(question)
        return left.pop(0)

    monkeypatch.setattr("builtins.input", ask)
    return asked


# What is planned, and what is written


def test_a_plan_sends_nothing_and_shows_the_largest_risk_first(before, server, clients):
    server.forget()
    after = add(rename(before, c100="Ada").drop(index=[1]), "New")
    plan = pm.plan(before, after, deletions=1)
    assert server.requests == []
    assert plan.frame.columns.tolist() == ["action", "service", "id", "column", "before", "after"]
    assert {*map(str, plan.frame.dtypes)} == {"str"}
    assert plan.frame.fillna("").to_numpy().tolist() == [
        ["delete", "outlign", "101", "", "title=Client 1, company_id=41", ""],
        ["update", "outlign", "100", "title", "Client 0", "Ada"],
        ["create", "outlign", "", "", "", "title=New, company_id=41"],
    ]
    assert "1 deletion, 1 update, 1 creation" in repr(plan)
    assert "cannot be undone" in repr(plan)


def test_only_the_changes_are_written_and_after_has_the_new_ids(before, clients):
    plan = pm.plan(before, add(rename(before, c100="Ada").drop(index=[1]), "New"), deletions=1)
    result = plan.apply(confirm=3)
    assert clients.writes == [("PUT", 100), ("POST", 900), ("DELETE", 101)]
    assert results(result) == ["done"] * 3
    assert plan.after["id"].tolist() == [100, 102, 103, 104, 900]
    assert str(plan.after["id"].dtype) == "int64"
    assert sorted(pm.outlign.clients()["id"]) == [100, 102, 103, 104, 900]
    assert plan.frame.empty
    assert results(plan.apply(confirm=3)) == ["done"] * 3  # nothing is left to do
    assert len(clients.writes) == 3


def test_without_a_change_nothing_is_asked_and_nothing_written(before, clients, capsys):
    plan = pm.plan(before, before)
    assert plan.apply().empty
    assert plan.apply(confirm=0).empty
    assert "no change" in capsys.readouterr().out
    assert clients.writes == []


def test_text_of_a_service_is_shown_as_what_it_is(before, clients):
    plan = pm.plan(before, rename(before, c100="<b>x\u202e</b>\n=1"))
    assert "<b>x" not in plan._repr_html_()
    assert "\u202e" not in repr(plan) + plan._repr_html_()


def test_the_projects_of_a_customer_are_counted_before_it_is_deleted(server):
    customers = serve_customers(server)
    connect(server, "projectmanager")
    before = pm.projectmanager.customers()
    customers.projects = (before["id"][0], before["id"][0], before["id"][1])
    plan = pm.plan(before, before.iloc[3:], deletions=3)
    with pytest.raises(pm.errors.InvalidArgument, match=r"^confirm is 9, but the number of changes is 3 now"):
        plan.apply(confirm=9)
    assert plan.frame["after"].tolist() == ["unassigns 2 projects", "unassigns 1 project", "unassigns 0 projects"]
    assert results(plan.apply(confirm=3)) == ["done"] * 3
    assert [method for method, _ in customers.writes] == ["DELETE"] * 3


# Confirmation


def test_the_number_of_changes_is_asked_for(before, clients, monkeypatch, capsys):
    plan = pm.plan(before, rename(before, c100="Ada", c101="Bo"))
    for reply_ in ("", "1", "yes"):
        answer(monkeypatch, reply_)
        assert results(plan.apply()) == ["not tried"] * 2
    assert clients.writes == []
    shown = capsys.readouterr().out
    assert "agency-a" in shown
    assert "/outlign: 2 updates" in shown
    asked = answer(monkeypatch, "2")
    assert results(plan.apply()) == ["done"] * 2
    assert asked == ["Type 2 to write this, anything else to leave it: "]


@pytest.mark.parametrize("error", [EOFError(), OSError("reading from stdin"), RuntimeError("lost sys.stdin")], ids=repr)
def test_where_nobody_can_be_asked_nothing_is_written(error, before, clients, monkeypatch):
    def ask(question):
        raise error

    monkeypatch.setattr("builtins.input", ask)
    with pytest.raises(
        pm.errors.InvalidArgument, match=r"Nothing was written\. Pass confirm=1 if plan\.frame is right"
    ):
        pm.plan(before, rename(before, c100="Ada")).apply()
    assert clients.writes == []


def test_numbers_of_numpy_are_numbers(before, clients):
    plan = pm.plan(before, before.iloc[1:], deletions=np.int64(1))
    assert results(plan.apply(confirm=np.int64(1))) == ["done"]


@pytest.mark.parametrize("confirm", [0, 1, 3, True, "2", 2.0])
def test_another_number_writes_nothing(confirm, before, clients):
    with pytest.raises(pm.errors.InvalidArgument, match=r"^confirm is "):
        pm.plan(before, rename(before, c100="Ada", c101="Bo")).apply(confirm=confirm)
    assert clients.writes == []


def test_what_changes_while_the_user_is_asked_is_not_written(before, clients, monkeypatch):
    def ask(question):
        clients.rows[100]["title"] = "theirs"
        return "2"

    monkeypatch.setattr("builtins.input", ask)
    with pytest.raises(pm.errors.PmframesError, match=r"^The service was changed while you were asked\. Nothing"):
        pm.plan(before, rename(before, c100="Ada", c101="Bo")).apply()
    assert clients.writes == []


# One login


def test_before_says_from_which_account_it_is(before, server, clients):
    for wrong in (before.assign().set_axis(before.columns, axis=1), pd.DataFrame(before.to_dict()), "x"):
        if isinstance(wrong, pd.DataFrame):
            wrong.attrs.clear()
        with pytest.raises(pm.errors.InvalidArgument, match=r"^before "):
            pm.plan(wrong, before)
    companies = before.copy()
    companies.attrs["pmframes"] = before.attrs["pmframes"] | {"resource": "companies"}
    with pytest.raises(pm.errors.InvalidArgument, match=r"^Outlign companies cannot be written by a plan"):
        pm.plan(companies, before)


@pytest.mark.parametrize("name", ["service", "resource", "url", "account", "fetched_at", "params"])
def test_after_of_another_load_is_refused(name, before):
    after = before.copy()
    other = {"x": 1} if name == "params" else "2020-01-01T00:00:00+00:00"
    after.attrs["pmframes"] = before.attrs["pmframes"] | {name: other}
    with pytest.raises(
        pm.errors.InvalidArgument, match=rf"^after is of another load than before: they differ in {name}"
    ):
        pm.plan(before, after)
    after.attrs.clear()
    assert pm.plan(before, after).frame.empty


def test_another_login_at_the_same_address_is_refused(before, server, clients):
    for options in ({"token": OTHER}, {"account": "agency-b"}, {}):
        connect(server, "outlign", **options)
        with pytest.raises(pm.errors.NotConnected, match=r"^The plan is for the account agency-a of Outlign at http"):
            pm.plan(before, before)
    pm.disconnect("outlign")
    with pytest.raises(pm.errors.NotConnected):
        pm.plan(before, before)


def test_an_account_without_a_name_behind_a_token_function_is_refused(server, clients):
    connect(server, "outlign", lambda: TOKEN)
    frame = pm.outlign.clients()
    with pytest.raises(pm.errors.InvalidArgument, match=r"has no name, and its token comes from a function.*account="):
        pm.plan(frame, frame)
    connect(server, "outlign", lambda: TOKEN, account="agency-a")
    frame = pm.outlign.clients()
    assert results(pm.plan(frame, rename(frame, c100="Ada")).apply(confirm=1)) == ["done"]


@pytest.fixture
def theirs(tmp_path):
    """The same clients of another account, at another address."""
    with FakeServer() as other:
        yield serve_clients(other), other


def _in_thread(work):
    return run_in_daemon_thread(work).result(timeout=60)


def _in_empty_context(work):
    return contextvars.Context().run(work)


def _in_task(work):
    async def run():
        return await asyncio.get_running_loop().create_task(_call(work))

    return asyncio.run(run())


async def _call(work):
    return work()


RUNS = {"here": lambda work: work(), "thread": _in_thread, "context": _in_empty_context, "task": _in_task}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("meanwhile", ["connected elsewhere", "in a demo", "demo that ended"])
def test_the_login_of_the_plan_is_written_and_no_other(run, meanwhile, before, clients, theirs):
    plan = pm.plan(before, rename(before, c100="Ada"))
    if meanwhile == "connected elsewhere":
        connect(theirs[1], "outlign", OTHER)
    if meanwhile == "in a demo":
        with pm.demo(people=10):
            result = run(lambda: plan.apply(confirm=1))
    else:
        if meanwhile == "demo that ended":
            pm.demo(people=10).stop()
        result = run(lambda: plan.apply(confirm=1))
    assert results(result) == ["done"]
    assert clients.writes == [("PUT", 100)]
    assert theirs[0].writes == []


def test_after_a_disconnect_nothing_is_written(before, clients):
    plan = pm.plan(before, rename(before, c100="Ada"))
    pm.disconnect("outlign")
    with pytest.raises(pm.errors.NotConnected, match=r"with which this plan was made is closed\. Nothing was written"):
        plan.apply(confirm=1)
    assert clients.writes == []


def test_a_demo_that_ended_and_a_block_without_requests_write_nothing(before, clients):
    plan = pm.plan(before, rename(before, c100="Ada"))
    with pm.offline(), pytest.raises(pm.errors.OfflineMiss):
        plan.apply(confirm=1)
    with pm.demo(people=10):
        frame = pm.outlign.clients()
        fictional = pm.plan(frame, frame.assign(title=["x", *frame["title"][1:]]))
    with pytest.raises(pm.errors.NotConnected):
        fictional.apply(confirm=1)
    assert clients.writes == []


def test_rows_of_a_real_account_are_not_planned_for_a_demo(before):
    with pm.demo(people=10):
        frame = pm.outlign.clients()
        frame.attrs["pmframes"]["fictional"] = False
        with pytest.raises(pm.errors.InvalidArgument, match=r"^before is real, and the connection is to a demo"):
            pm.plan(frame, frame)


def test_a_frame_that_says_it_is_fictional_is_not_written_to_a_real_account(before, clients):
    before.attrs["pmframes"]["fictional"] = True
    with pytest.raises(pm.errors.InvalidArgument, match=r"^before is fictional, and the account is real"):
        pm.plan(before, rename(before, c100="Ada")).apply(confirm=1)
    assert clients.writes == []


# Others who write


def test_what_somebody_else_changed_is_a_conflict_and_not_overwritten(before, clients):
    after = add(rename(before, c100="Ada", c101="Bo", c102="Cy", c103="Di").drop(index=4), "New", "Twin", "Twin")
    plan = pm.plan(before, after, deletions=1)
    clients.rows[100]["title"] = "theirs"
    clients.rows[101]["title"] = "Bo"  # the same change
    del clients.rows[102]
    clients.rows[104]["title"] = "renamed"
    clients.rows[500] = {"title": "New", "company_id": 41}
    result = plan.apply(confirm=2)
    assert clients.writes == [("PUT", 103), ("POST", 900)]
    assert dict(zip(result["after"], result["result"], strict=True))["Bo"] == "done"
    conflicts = plan.frame[plan.frame["action"] == "conflict"]
    assert conflicts["before"].fillna("").tolist() == [
        "theirs", "Client 2", "", "", "title=renamed, company_id=41",
    ]  # fmt: skip
    shown = repr(plan)
    for why in ("changed meanwhile", "deleted meanwhile", "there already, id 500", "in the plan twice"):
        assert why in shown
    assert result["error"].dropna().tolist() == [
        "changed meanwhile", "deleted meanwhile", "there already, id 500", "in the plan twice", "changed meanwhile",
    ]  # fmt: skip
    assert pm.plans()["state"].tolist() == ["finished"]


def test_an_export_that_was_edited_is_the_smallest_plan(before, clients, tmp_path):
    """As an analyst edits it: in a CSV and in a workbook that pmframes wrote."""
    for suffix, write, read in (
        (".csv", csv_bytes, pm.read_csv), (".xlsx", lambda one: workbook_bytes({"clients": one}), pm.read_excel),
    ):  # fmt: skip
        path = tmp_path / f"clients{suffix}"
        path.write_bytes(write(rename(before, c102="Ada")))
        assert pm.plan(before, read(path)).frame[["action", "id", "after"]].to_numpy().tolist() == [
            ["update", "102", "Ada"]
        ]


def test_equal_new_rows_are_written_once(before, clients):
    plan = pm.plan(before, add(before, "Twin", "Twin"))
    for confirm in (1, None):
        plan.apply(confirm=confirm)
    assert clients.writes == [("POST", 900)]


def test_what_a_colleague_adds_meanwhile_stays(before, clients):
    plan = pm.plan(before, add(before.iloc[1:], "New"), deletions=1)
    clients.rows[500] = {"title": "theirs", "company_id": 41}
    plan.apply(confirm=2)
    assert 500 in clients.rows


def test_two_plans_at_once_are_not_applied(before, clients, monkeypatch):
    first, second = (pm.plan(before, rename(before, c100=title)) for title in ("Ada", "Bo"))
    errors = []

    def ask(question):
        for run in (lambda work: work(), _in_thread):
            with pytest.raises(
                pm.errors.PmframesError, match=r"^Another plan for the same account and resource"
            ) as one:
                run(lambda: second.apply(confirm=1))
            errors.append(one.value)
        return "1"

    monkeypatch.setattr("builtins.input", ask)
    assert results(first.apply()) == ["done"]
    assert len(errors) == 2
    assert results(second.apply()) == ["not tried"]
    assert clients.rows[100]["title"] == "Ada"


# Failures, and going on


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_stops_with_row_and_column_and_goes_on_later(status, before, clients):
    plan = pm.plan(before, rename(before, c100="Ada", c101="Bo", c102="Cy"))
    clients.next_write = [type(clients).write, refused(status)]
    with pytest.warns(
        UserWarning, match=rf"^1 of 3 steps done; stopped at id 101 \(after\.iloc\[1\]\), title: .*{status}"
    ):
        result = plan.apply(confirm=3)
    assert results(result) == ["done", "failed", "not tried"]
    assert str(status) in result["error"][1]
    assert clients.writes == [("PUT", 100)]
    assert plan.frame["id"].tolist() == ["101", "102"]
    assert results(plan.apply(confirm=2)) == ["done"] * 3
    assert clients.writes == [("PUT", 100), ("PUT", 101), ("PUT", 102)]


def test_a_rate_limit_is_waited_for(before, clients, waits):
    clients.next_write = [refused(429, Retry_After="7")]
    assert results(pm.plan(before, add(before, "New")).apply(confirm=1)) == ["done"]
    assert sum(waits) >= 7
    assert clients.writes == [("POST", 900)]


@pytest.mark.parametrize("fault", [lost_before, lost_after, refused(500), refused(503)], ids=lambda one: one.__name__)
@pytest.mark.parametrize("is_new_process", [False, True])
def test_a_creation_whose_outcome_is_unknown_is_settled_and_never_repeated(fault, is_new_process, before, clients):
    plan = pm.plan(before, add(before, "A", "B", "C"))
    clients.next_write = [type(clients).write, fault]
    with pytest.warns(UserWarning, match=r"^1 of 3 steps done; .*Outlign may have created a client all the same"):
        assert results(plan.apply(confirm=3)) == ["done", "failed", "not tried"]
    posts = sum(method == "POST" for method, _ in clients.writes)
    clients.rows[500] = {"title": "theirs", "company_id": 41}
    going_on = pm.plans(plan.id) if is_new_process else plan
    assert results(going_on.apply(confirm=4 - 1 - posts)) == ["done"] * 3
    titles = [row["title"] for row in clients.rows.values()]
    assert sorted(titles) == ["A", "B", "C", *(f"Client {at}" for at in range(5)), "theirs"]
    assert len({id_ for _, id_ in clients.writes}) == 3


def test_a_creation_that_may_be_one_of_two_new_rows_is_reported(before, clients):
    plan = pm.plan(before, add(before, "A"))
    clients.next_write = [lost_after]
    with pytest.warns(UserWarning, match="may have created"):
        plan.apply(confirm=1)
    clients.rows[500] = {"title": "A", "company_id": 41}
    assert results(plan.apply()) == ["not tried"]
    assert "may have been created: 2 new rows with these values, ids 900, 500" in repr(plan)
    assert len(clients.writes) == 1


@pytest.mark.parametrize("fault", [lost_before, lost_after, refused(500)], ids=lambda one: one.__name__)
def test_an_update_or_deletion_is_repeated_until_it_is_done(fault, before, clients):
    plan = pm.plan(before, rename(before, c100="Ada").iloc[:4], deletions=1)
    clients.next_write = [fault, type(clients).write, fault]
    assert results(plan.apply(confirm=2)) == ["done"] * 2
    assert clients.rows[100]["title"] == "Ada"
    assert 104 not in clients.rows


def test_a_plan_goes_on_in_another_process_and_is_listed(before, clients):
    assert pm.plans().empty
    plan = pm.plan(before, rename(before, c100="Ada", c101="Bo"))
    clients.next_write = [type(clients).write, refused(422)]
    with pytest.warns(UserWarning, match="422"):
        plan.apply(confirm=2)
    (row,) = pm.plans().to_dict("records")
    assert {name: row[name] for name in ("id", "service", "resource", "account", "state", "changes", "done")} == {
        "id": plan.id, "service": "outlign", "resource": "clients", "account": "agency-a", "state": "begun",
        "changes": 2, "done": 1,
    }  # fmt: skip
    other = pm.plans(plan.id)
    assert other.frame["id"].tolist() == ["101"]  # what is not done
    assert other.undo().frame["id"].tolist() == ["100"]
    with pytest.raises(pm.errors.PmframesError, match=r"^A plan from the journal, or one .* has no frame"):
        _ = other.after
    assert results(other.apply(confirm=1)) == ["done"] * 2
    assert pm.plans().loc[0, ["state", "done"]].tolist() == ["finished", 2]
    for id_, why in ((plan.id, "is finished"), ("../x", "There is no plan")):
        with pytest.raises(pm.errors.InvalidArgument, match=why):
            pm.plans(id_)
    assert results(plan.apply(confirm=1)) == ["done"] * 2  # it learns from the service
    assert len(clients.writes) == 2


def test_the_selection_of_an_explorer_can_be_the_rows_to_edit(before, clients):
    x = pm.explore(before)
    x._receive(None, {"client": "page", "number": 1, "type": "select", "rows": [0, 2], "checked": True}, [])
    selected = x.selected
    assert selected["id"].tolist() == [100, 102]
    plan = pm.plan(selected, selected.assign(title=["Ada", "Bo"]))
    assert results(plan.apply(confirm=2)) == ["done"] * 2
    assert clients.writes == [("PUT", 100), ("PUT", 102)]


def test_a_journaled_plan_needs_its_own_account(before, clients, server):
    plan = pm.plan(before, rename(before, c100="Ada"))
    clients.next_write = [refused(422)]
    with pytest.warns(UserWarning, match="422"):
        plan.apply(confirm=1)
    connect(server, "outlign", OTHER)
    with pytest.raises(pm.errors.NotConnected, match=r"^The plan is for the account agency-a"):
        pm.plans(plan.id)


# The journal


def _journal_text() -> str:
    return "".join(path.read_text() for path in journal.data_folder().glob("*.jsonl"))


def test_the_journal_is_private_and_keeps_no_value_of_a_finished_plan(before, clients):
    plan = pm.plan(before, add(rename(before, c100="Ada Secret"), "New Secret"))
    clients.next_write = [type(clients).write, refused(422)]
    with pytest.warns(UserWarning, match="422"):
        plan.apply(confirm=2)
    folder = journal.data_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert "New Secret" in _journal_text()
    assert TOKEN not in _journal_text()
    plan.apply(confirm=1)
    assert "Secret" not in _journal_text()
    assert json.loads(_journal_text())["done"] == {"update": 1, "create": 1}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("text", [
    '{"plan": "x"}', '{"ids": [1]}', '{"done": [1]}', '{"plan": "x", "format": 2, "begun_at": "2026-01-01"}',
    '{"plan": "x", "format": 1, "begun_at": "soon", "steps": []}',
    '{"plan": "x", "format": 1, "begun_at": "2026-01-01", "steps": [{"action": "update", "id": 1, "more": 1}]}',
])  # fmt: skip
def test_a_journal_that_cannot_be_read_is_named_and_hides_no_other(text, before, clients):
    plan = pm.plan(before, rename(before, c100="Ada"))
    plan.apply(confirm=1)
    (journal.data_folder() / "20200101-x.jsonl").write_text(text)
    with pytest.warns(UserWarning, match=r"^The journal of the plan 20200101-x is damaged, or of another version"):
        assert pm.plans()["id"].tolist() == [plan.id]
    with pytest.raises(pm.errors.PmframesError, match=r"^The journal of the plan 20200101-x is damaged"):
        pm.plans("20200101-x")


def test_a_journal_that_fails_on_the_way_says_how_far_it_came(before, clients):
    plan = pm.plan(before, rename(before, c100="Ada", c101="Bo"))

    def in_the_way(service, request):
        (path,) = journal.data_folder().glob("*.jsonl")
        path.unlink()
        path.mkdir()
        return service.write(request)

    clients.next_write = [in_the_way]
    with pytest.raises(
        pm.errors.PmframesError, match=r"^1 of 2 steps done\. The journal .* Mend that, then call apply"
    ):
        plan.apply(confirm=2)
    assert len(clients.writes) == 1


@pytest.mark.parametrize("kind", ["file", "link"])
def test_where_no_journal_can_be_kept_nothing_is_written(kind, before, clients, monkeypatch, tmp_path):
    place = tmp_path / "place"
    if kind == "file":
        place.write_text("")
    else:
        (tmp_path / "elsewhere").mkdir()
        place.mkdir()
        (place / "plans").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("PMFRAMES_DATA_DIR", str(place))
    with pytest.raises(pm.errors.PmframesError, match=r"^The journal .* cannot be used\..*PMFRAMES_DATA_DIR"):
        pm.plan(before, rename(before, c100="Ada")).apply(confirm=1)
    assert clients.writes == []


def test_a_record_that_a_crash_cut_off_counts_for_nothing(before, clients):
    plan = pm.plan(before, add(before, "A", "B"))
    clients.next_write = [type(clients).write, lost_after]
    with pytest.warns(UserWarning, match="may have created"):
        plan.apply(confirm=2)
    (path,) = journal.data_folder().glob("*.jsonl")
    with Path(path).open("a") as file:
        file.write('\n{"done": 1, "i')
    assert results(pm.plans(plan.id).apply(confirm=0)) == ["done"] * 2
    assert len(clients.writes) == 2


# Undo


def test_undo_restores_what_was_not_deleted(before, clients):
    plan = pm.plan(before, add(rename(before, c100="Ada").iloc[:4], "New"), deletions=1)
    plan.apply(confirm=3)
    undo = plan.undo()
    assert undo.frame["action"].tolist() == ["delete", "update", "left out"]
    assert "deleted: cannot be undone" in repr(undo)
    assert results(undo.apply(confirm=2)) == ["done"] * 2
    assert clients.content() == [(f"Client {at}", 41) for at in range(4)]
    assert pm.plan(before, before).undo().frame.empty


def test_undo_that_stopped_goes_on_where_it_stopped(before, clients):
    """Its deletions come first in the plan and are sent last."""
    plan = pm.plan(before, add(rename(before, c100="Ada"), "New"))
    plan.apply(confirm=2)
    undo = plan.undo()
    clients.next_write = [type(clients).write, refused(422)]
    with pytest.warns(UserWarning, match=r"^1 of 2 steps done; stopped at id 900"):
        undo.apply(confirm=2)
    (path,) = (path for path in journal.data_folder().glob("*.jsonl") if undo.id in path.name)
    assert '{"done": 1, ' in path.read_text()
    assert '{"refused": 0}' in path.read_text()
    assert results(pm.plans(undo.id).apply(confirm=1)) == ["done"] * 2
    assert clients.content() == [(f"Client {at}", 41) for at in range(5)]


def test_undo_leaves_what_somebody_else_did(before, clients):
    plan = pm.plan(before, rename(before, c100="Ada", c101="Bo"))
    clients.rows[100]["title"] = "Ada"
    plan.apply(confirm=1)
    assert plan.undo().frame["id"].tolist() == ["101"]


@pytest.mark.parametrize("title", [" Ada ", "'=x", "⟦U+0041⟧", "a\r\nb"])
def test_undo_restores_every_character(title, clients):
    clients.rows[100]["title"] = title
    before = pm.outlign.clients(refresh=True)
    plan = pm.plan(before, rename(before, c100="Eve"))
    plan.apply(confirm=1)
    plan.undo().apply(confirm=1)
    assert clients.rows[100]["title"] == title


def test_undo_does_not_overwrite_what_came_after(before, clients):
    plan = pm.plan(before, rename(before, c100="Ada"))
    plan.apply(confirm=1)
    clients.rows[100]["title"] = "theirs"
    undo = plan.undo()
    undo.apply()
    assert undo.frame["action"].tolist() == ["conflict"]
    assert clients.rows[100]["title"] == "theirs"


TITLES = st.lists(st.sampled_from(["Ada", "Bo", "Cy", "=Di", "007", "NA", "é"]), min_size=4, max_size=4)


@pytest.mark.hypothesis
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=TITLES, second=TITLES, new=st.lists(st.text("xyz", min_size=1, max_size=3), unique=True, max_size=3))
def test_applying_makes_the_service_hold_the_edited_rows_and_undo_makes_it_as_it_was(first, second, new, server):
    clients = serve_clients(server, 0)
    clients.rows = {at: {"title": title, "company_id": 41} for at, title in enumerate(first, 1)}
    connect(server, "outlign", account="agency-a")
    before = pm.outlign.clients(refresh=True)
    plan = pm.plan(before, add(before.assign(title=second), *new) if new else before.assign(title=second))
    if changes := len(plan.frame):
        plan.apply(confirm=changes)
    assert clients.content() == sorted([*((title, 41) for title in second), *((title, 41) for title in new)])
    undo = plan.undo()
    if changes:
        undo.apply(confirm=changes)
    assert clients.content() == sorted((title, 41) for title in first)


def test_a_journal_of_another_user_is_not_used(before, clients):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    plan = pm.plan(before, rename(before, c100="Ada"))
    clients.next_write = [refused(422)]
    with pytest.warns(UserWarning, match="422"):
        plan.apply(confirm=1)
    (path,) = journal.data_folder().glob("*.jsonl")
    os.chown(path, 65534, 65534)
    assert pm.plans().empty
    with pytest.raises(pm.errors.PmframesError, match="belongs to another user"):
        plan.apply(confirm=1)
    assert clients.writes == []
