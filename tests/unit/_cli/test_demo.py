"""``pmframes demo``: what is refused before anything starts; the demo itself is in ``tests/loading``."""

import sys

import pytest

from pmframes._cli import main


def test_a_file_that_the_demo_did_not_write_is_left_unchanged(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "pmframes-demo.html"
    report.write_text("<title>my own page</title>")
    assert main(["demo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "in the way" in err
    assert report.read_text() == "<title>my own page</title>"


def test_a_folder_of_the_reports_name_is_left_unchanged(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pmframes-demo.html").mkdir()
    assert main(["demo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "in the way" in err
    assert (tmp_path / "pmframes-demo.html").is_dir()


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
