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
    (lambda: load_people().assign(account="x"), "has a column twice, or a column account"),
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
    assert {*files} == {"manifest.json", *manifest["parts"][""]["files"]}
    assert sorted(manifest["parts"][""]["files"].values()) == [20, 21, 22]
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
    with pytest.raises(InvalidArgument, match=r"holds several results\. Pass one of the folders in it: people, perm"):
        pm.scan(folder)
    both = pm.across(declared.names, load_both)
    assert len(pm.scan(f"{folder}/permissions")) == len(both["permissions"])
    pm.across(declared.names, load_both, to=folder)


@pytest.mark.parametrize("name", ["mine.txt", "x.parquet"])
def test_a_folder_with_anything_else_is_refused_before_a_load(name, declared, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(InvalidArgument, match="which pmframes did not write there; nothing was loaded"):
        pm.across(declared.names, load_people, to=tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "mine"
    with pytest.raises(InvalidArgument, match="holds no finished result"):
        pm.scan(tmp_path / "out")


def test_a_url_of_fsspec_is_a_folder_too(declared):
    address = pm.across(declared.names, load_people, to="memory://results/people")
    assert address == "memory://results/people"
    assert len(pm.scan(address)) == 63


# What a hostile manifest, key or name could reach


@pytest.mark.parametrize("name", ["../victim.txt", "/etc/passwd", "victim.txt", "a/b.20260101-000000-abcdef.parquet"])
def test_a_manifest_that_names_other_files_is_refused_and_nothing_is_removed(name, declared, tmp_path):
    folder, victim = tmp_path / "out", tmp_path / "victim.txt"
    victim.write_text("mine")
    pm.across(declared.names, load_people, to=folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["parts"][""]["files"][name] = 1
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for act in (lambda: pm.scan(folder), lambda: pm.across(declared.names, load_people, to=folder)):
        with pytest.raises(InvalidArgument, match="is damaged, of another version of pmframes, or not of pmframes"):
            act()
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("content", ['{"format": 1, "name": "an extension"}', "{", "[]", '{"format": 99}'])
def test_a_manifest_of_another_program_is_left_alone(content, declared, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "manifest.json").write_text(content)
    with pytest.raises(InvalidArgument, match="or not of pmframes"):
        pm.across(declared.names, load_people, to=folder)
    assert (folder / "manifest.json").read_text() == content


@pytest.mark.parametrize("key", ["..", "../escaped", "a/b", "", "con", "x" * 200, "a\nb"])
def test_the_name_of_a_frame_must_be_that_of_a_folder(key, declared, tmp_path):
    (tmp_path / "in").mkdir(mode=0o755)
    if key == "":
        assert len(pm.across(declared.names, lambda: {key: load_people()})) == 63
        return
    with pytest.raises(AccountsFailed, match="load returned a dict with the name"):
        pm.across(declared.names, lambda: {key: load_people()}, to=tmp_path / "in" / "out")
    assert [path.name for path in tmp_path.rglob("*.parquet")] == []
    assert stat.S_IMODE((tmp_path / "in").stat().st_mode) == 0o755


def test_the_same_login_is_found_by_its_credential_where_its_identity_cannot_be_asked(declared):
    box = declared.boxes["agency0"]
    twin = f'\n[twin.outlign]\nurl = "{box.url("outlign")}"\ntoken_env = "AGENCY0_OUTLIGN_TOKEN"\n'
    declared.write(declared.text() + twin)
    for status in (500, 403):
        with box.fault(f"outlign/api/v1/companies:status={status}"), pytest.raises(InvalidArgument, match="same login"):
            pm.across(["agency0", "twin"], lambda: pm.outlign.clients(refresh=True))


def test_logins_that_a_load_does_not_use_are_not_asked(declared):
    """Two agencies with sites of their own may share a login elsewhere."""
    box = declared.boxes["agency0"]
    text = declared.text(["teamwork"])
    for name in declared.names[:2]:
        text += f'\n[{name}.outlign]\nurl = "{box.url("outlign")}"\ntoken_env = "AGENCY0_OUTLIGN_TOKEN"\n'
    declared.write(text)
    assert len(pm.across(declared.names[:2], load_people)) == 41


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_offline_nothing_is_requested_elsewhere_either(executor, declared):
    with pm.offline(), pytest.raises(AccountsFailed, match="is not cached, and no request is sent while offline"):
        pm.across(declared.names, load_people, executor=executor and executor(2))


def test_the_schema_that_most_accounts_have_is_the_one(declared):
    def load() -> pd.DataFrame:
        frame = load_people()
        return frame.drop(columns=["is_admin"]) if len(frame) == 20 else frame

    with pytest.raises(AccountsFailed) as raised:
        pm.across(declared.names, load)
    assert list(raised.value.failed) == ["agency0"]
    assert list(raised.value.frames) == ["agency1", "agency2"]


def test_an_exit_in_a_load_is_an_error_of_its_account(declared):
    def load() -> pd.DataFrame:
        frame = load_people()
        if len(frame) == 20:
            raise SystemExit(3)
        return frame

    with pytest.raises(AccountsFailed, match=r"agency0 \(load failed for agency0 \(SystemExit\)\)"):
        pm.across(declared.names, load)


def test_a_run_that_was_interrupted_leaves_nothing_in_the_way(declared, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "agency0.20260101-000000-abcdef.parquet").write_bytes(b"of a run that was killed")
    pm.across(declared.names, load_people, to=folder)
    assert len(list(folder.iterdir())) == 4

    def load() -> pd.DataFrame:
        frame = load_people()
        if len(frame) == 22:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        return frame

    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(KeyboardInterrupt):
        pm.across(declared.names, load, to=folder, workers=1)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert len(pm.scan(folder)) == 63


def test_a_result_of_another_shape_leaves_nothing_of_the_one_before(declared, tmp_path):
    pm.across(declared.names, load_both, to=tmp_path / "out")
    pm.across(declared.names, lambda: {"people": load_people()}, to=tmp_path / "out")
    with pytest.raises(InvalidArgument, match="holds no finished result"):
        pm.scan(tmp_path / "out" / "permissions")
    pm.across(declared.names, load_people, to=tmp_path / "out")
    assert len(pm.scan(tmp_path / "out")) == 63


def test_a_folder_that_cannot_be_written_to_is_refused_before_a_load(declared, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path)
    for place in ("file", "link", "file/below"):
        with pytest.raises(InvalidArgument, match=r"nothing was loaded|nothing was written"):
            pm.across(declared.names, load_people, to=tmp_path / place)
    with pytest.raises(InvalidArgument, match="is a URL with a user name, which may hold a credential"):
        pm.across(declared.names, load_people, to="memory://user:cnry-11@host/x")


def test_a_scan_has_lists_flags_of_some_accounts_and_a_warning_for_what_failed(declared, tmp_path):
    def load() -> pd.DataFrame:
        frame = pm.teamwork.permissions(480101).assign(team_ids=[[1, 2]] * len(pm.teamwork.permissions(480101)))
        return (
            frame
            if frame.attrs["pmframes"]["account"] == "agency0"
            else frame.assign(permission_new=True).astype({"permission_new": "boolean"})
        )

    declared.boxes["agency2"].renew_token("teamwork")
    with pytest.warns(UserWarning, match="1 account could not be loaded: agency2"):
        folder = pm.across(declared.names, load, to=tmp_path / "out", on_error="collect")
    with pytest.warns(UserWarning, match="lacks the rows of accounts that could not be loaded: agency2"):
        found = pm.scan(folder).compute()
    assert found["team_ids"].tolist() == [[1, 2]] * len(found)
    assert found.groupby("account")["permission_new"].count()["agency0"] == 0
    with pytest.warns(UserWarning, match="1 account could not be loaded"):
        clients = pm.across(declared.names, pm.teamwork.people, on_error="collect")
    assert "marked as incomplete" in str(clients.pm.source)


def test_a_filtered_frame_has_the_sources_of_its_accounts_alone(declared):
    frame = pm.across(declared.names, load_people)
    assert [source.account for source in frame[frame["account"] == "agency1"].pm.source.sources] == ["agency1"]
