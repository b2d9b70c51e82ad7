"""Write a file completely or not at all, readable by its owner alone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pmframes._text import replace_surrogates
from pmframes.errors import InvalidArgument


def atomic_write(path: str | os.PathLike[str], data: bytes | str, *, overwrite: bool = False) -> Path:
    r"""Write ``data`` to ``path``: afterwards the file holds all of it, or nothing has changed.

    Parameters
    ----------
    path
        Where to write; ``~`` is the home folder. The folder must exist.
    data
        Text is written as UTF-8; a lone surrogate, which UTF-8 cannot encode, as its ``\u`` escape.
    overwrite
        Whether an existing file may be replaced. If not, it never is, even if it appears at the last moment.

    Returns
    -------
    pathlib.Path
        The file, with permissions 0600.

    Raises
    ------
    InvalidArgument
        If the folder does not exist, ``path`` is a folder, or the file exists and may not be replaced.
    OSError
        If the system refuses; its ``filename`` is the file.
    """
    target = Path(path).expanduser()
    _check_target(target, overwrite)
    content = data if isinstance(data, bytes) else replace_surrogates(data).encode()
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
    """Refuse what ``atomic_write`` would refuse, before there is anything to write.

    Raises
    ------
    InvalidArgument
        If the folder does not exist, ``target`` is a folder, or the file exists and may not be replaced.
    OSError
        If no file can be made in the folder; its ``filename`` is the file.
    """
    target = target.expanduser()
    _check_target(target, overwrite)
    # The permissions alone do not tell: a disk may be read-only, or not a disk at all.
    with _with_filename(target), tempfile.TemporaryFile(dir=target.parent):
        pass


@contextmanager
def _with_filename(target: Path) -> Iterator[None]:
    """Replace the temporary file by the target in errors of the operating system."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(target.absolute()), None
        raise


def _check_target(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise InvalidArgument(f"{target} is a folder; nothing was written.", "Pass the path of a file in the folder.")
    if not target.parent.is_dir():
        raise InvalidArgument(
            f"The folder {target.parent} does not exist; nothing was written.",
            "Create the folder, or choose another one.",
        )
    if not overwrite and os.path.lexists(target):
        raise _file_exists(target)


def _file_exists(path: Path) -> InvalidArgument:
    return InvalidArgument(
        f"{path} already exists; nothing was written.",
        "Choose another name, or pass overwrite=True.",
        argument="overwrite",
    )


def _publish(temporary: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(target)
        return
    try:
        # Unlike a rename, this fails if the target exists.
        target.hardlink_to(temporary)
    except FileExistsError:
        raise _file_exists(target) from None
    except OSError:
        # Network folders and memory sticks often have no hard links.
        _publish_without_link(temporary, target)


def _publish_without_link(temporary: Path, target: Path) -> None:
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise _file_exists(target) from None
    try:
        temporary.replace(target)
    except BaseException:
        target.unlink()
        raise
