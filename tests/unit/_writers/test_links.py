"""Symbolic links: written through to their targets, or refused where another user made them; and no odd targets."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from pmframes import errors
from pmframes._writers.atomic import atomic_write, require_writable

NAME = "report.html"
ACTS = [
    pytest.param(lambda path: atomic_write(path, "new", overwrite=True), id="write"),
    pytest.param(lambda path: require_writable(path, overwrite=True), id="check"),
]
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file in a folder of its own, with the links that lead to it beside that folder."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / NAME).write_text("old")
    (tmp_path / "folder").symlink_to("kept")
    (tmp_path / "relative").symlink_to(f"kept/{NAME}")
    (tmp_path / "absolute").symlink_to(tmp_path / "kept" / NAME)
    (tmp_path / "chain").symlink_to("./folder/../relative")
    return tmp_path / "kept" / NAME


LINKS = ["relative", "absolute", "chain", f"folder/{NAME}", f"folder/../kept/../folder/{NAME}"]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_stays_and_its_target_is_written(link: str, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    inode, links = kept.stat().st_ino, {path: os.readlink(path) for path in tmp_path.iterdir() if path.is_symlink()}
    for path in (tmp_path / link, Path(link)):
        monkeypatch.chdir(tmp_path)
        assert atomic_write(path, "new", overwrite=True) == path
        # Replaced, not written into: whoever reads the old file reads all of it.
        assert (kept.read_text(), kept.stat().st_ino == inode) == ("new", False)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        kept.write_text("old")
        inode = kept.stat().st_ino
    assert {path: os.readlink(path) for path in links} == links
    assert names(kept.parent) == [NAME]


@pytest.mark.parametrize("link", LINKS)
def test_the_target_of_a_link_is_kept_unless_overwrite_is_true(link: str, kept: Path, tmp_path: Path):
    for act in (lambda path: atomic_write(path, "new"), lambda path: require_writable(path, overwrite=False)):
        with pytest.raises(errors.InvalidArgument, match="already exists") as caught:
            act(tmp_path / link)
        assert str(tmp_path / link) in str(caught.value)
    assert kept.read_text() == "old"


def test_the_temporary_file_is_in_the_folder_of_the_target(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (seen.append(names(kept.parent)), sync(handle)))
    atomic_write(tmp_path / "relative", "new", overwrite=True)
    assert [len(one) for one in seen] == [2]


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_missing_target_of_a_link_is_made(overwrite: bool, tmp_path: Path):
    (tmp_path / "link").symlink_to("later")
    require_writable(tmp_path / "link", overwrite)
    assert atomic_write(tmp_path / "link", "new", overwrite=overwrite) == tmp_path / "link"
    assert (tmp_path / "later").read_text() == "new"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("act", ACTS)
def test_a_link_into_a_missing_folder_names_that_folder(act, tmp_path: Path):
    (tmp_path / "link").symlink_to("no/later")
    with pytest.raises(errors.InvalidArgument, match=f"The folder {tmp_path / 'no'} does not exist"):
        act(tmp_path / "link")
    assert names(tmp_path) == ["link"]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("target", ["self", "other"])
def test_a_loop_is_refused(act, target: str, tmp_path: Path):
    (tmp_path / "self").symlink_to(target)
    (tmp_path / "other").symlink_to("self")
    with pytest.raises(errors.InvalidArgument, match="loop of symbolic links"):
        act(tmp_path / "self")


@as_root
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("planted", "link"), [
    ("relative", "relative"), ("absolute", "absolute"), ("relative", "chain"), ("folder", "chain"),
    ("folder", f"folder/{NAME}"), ("folder", "folder/new.html"),
])  # fmt: skip
def test_a_link_of_another_user_is_refused(act, planted: str, link: str, kept: Path, tmp_path: Path):
    os.lchown(tmp_path / planted, 4321, 4321)
    with pytest.raises(errors.InvalidArgument, match="which another user made; nothing was written") as caught:
        act(tmp_path / link)
    assert str(tmp_path / link) in caught.value.cause
    assert (kept.read_text(), names(kept.parent)) == ("old", [NAME])


@as_root
def test_a_dangling_link_of_another_user_is_refused_without_overwrite_too(tmp_path: Path):
    (tmp_path / "link").symlink_to("later")
    os.lchown(tmp_path / "link", 4321, 4321)
    with pytest.raises(errors.InvalidArgument, match="another user"):
        atomic_write(tmp_path / "link", "new")
    assert names(tmp_path) == ["link"]


@as_root
def test_links_of_oneself_and_of_root_are_followed():
    """As another user than root, with a link of root's, one of the user's own, and one of a third user's."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:  # other users cannot enter root's tmp_path
        kept = Path(folder, NAME)
        for link, owner in (("of root", 0), ("own", 4321), ("of a third user", 1234)):
            Path(folder, link).symlink_to(NAME)
            os.lchown(Path(folder, link), owner, owner)
        os.chown(folder, 4321, 4321)
        os.seteuid(4321)
        try:
            for link in ("of root", "own", "of a third user"):
                try:
                    atomic_write(Path(folder, link), link, overwrite=True)
                except errors.InvalidArgument as error:
                    found[link] = error.cause
                else:
                    found[link] = kept.read_text()
        finally:
            os.seteuid(0)
    assert (found["of root"], found["own"]) == ("of root", "own")
    assert "is a symbolic link, which another user made" in found["of a third user"]


@pytest.mark.parametrize("act", ACTS)
def test_a_device_or_a_pipe_is_no_file_to_replace(act, tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to(os.devnull)
    for path in (tmp_path / "pipe", tmp_path / "null"):
        with pytest.raises(errors.InvalidArgument, match="is not a regular file"):
            act(path)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "path", [None, 3, b"r.html", "r\0.html", "\ud800.html", "~nobody-of-this-name/r.html"], ids=ascii
)
def test_what_is_no_path_is_refused(act, path: object):
    with pytest.raises(errors.InvalidArgument, match="not the path of a file"):
        act(path)
