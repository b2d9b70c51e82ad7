"""Write a file whole or not at all, readable by its owner alone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pmframes import _messages


def atomic_write(path: str | os.PathLike[str], data: bytes | str, *, overwrite: bool = False) -> Path:
    r"""Write ``data`` to ``path``: afterwards the file holds all of it, or nothing has changed.

    Parameters
    ----------
    path
        Where to write; ``~`` is the home folder. The folder must exist.
    data
        Text is written as UTF-8; what has no UTF-8 (a lone surrogate) is written as its ``\u`` escape.
    overwrite
        Whether a file that is there already may be replaced. If not, it never is, even when it appears at
        the last moment.

    Returns
    -------
    pathlib.Path
        The file, of mode 0600.

    Raises
    ------
    InvalidArgument
        If the folder is missing, ``path`` is itself a folder, or the file exists and may not be replaced.
    OSError
        If the disk refuses; its ``filename`` is the file.
    """
    target = Path(path).expanduser()
    _require_free(target, overwrite)
    content = data if isinstance(data, bytes) else data.encode("utf-8", "backslashreplace")
    with _with_filename(target):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".pmframes-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _publish(Path(name), target, overwrite)
        finally:
            Path(name).unlink(missing_ok=True)
    return target


def require_writable(target: Path, overwrite: bool) -> None:
    """Refuse what ``write`` would refuse, before there is anything to write.

    Raises
    ------
    InvalidArgument
        If the folder is missing, ``target`` is itself a folder, or the file exists and may not be replaced.
    OSError
        If the folder takes no new files; its ``filename`` is the file.
    """
    target = target.expanduser()
    _require_free(target, overwrite)
    # Rights alone do not say whether a folder takes files: a disk may be read-only, or not a disk at all.
    with _with_filename(target), tempfile.TemporaryFile(dir=target.parent):
        pass


@contextmanager
def _with_filename(target: Path) -> Iterator[None]:
    """Have an error of the system name the file that is asked for, not the one that it is made from."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(target.absolute()), None
        raise


def _require_free(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise _messages.is_a_folder(target)
    if not target.parent.is_dir():
        raise _messages.no_folder(target.parent)
    if not overwrite and os.path.lexists(target):
        raise _messages.file_exists(target)


def _publish(made: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        made.replace(target)
        return
    try:
        target.hardlink_to(made)
    except FileExistsError:
        raise _messages.file_exists(target) from None
    except OSError:
        # Shared folders and memory sticks often know no hard links.
        _publish_without_link(made, target)


def _publish_without_link(made: Path, target: Path) -> None:
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise _messages.file_exists(target) from None
    try:
        made.replace(target)
    except BaseException:
        target.unlink()
        raise
