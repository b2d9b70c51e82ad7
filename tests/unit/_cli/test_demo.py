"""``pmframes demo``: what is refused before anything starts; the demo itself is in ``tests/loading``."""

import sys

import pytest

from pmframes._cli import main


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_file_that_the_demo_did_not_write_or_a_folder_is_left_unchanged(is_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "pmframes-demo.html"
    report.mkdir() if is_folder else report.write_text("<title>my own page</title>")
    assert main(["demo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "in the way" in err
    assert report.is_dir() if is_folder else report.read_text() == "<title>my own page</title>"


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_without_the_extra_one_line_says_what_to_install(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "werkzeug", None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main([command]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert 'pip install "pmframes[demo]"' in line
