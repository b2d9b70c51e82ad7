"""``pm.across``: every row of every account in one frame, or an error that names the accounts that failed."""

import json
import os
import pickle
import re
import signal
import stat
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

import pmframes as pm
from pmframes.errors import AccountsFailed, InvalidArgument, PmframesError
from tests.support.agencies import Agencies, agencies


@pytest.fixture
def declared(tmp_path, monkeypatch):
    with agencies(tmp_path, monkeypatch) as declared:
        yield declared


def load_people() -> pd.DataFrame:
    return pm.teamwork.people(everyone=True)


def load_both() -> dict[str, pd.DataFrame]:
    return {"people": load_people(), "permissions": pm.teamwork.permissions(480101)}


def alone(declared: Agencies, load) -> list[pd.DataFrame]:
    frames = []
    for name in declared.names:
        with pm.using(name):
            frames.append(load())
    return frames


def assert_is_join(result: pd.DataFrame, frames: list[pd.DataFrame], names: list[str]) -> None:
    """The rows in order, the account first, the dtypes those of a single load but for categories, a source each."""
    assert result.columns.tolist() == ["account", *frames[0].columns]
    sizes = [(name, len(frame)) for name, frame in zip(names, frames, strict=True)]
    assert result["account"].tolist() == [name for name, rows in sizes for _ in range(rows)]
    for name, frame in zip(names, frames, strict=True):
        part = result[result["account"] == name].drop(columns="account").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, frame, check_categorical=False)
    assert [(source["account"], source["rows"]) for source in result.attrs["pmframes"]["sources"]] == sizes


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_result_is_the_loads_one_below_the_other(workers, declared):
    result = pm.across(declared.names, load_people, workers=workers)
    assert_is_join(result, alone(declared, load_people), declared.names)
    backwards = declared.names[::-1]
    assert pm.across(backwards, load_people)["account"].unique().tolist() == backwards


def test_a_dict_of_frames_is_a_dict_of_results_and_a_summary_keeps_its_labels(declared):
    both = pm.across(declared.names, load_both)
    assert list(both) == ["people", "permissions"]
    for key, frame in both.items():
        assert_is_join(frame, [found[key] for found in alone(declared, load_both)], declared.names)
    summary = pm.across(declared.names, lambda: pm.report.people_by_type(load_people()))
    assert summary.columns[:3].tolist() == ["account", "type", "people"]
    assert summary[summary["type"] == "total"]["people"].tolist() == [20, 21, 22]


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_executor_gives_the_same(kind, declared):
    executor = (
        ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, mp_context=get_context("forkserver"))
    )
    with executor:
        result = pm.across(declared.names, load_people, executor=executor)
    assert result.equals(pm.across(declared.names, load_people))


FAILURES = {
    "agency0": r"agency0 \(Teamwork\.com returned 500 .*\)", "agency1": r"agency1 \(Teamwork\.com does not accept .*\)",
}  # fmt: skip


@pytest.fixture
def failing(declared, monkeypatch):
    """Agency0 answers 500 for ever, agency1 has a wrong token, agency2 is fine."""
    monkeypatch.setenv("AGENCY1_TEAMWORK_TOKEN", "wrong-cnry-31a7")
    with declared.boxes["agency0"].fault("teamwork:status=500"):
        yield declared


def test_who_failed_is_named_with_the_reason_and_the_others_are_there(failing):
    with pytest.raises(AccountsFailed) as raised:
        pm.across(failing.names, load_people)
    error = raised.value
    assert str(error).startswith("2 accounts could not be loaded: ")
    for name, text in FAILURES.items():
        assert isinstance(error.failed[name], PmframesError)
        assert re.search(text, error.cause)
    assert "cnry-31a7" not in str(error) + repr(error.failed)
    assert error.frames["agency2"]["account"].unique().tolist() == ["agency2"]
    assert list(error.frames) == ["agency2"]
    assert type(pickle.loads(pickle.dumps(error))) is AccountsFailed


def test_collect_returns_the_others_and_says_so_everywhere(failing):
    with pytest.warns(UserWarning, match="2 accounts could not be loaded: .* The rows of these accounts are missing"):
        result = pm.across(failing.names, load_people, on_error="collect")
    assert result["account"].unique().tolist() == ["agency2"]
    assert result.attrs["pmframes"]["failed"] == ["agency0", "agency1"]
    assert result.attrs["pmframes"]["complete"] is False
    with pytest.raises(AccountsFailed):
        pm.across(["agency0", "agency1"], load_people, on_error="collect")


@pytest.mark.parametrize(("load", "message"), [
    (lambda: None, "load returned None for agency0, not a DataFrame"), (lambda: {1: load_people()}, "not a DataFrame"),
    (lambda: pd.DataFrame({"a": [1]}), r"load returned rows of an unknown account \(no provenance\)"),
    (lambda: load_people().assign(account="x"), "has a column account already"),
    (lambda: 1 / 0, r"load failed for agency0 \(ZeroDivisionError\)"),
    (lambda: pm.outlign.clients()["title"], "not a DataFrame"),
])  # fmt: skip
def test_what_a_load_must_return(load, message, declared):
    with pytest.raises(AccountsFailed, match=message) as raised:
        pm.across(declared.names, load)
    assert list(raised.value.failed) == declared.names


def test_rows_of_another_account_and_another_schema_are_errors_of_that_account(declared):
    with pm.using("agency1"):
        others = load_people()

    def load() -> pd.DataFrame:
        mine = load_people()
        number = len(mine) - 20
        return others if number == 0 else mine if number == 1 else mine.drop(columns="email")

    with pytest.raises(AccountsFailed) as raised:
        pm.across(declared.names, load)
    failed = raised.value.failed
    assert str(failed["agency0"]).startswith("load returned rows of agency1 for the account agency0")
    problem = "load returned another schema for agency2 than for agency1: no column email"
    assert str(failed["agency2"]).startswith(problem)


