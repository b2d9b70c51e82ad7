"""The files of the cache: folder, names, modes, links, what is removed and what is left."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
import pytest

from pmframes._http import store
from pmframes._http.store import CachedLoad, Store, StoreUnreadable
from pmframes.errors import PmframesError

SERVICES = {"outlign", "teamwork"}
NAME, OTHER = f"{'0' * 32}.sqlite", f"{'a1' * 16}.sqlite"
FOREIGN = [f"asana/{NAME}", "outlign/notes.sqlite", f"outlign/{'A' * 32}.sqlite", f"outlign/{'0' * 33}.sqlite"]
HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def make(path: Path, content: bytes = b"SQLite format 3\0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write(into: Store) -> None:
    into.write("people:1", CachedLoad([], datetime.now(UTC)), [], HOUR, "")


@pytest.mark.parametrize(
    ("variable", "folder"), [("/var/x", "/var/x"), ("~/x", "/home/of/x"), ("x", "{here}/x"), ("", None), (None, None)]
)
def test_the_cache_folder_is_that_of_the_variable_or_the_platforms(variable, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/of")
    if variable is None:
        monkeypatch.delenv("PMFRAMES_CACHE_DIR", raising=False)
    else:
        monkeypatch.setenv("PMFRAMES_CACHE_DIR", variable)
    expected = platformdirs.user_cache_dir("pmframes") if folder is None else folder.format(here=tmp_path)
    assert store.cache_folder() == Path(expected)


def test_a_user_without_a_home_folder_is_told_which_variable_to_set(monkeypatch):
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", "~nobody-of-this-name/x")
    with pytest.raises(PmframesError) as raised:
        store.cache_folder()
    assert str(raised.value) == "This user has no home folder for the cache. Set PMFRAMES_CACHE_DIR to a folder."


def test_the_hash_of_an_account_differs_by_address_and_credential_and_is_that_of_every_release():
    pairs = [("https://a", "x"), ("https://a", "X"), ("https://b", "x"), ("x", "https://a"), ("https://ax", "")]
    assert len({store.account_hash(*pair) for pair in [*pairs, ("https://a", "x" * 64), ("https://a", "x" * 65)]}) == 7
    # Another one would leave what is cached behind.
    assert store.account_hash("https://a.example", "bearer x") == "d0ab778d70d4fba1d56c7b44f660a7f4"


@pytest.mark.parametrize(("list_files", "layout"), [(store.store_files, "v2"), (store.old_files, "v1")])
def test_store_files_are_those_of_the_services_and_of_one_layout(list_files, layout, folder):
    ours = [make(folder / layout / service / name) for service in sorted(SERVICES) for name in (NAME, OTHER)]
    for name in [*FOREIGN, f"outlign/{NAME}-wal", f"outlign/deep/{NAME}", "outlign/notes.txt"]:
        make(folder / layout / name)
    make(folder / "v3/outlign" / NAME)
    assert list_files(folder, SERVICES) == ours
    assert list_files(folder, {"teamwork"}) == ours[2:]
    assert list_files(folder / "not there", SERVICES) == []


def test_unknown_files_are_all_other_databases(folder):
    make(folder / "v2/outlign" / NAME)
    unknown = [make(folder / "v2" / name) for name in FOREIGN]
    make(folder / "v2/outlign/notes.txt")
    make(folder / "v1/asana" / NAME)
    link = folder / "v2/outlign" / OTHER
    link.symlink_to(NAME)
    assert store.unknown_files(folder, SERVICES) == sorted([*unknown, link])


def test_a_store_is_removed_with_its_journals_and_nothing_else(folder):
    path = make(folder / "v2/outlign" / NAME)
    for suffix in ("-wal", "-shm", "-journal", "-mine", ".bak"):
        make(path.with_name(NAME + suffix))
    make(path.with_name(OTHER))
    store.remove_file(path)
    assert {left.name for left in path.parent.iterdir()} == {f"{NAME}-mine", f"{NAME}.bak", OTHER}
    store.remove_file(path)


def test_a_folder_of_the_name_of_a_store_and_a_link_beside_it_are_removed_and_its_target_is_left(folder, tmp_path):
    path = folder / "v2/outlign" / NAME
    target = make(tmp_path / "elsewhere/file")
    for suffix in ("", "-wal"):
        make(path.with_name(NAME + suffix) / "deep/file")
    path.with_name(f"{NAME}-shm").symlink_to(target.parent)
    store.remove_file(path)
    assert list(path.parent.iterdir()) == []
    assert target.exists()


def test_a_store_below_a_file_is_none(folder):
    make(folder / "v2/outlign")
    store.remove_file(folder / "v2/outlign" / NAME)
    assert (folder / "v2/outlign").is_file()


@pytest.mark.parametrize(("error", "reason"), [
    (PermissionError(13, "Permission denied"), "Permission denied"), (OSError(), "OSError"),
])  # fmt: skip
def test_a_file_that_cannot_be_removed_is_named_with_the_reason(error, reason, folder, monkeypatch):
    path = make(folder / "v2/outlign" / NAME)

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PmframesError) as raised:
        store.remove_file(path)
    assert str(raised.value) == (
        f"{path} could not be removed ({reason}). Check the permissions of the file and folder, then try again."
    )


def test_files_of_the_old_layout_go_with_the_folders_that_are_empty_then(folder):
    for name in (f"outlign/{NAME}", f"outlign/{NAME}-wal", f"teamwork/{NAME}", f"teamwork/{OTHER}"):
        make(folder / "v1" / name)
    new = make(folder / "v2/outlign" / NAME)
    assert store.remove_old_files(folder, SERVICES) == 3
    assert list(folder.iterdir()) == [folder / "v2"]
    assert new.exists()
    assert store.remove_old_files(folder, SERVICES) == 0


@pytest.mark.parametrize("name", [*FOREIGN, "outlign/notes.txt"])
def test_what_is_not_ours_in_the_old_layout_is_left(name, folder):
    ours, other = make(folder / "v1/outlign" / OTHER), make(folder / "v1" / name, b"not ours")
    link = ours.with_name(f"{'1' * 32}.sqlite")
    link.symlink_to(other)
    assert store.remove_old_files(folder, SERVICES) == 1
    assert other.read_bytes() == b"not ours"
    assert link.is_symlink()
    assert not ours.exists()


def modes(folder: Path) -> dict[str, str]:
    places = [folder, *folder.rglob("*")]
    return {str(place.relative_to(folder)): oct(stat.S_IMODE(place.stat().st_mode)) for place in places}


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """What is created is open to all, unless its mode is set."""
    before = os.umask(0)
    yield
    os.umask(before)


PRIVATE = {".": "0o700", "v2": "0o700", "v2/outlign": "0o700", f"v2/outlign/{NAME}": "0o600"}
KEY = {"v2/checksum-key": "0o600"}


def test_folders_and_file_are_private_before_sqlite_opens_them(folder, monkeypatch):
    seen: list[dict[str, str]] = []
    opened = store._open_table
    monkeypatch.setattr(store, "_open_table", lambda path: seen.append(modes(folder)) or opened(path))
    write(Store(folder / "v2/outlign" / NAME, ""))
    assert [*seen, modes(folder)] == [PRIVATE | KEY] * 2


def test_folders_and_file_that_were_open_to_others_are_made_private(folder):
    path = make(folder / "v2/outlign" / NAME, b"")
    path.chmod(0o666)
    write(Store(path, ""))
    assert modes(folder) == PRIVATE | KEY | {".": "0o777"}


def test_the_journals_are_private(folder):
    """Another connection keeps them from being removed."""
    path = folder / "v2/outlign" / NAME
    write(Store(path, ""))
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT * FROM responses").fetchall()
        write(Store(path, ""))
        found = {place.name: oct(stat.S_IMODE(place.stat().st_mode)) for place in path.parent.iterdir()}
    assert found == {NAME: "0o600", f"{NAME}-wal": "0o600", f"{NAME}-shm": "0o600"}


def test_folders_that_another_process_creates_at_the_same_moment_are_used(folder, monkeypatch, recwarn):
    path = folder / "v2/outlign" / NAME
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(Path, "exists", lambda path: False)
    write(Store(path, ""))
    assert list(recwarn) == []
    assert path.is_file()


def test_no_file_handle_is_left_open(folder):
    write(Store(folder / "v2/outlign" / NAME, ""))
    Store(folder / "v2/outlign" / NAME, "").read("people:1")
    opened = []
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile, by another thread
            opened.append(os.readlink(handle))
    assert [path for path in opened if path.startswith(str(folder))] == []


def test_the_file_is_private_where_the_system_has_no_file_handles_with_modes(folder, monkeypatch, recwarn):
    """Python for Windows has none of these before 3.13."""
    path, flags, os_open = folder / "v2/outlign" / NAME, [], os.open

    def opened(place: Path, how: int, *arguments: int, **options: int) -> int:
        if place == path:
            flags.append(how)
        return os_open(place, how, *arguments, **options)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.delattr(os, "fchmod")
    monkeypatch.delattr(os, "O_NOFOLLOW")
    write(Store(path, ""))
    assert list(recwarn) == []
    assert flags == [os.O_CREAT | os.O_RDWR]
    assert modes(folder)[f"v2/outlign/{NAME}"] == "0o600"


LINKS: dict[str, Callable[[Path], Path]] = {
    "the file": lambda path: path, "the folder of the service": lambda path: path.parent,
    "the folder of the layout": lambda path: path.parent.parent,
}  # fmt: skip


def contents(place: Path) -> list[tuple[object, ...]]:
    """Return content, mode and time of all below a place."""
    return [
        (path, path.is_file() and path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in sorted([place, *place.rglob("*")])
    ]


@pytest.mark.parametrize("kind", LINKS)
def test_a_store_behind_a_link_is_neither_listed_read_written_nor_removed(kind, folder, tmp_path):
    path = folder / "v2/outlign" / NAME
    write(Store(path, ""))
    link, target = LINKS[kind](path), tmp_path / "elsewhere"
    shutil.move(link, target)
    target.chmod(0o755 if target.is_dir() else 0o644)
    link.symlink_to(target)
    before, linked = contents(target), Store(path, "")
    with pytest.warns(UserWarning, match=r"could not be read \(\S+ is a link\)"), pytest.raises(StoreUnreadable):
        linked.read("people:1")
    with pytest.warns(UserWarning, match=r"could not be written \(\S+ is a link\)"):
        write(Store(path, ""))
    assert store.store_files(folder, SERVICES) == []
    assert store.unknown_files(folder, SERVICES) == [path]
    linked.clear()
    assert link.is_symlink()
    assert contents(target) == before


def test_a_link_to_nothing_and_a_journal_that_is_a_link_are_not_followed(folder, tmp_path):
    path, target = folder / "v2/outlign" / NAME, tmp_path / "elsewhere"
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    with pytest.warns(UserWarning, match="could not be written"):
        write(Store(path, ""))
    assert not target.exists()
    path.unlink()
    write(Store(path, ""))
    path.with_name(f"{NAME}-wal").symlink_to(make(target, b""))
    target.chmod(0o644)
    before = contents(target)
    with pytest.warns(UserWarning, match="could not be written"):
        write(Store(path, ""))
    assert contents(target) == before


def test_a_link_that_is_planted_while_the_file_is_created_is_not_followed(folder, tmp_path, monkeypatch):
    """Between the look for links and the opening: the system refuses it then."""
    path, target = make(folder / "v2/outlign" / NAME), make(tmp_path / "elsewhere", b"not ours")
    target.chmod(0o644)
    before = contents(target)

    def plant(place: Path, mode: int) -> None:
        if place == path.parent:
            path.unlink()
            path.symlink_to(target)

    monkeypatch.setattr(Path, "chmod", plant)
    with pytest.warns(UserWarning, match="could not be written"):
        write(Store(path, ""))
    assert contents(target) == before


NOBODY = 65534
OWNED = {
    "the file": f"v2/outlign/{NAME}", "the folder of the service": "v2/outlign", "the folder of the layout": "v2",
    "the key": "v2/checksum-key",
}  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to another user")
@pytest.mark.parametrize("kind", OWNED)
def test_what_another_user_owns_is_told_and_neither_read_nor_written(kind, folder):
    path = folder / "v2/outlign" / NAME
    write(Store(path, ""))
    os.chown(folder / OWNED[kind], NOBODY, NOBODY)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with (
        pytest.warns(UserWarning, match=r"could not be read \(\S+ belongs to another user\)"),
        pytest.raises(StoreUnreadable),
    ):
        Store(path, "").read("people:1")
    with pytest.warns(UserWarning, match=r"could not be written \(\S+ belongs to another user\)"):
        write(Store(path, ""))
    if kind != "the key":
        Store(path, "").clear()
        assert store.store_files(folder, SERVICES) == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
