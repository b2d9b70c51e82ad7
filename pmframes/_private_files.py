"""Files and folders of this user alone: those of the cache and of the journal.

Windows has no O_NOFOLLOW and no owner to compare, and cannot open folders; before Python 3.13 it has no fchmod
either. There a file is as private as the user's folder.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from errno import ELOOP, ENOTDIR
from pathlib import Path


class NotOurs(OSError):
    """A file or folder is a link, or belongs to another user, who may have written what it holds."""


def is_of(status: os.stat_result, *others: int) -> bool:
    """Return whether a file belongs to this user, or to one of these others."""
    return not hasattr(os, "geteuid") or status.st_uid in (os.geteuid(), *others)


def is_own(path: Path) -> bool:
    """Return whether a path is no link and belongs to this user, or does not exist."""
    try:
        status = path.lstat()
    except OSError:
        return True  # it does not exist
    return not stat.S_ISLNK(status.st_mode) and is_of(status)


def make_own_folder(folder: Path) -> None:
    """Create a folder for this user alone; one that exists is made private."""
    for parent in reversed([parent for parent in (folder, *folder.parents) if not parent.exists()]):
        parent.mkdir(mode=0o700, exist_ok=True)
    with _open_own_folder(folder):
        pass


def sync_own_folder(folder: Path) -> None:
    """Put the names of the files in a folder on the disk."""
    with _open_own_folder(folder) as handle:
        if handle >= 0:
            os.fsync(handle)


def _open_own_folder(folder: Path) -> AbstractContextManager[int]:
    return open_own(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0), 0o700)


@contextmanager
def open_own(path: Path, flags: int, mode: int) -> Iterator[int]:
    """Open a file or folder of this user that is no link, and make it private."""
    if os.name == "nt" and path.is_dir():
        yield -1
        return
    try:
        handle = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), mode)
    except OSError as error:
        if error.errno in (ELOOP, ENOTDIR) and path.is_symlink():
            raise NotOurs(f"{path} is a link") from None
        raise
    try:
        if not is_of(os.fstat(handle)):
            raise NotOurs(f"{path} belongs to another user")
        if hasattr(os, "fchmod"):
            os.fchmod(handle, mode)  # it may have existed, and been open to others
        yield handle
    finally:
        os.close(handle)