@pytest.mark.parametrize(("accounts", "options", "message"), [
    ([], {}, "accounts is empty"), (["agency0", "agency0"], {}, "accounts has agency0 more than once"),
    (["agency0", "nobody"], {}, "'nobody' is not declared"), (["a/b"], {}, "'a/b' is not declared"),
    ([5], {}, "account is 5"),
    (["agency0"], {"load": 5}, "load is 5"), (["agency0"], {"workers": 0}, "workers is 0"),
    (["agency0"], {"workers": True}, "workers is True"), (["agency0"], {"executor": 3}, "executor is 3"),
    (["agency0"], {"on_error": "ignore"}, "on_error is 'ignore'"), (["agency0"], {"to": 5}, "to is 5"),
    (["agency0"], {"to": ""}, "to is ''"),
])  # fmt: skip
def test_wrong_arguments_load_nothing(accounts, options, message, declared):
    calls: list[int] = []

    def load() -> pd.DataFrame:
        calls.append(1)
        return load_people()

    with pytest.raises(InvalidArgument, match=message):
        pm.across(accounts, **{"load": load, **options})
    assert calls == []


def test_two_names_of_one_login_are_refused_and_only_shared_urls_are_asked(declared):
    box = declared.boxes["agency0"]
    twin = f'\n[twin.outlign]\nurl = "{box.url("outlign")}"\ntoken_env = "AGENCY0_OUTLIGN_TOKEN"\n'
    declared.write(declared.text() + twin)
    with pytest.raises(InvalidArgument, match=r"agency0 and twin are the same login at Outlign"):
        pm.across(["agency0", "agency1", "twin"], pm.outlign.clients)
    assert len(pm.across(["agency1", "twin"], pm.outlign.clients))


def test_the_bar_counts_accounts_and_rows(declared, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    pm.across(declared.names, load_people)
    assert "accounts" in capsys.readouterr().err


def test_an_interrupt_ends_all_at_once(declared):
    """Each load would be one of a hundred; none begins afterwards."""
    loads: list[str] = []

    def load() -> pd.DataFrame:
        for _ in range(100):
            loads.append("begun")
            frame = pm.teamwork.people(refresh=True)
        return frame

    def interrupt() -> None:
        while len(loads) < 4:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    with ExitStack() as stack:
        for box in declared.boxes.values():
            stack.enter_context(box.fault("teamwork:delay=0.3"))
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            pm.across(declared.names, load)
        time.sleep(1)  # as long as a load that was under way may take
        before = len(loads)
        time.sleep(1)
    assert len(loads) == before < 100


def test_with_a_folder_each_account_is_a_private_file_and_the_manifest_comes_last(declared, tmp_path):
    folder = pm.across(declared.names, load_people, to=tmp_path / "out")
    assert folder == str(tmp_path / "out")
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path(folder).iterdir()}
    assert set(files.values()) == {0o600}
    manifest = json.loads((Path(folder) / "manifest.json").read_text())
    assert {*files} == {"manifest.json", *manifest["files"]}
    assert sorted(manifest["files"].values()) == [20, 21, 22]
    result = pm.scan(folder)
    expected = pm.across(declared.names, load_people)
    assert result.dtypes.to_dict().keys() == expected.dtypes.to_dict().keys()
    computed = result.compute().reset_index(drop=True)
    pd.testing.assert_frame_equal(computed, expected, check_categorical=False)
    (Path(folder) / "foreign.parquet").write_bytes(b"not named by the manifest")
    assert len(pm.scan(folder)) == 63


def test_a_second_run_replaces_the_first_and_a_failed_one_leaves_it(declared, tmp_path):
    folder = Path(pm.across(declared.names, load_people, to=tmp_path / "out"))
    first = {path.name for path in folder.iterdir()}
    pm.across(declared.names[:2], load_people, to=folder)
    second = {path.name for path in folder.iterdir()}
    assert first & second == {"manifest.json"}
    assert len(pm.scan(folder)) == 41
    declared.boxes["agency1"].renew_token("teamwork")
    with pytest.raises(AccountsFailed):
        pm.across(declared.names, lambda: pm.teamwork.people(refresh=True, everyone=True), to=folder)
    assert {path.name for path in folder.iterdir()} == second


def test_a_dict_is_a_folder_for_each_of_its_frames(declared, tmp_path):
    folder = pm.across(declared.names, load_both, to=tmp_path / "out")
    with pytest.raises(
        InvalidArgument, match=r"holds no finished result\. Pass one of the folders in it: people, perm"
    ):
        pm.scan(folder)
    both = pm.across(declared.names, load_both)
    assert len(pm.scan(f"{folder}/permissions")) == len(both["permissions"])
    pm.across(declared.names, load_both, to=folder)


@pytest.mark.parametrize("name", ["mine.txt", "x.parquet"])
def test_a_folder_with_anything_else_is_refused_before_a_load(name, declared, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(InvalidArgument, match="is not empty, and holds no finished result"):
        pm.across(declared.names, load_people, to=tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "mine"
    with pytest.raises(InvalidArgument, match="holds no finished result"):
        pm.scan(tmp_path / "out")


def test_a_url_of_fsspec_is_a_folder_too(declared):
    address = pm.across(declared.names, load_people, to="memory://results/people")
    assert address == "memory://results/people"
    assert len(pm.scan(address)) == 63
