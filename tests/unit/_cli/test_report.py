"""``pmframes report``: usage errors, and what is refused without a connection."""

import pytest

import pmframes as pm
from pmframes._cli import main
from tests.support import frames

REVIEW = ("report", "access-review", "-o", "review.html")


@pytest.mark.parametrize("words", [
    ("report",), ("report", "no-such"), ("report", "access-review"), ("report", "portfolio", "--project", "1"),
    (*REVIEW, "--fail-on", "severe"), (*REVIEW, "--project", "x"),
    *((*REVIEW, "--dormant-days", days) for days in ("0", "-1", "x", "1.5", "36501", "99999999999")),
    (*REVIEW, "--offline", "--refresh"),
], ids=" ".join)  # fmt: skip
def test_usage_errors_exit_with_2(words, capsys):
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err.partition(":")[0]) == ("", "usage")


@pytest.mark.usefixtures("own_home")
@pytest.mark.parametrize(("words", "variables"), [
    (REVIEW, "PMFRAMES_TEAMWORK_URL and PMFRAMES_TEAMWORK_TOKEN"),
    (
        ("report", "portfolio", "-o", "c.html"),
        "one of PMFRAMES_PROJECTMANAGER_TOKEN, PMFRAMES_OUTLIGN_TOKEN, PMFRAMES_SPIRII_TOKEN",
    ),
], ids=["access-review", "portfolio"])  # fmt: skip
def test_without_a_connection_the_variables_are_named(words, variables, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert (
        f"Set {variables} in the environment; to run this on fictional data, write pmframes sandbox -- before it."
        in err
    )
    assert list(tmp_path.glob("*.html")) == []


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    frames.clients().to_parquet(tmp_path / "last.parquet")
    assert pm.report.changes("~/last.parquet", frames.clients()).empty
