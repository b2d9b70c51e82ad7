"""A file is written whole or not at all, by its owner for its owner."""

import os
import stat
import threading
from pathlib import Path

import pytest

from pmframes import _messages, errors
from pmframes._writers.atomic import atomic_write, require_writable


def only(folder, *names):
    return sorted(one.name for one in folder.iterdir()) == sorted(names)


@pytest.fixture(params=["with hard links", "without hard links"])
def folder(request, tmp_path, monkeypatch):
    if request.param == "without hard links":

        def refuse(*_):
            raise PermissionError("no hard links here")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    return tmp_path


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("data", "content"), [(b"\x00\r\n", b"\x00\r\n"), ("é\n", b"\xc3\xa9\n"), ("\ud800", b"\\ud800")]
)
def test_writes_privately(folder, overwrite, data, content):
    written = atomic_write(folder / "report.html", data, overwrite=overwrite)
    assert written == folder / "report.html"
    assert written.read_bytes() == content
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert written.stat().st_nlink == 1
    assert only(folder, "report.html")


def test_takes_text_for_a_path_and_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert atomic_write("~/report.html", "x") == tmp_path / "report.html"


def test_keeps_what_is_there_until_told_otherwise(folder):
    path = folder / "report.html"
    path.write_text("mine")
    with pytest.raises(errors.InvalidArgument, match="overwrite=True"):
        atomic_write(path, "new")
    assert path.read_text() == "mine"
    atomic_write(path, "new", overwrite=True)
    assert path.read_text() == "new"
    assert only(folder, "report.html")


def test_keeps_what_appears_at_the_last_moment(folder, monkeypatch):
    path = folder / "report.html"
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text("mine"))
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        atomic_write(path, "new")
    assert path.read_text() == "mine"
    assert only(folder, "report.html")


def test_one_of_many_wins(folder):
    start, outcomes = threading.Barrier(16), []

    def write(number):
        start.wait()
        try:
            atomic_write(folder / "report.html", str(number) * 10_000)
            outcomes.append(str(number))
        except errors.InvalidArgument:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert (folder / "report.html").read_text() == outcomes[0] * 10_000


def test_a_link_is_something_that_is_there(folder):
    (folder / "link").symlink_to(folder / "nowhere")
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        atomic_write(folder / "link", "x")
    assert not (folder / "nowhere").exists()


def test_refuses_a_folder_and_a_missing_one(tmp_path):
    for overwrite in (False, True):
        with pytest.raises(errors.InvalidArgument, match="is a folder"):
            atomic_write(tmp_path, "x", overwrite=overwrite)
        with pytest.raises(errors.InvalidArgument, match=r"does not exist.*Create the folder"):
            atomic_write(tmp_path / "no" / "report.html", "x", overwrite=overwrite)
    assert only(tmp_path)


@pytest.mark.parametrize("broken", ["fsync", "replace", "link"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_leaves_nothing_behind(tmp_path, monkeypatch, broken, error):
    def fail(*_):
        raise error

    path = tmp_path / "report.html"
    if broken == "link":
        monkeypatch.setattr(Path, "hardlink_to", lambda *_: (_ for _ in ()).throw(OSError()))
    monkeypatch.setattr(*((os, "fsync", fail) if broken == "fsync" else (Path, "replace", fail)))
    with pytest.raises(type(error)):
        atomic_write(path, "new", overwrite=broken == "replace")
    assert only(tmp_path)


def require(path):
    require_writable(path, overwrite=False)


@pytest.mark.parametrize("act", [require, lambda path: atomic_write(path, "x")])
def test_a_folder_that_takes_no_files_is_told_by_the_file_that_was_asked_for(act):
    """Nobody can make a file in /proc, not even root."""
    path = Path("/proc/report.html")
    with pytest.raises(OSError, match=f"'{path}'") as caught:
        act(path)
    said = _messages.describe_os_error(caught.value)
    assert f"{path}. Check the permissions of the file and its folder, or use another folder." in said


@pytest.mark.parametrize("refused", [PermissionError(1, "no", "a", None, "b"), OSError(28, "no")])
def test_what_may_not_be_replaced_or_filled_is_named(tmp_path, monkeypatch, refused):
    def fail(*_):
        raise refused

    monkeypatch.setattr(Path, "replace", fail)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="no") as caught:
        atomic_write("report.html", "x", overwrite=True)
    assert caught.value is refused
    assert (refused.filename, refused.filename2) == (str(tmp_path / "report.html"), None)
    assert str(tmp_path / "report.html") in _messages.describe_os_error(refused)
    assert only(tmp_path)
