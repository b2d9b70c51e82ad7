"""`atomic_write` and `require_writable`: a file is written whole or not at all, readable by its owner only."""

import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pmframes import _messages, errors
from pmframes._writers.atomic import atomic_write, require_writable

NAME = "report.html"


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.fixture(params=["with hard links", "without hard links"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a disk that has hard links, and on one that has none."""
    if request.param == "without hard links":
        monkeypatch.setattr(Path, "hardlink_to", raising(PermissionError("no hard links here")))
    return tmp_path


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("data", "content"), [(b"\x00\r\n", b"\x00\r\n"), ("é\n", b"\xc3\xa9\n"), ("\ud800", b"\\ud800")]
)
def test_writes_bytes_and_utf_8_with_mode_600(folder: Path, overwrite: bool, data: bytes | str, content: bytes):
    written = atomic_write(folder / NAME, data, overwrite=overwrite)
    assert written == folder / NAME
    assert written.read_bytes() == content
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert written.stat().st_nlink == 1
    assert names(folder) == [NAME]


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert atomic_write(f"~/{NAME}", "x") == tmp_path / NAME
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        require_writable(Path(f"~/{NAME}"), overwrite=False)
    require_writable(Path(f"~/{NAME}"), overwrite=True)
    require_writable(Path("~/other"), overwrite=False)
    assert names(tmp_path) == [NAME]


def test_an_existing_file_is_kept_unless_overwrite_is_true(folder: Path):
    path = folder / NAME
    path.write_text("mine")
    with pytest.raises(errors.InvalidArgument, match="overwrite=True") as caught:
        atomic_write(path, "new")
    assert caught.value.argument == "overwrite"
    assert path.read_text() == "mine"
    atomic_write(path, "new", overwrite=True)
    assert path.read_text() == "new"
    assert names(folder) == [NAME]


def test_a_file_that_appears_while_writing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch):
    path = folder / NAME
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text("mine"))
    with pytest.raises(errors.InvalidArgument, match="already exists"):
        atomic_write(path, "new")
    assert path.read_text() == "mine"
    assert names(folder) == [NAME]


def test_one_of_many_threads_writes_and_the_others_are_refused(folder: Path):
    start = threading.Barrier(16)

    def write(number: int) -> str:
        start.wait()
        try:
            return atomic_write(folder / NAME, text := str(number) * 10_000) and text
        except errors.InvalidArgument:
            return ""

    with ThreadPoolExecutor(16) as pool:
        written = list(filter(None, pool.map(write, range(16))))
    assert [(folder / NAME).read_text()] == written


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "act", [lambda path, overwrite: atomic_write(path, "x", overwrite=overwrite), require_writable]
)
def test_refuses_a_folder_and_a_missing_folder(act: Callable[..., object], overwrite: bool, tmp_path: Path):
    with pytest.raises(errors.InvalidArgument, match="is a folder"):
        act(tmp_path, overwrite=overwrite)
    with pytest.raises(errors.InvalidArgument, match=r"does not exist.*Create the folder"):
        act(tmp_path / "no" / NAME, overwrite=overwrite)
    assert names(tmp_path) == []


@pytest.mark.parametrize("broken", ["fsync", "replace", "link"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch, broken: str, error: BaseException):
    if broken == "link":
        monkeypatch.setattr(Path, "hardlink_to", raising(OSError()))
    monkeypatch.setattr(*((os, "fsync") if broken == "fsync" else (Path, "replace")), raising(error))
    with pytest.raises(type(error)):
        atomic_write(tmp_path / NAME, "new", overwrite=broken == "replace")
    assert names(tmp_path) == []


def test_a_read_only_folder_is_reported_by_the_name_of_the_file():
    # Nobody can make a file in /proc, not even root.
    path = Path("/proc") / NAME
    for act in (lambda: require_writable(path, overwrite=False), lambda: atomic_write(path, "x")):
        with pytest.raises(OSError, match=f"'{path}'") as caught:
            act()
        said = _messages.describe_os_error(caught.value)
        assert f"{path}. Check the permissions of the file and its folder, or use another folder." in said


@pytest.mark.parametrize("refused", [PermissionError(1, "no", "a", None, "b"), OSError(28, "no")])
def test_a_refused_write_is_reported_by_the_name_of_the_file(tmp_path: Path, monkeypatch, refused: OSError):
    monkeypatch.setattr(Path, "replace", raising(refused))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="no") as caught:
        atomic_write(NAME, "x", overwrite=True)
    assert caught.value is refused
    assert (refused.filename, refused.filename2) == (str(tmp_path / NAME), None)
    assert names(tmp_path) == []
