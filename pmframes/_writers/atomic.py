"""Write a file completely or not at all, readable by its owner alone; a symbolic link stands for its target."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from pmframes._private_files import is_of
from pmframes._text import join_or, replace_surrogates, safe_repr
from pmframes.errors import InvalidArgument

# The extensions of a format; the first one is suggested.
HTML, EXCEL, PARQUET = (".html", ".htm"), (".xlsx",), (".parquet", ".pq")
# As many as Linux follows.
_MAX_LINKS = 40


def atomic_write(path: str | os.PathLike[str], data: bytes | str, *, overwrite: bool = False) -> Path:
    r"""Write ``data`` to ``path``: afterwards the file holds all of it, or nothing has changed.

    Parameters
    ----------
    path
        Where to write; ``~`` is the home folder. The folder must exist. A symbolic link stays, and its target
        is written, or made if it is missing; a link that another user made is refused, root's are not.
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
        If the folder does not exist, ``path`` is no file, or the file exists and may not be replaced.
    OSError
        If the system refuses; its ``filename`` is the file.
    """
    named = _to_path(path)
    target = _find_target(named, overwrite)
    content = data if isinstance(data, bytes) else replace_surrogates(data).encode()
    with _with_filename(named):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".pmframes-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _publish(Path(name), target, overwrite)
        finally:
            Path(name).unlink(missing_ok=True)
    return named


def require_writable(path: str | os.PathLike[str], overwrite: bool, *formats: tuple[str, ...]) -> None:
    """Refuse what ``atomic_write`` would refuse, and a wrong extension, before there is anything to write.

    Parameters
    ----------
    path
        Where to write.
    overwrite
        Whether an existing file may be replaced.
    *formats
        The extensions of each format that the file can have. A name without an extension contradicts no
        format, but it cannot choose between several.

    Raises
    ------
    InvalidArgument
        If the extension is of another format, the folder does not exist, ``path`` is no file, or the file
        exists and may not be replaced.
    OSError
        If no file can be made in the folder; its ``filename`` is the file.
    """
    named = _to_path(path)
    if formats:
        _check_extension(named, formats)
    target = _find_target(named, overwrite)
    # The permissions alone do not tell: a disk may be read-only, or not a disk at all.
    with _with_filename(named), tempfile.TemporaryFile(dir=target.parent):
        pass


def _to_path(path: str | os.PathLike[str]) -> Path:
    try:
        named = Path(path).expanduser()
        if b"\0" in os.fsencode(named):
            raise ValueError
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: ~ of an unknown user
        raise InvalidArgument(
            f"path is {safe_repr(path)}, which is not the path of a file; nothing was written.",
            "Pass a path, such as 'report.html'.",
        ) from None
    return named


def _check_extension(named: Path, formats: tuple[tuple[str, ...], ...]) -> None:
    suffix, extensions = named.suffix, [suffixes[0] for suffixes in formats]
    # What follows the last dot of "review 2026.11" or "Acme Inc. review" is no extension.
    has_extension = suffix[1:].isalnum() and not suffix[1:].isdecimal()
    if suffix.lower() in chain(*formats) or (len(formats) == 1 and not has_extension):
        return
    stem = (named.stem if has_extension else named.name).strip(". ") or "report"
    is_right = stem.lower().endswith(tuple(extensions))  # as in review.html.bak
    names = [stem] if is_right else [f"{stem}{extension}" for extension in extensions]
    wrong = f"has the extension {safe_repr(suffix)}" if has_extension else "has no extension"
    raise InvalidArgument(
        f"{named} {wrong}, not {join_or(extensions)}; nothing was written.",
        f"Use {join_or([str(named.with_name(name)) for name in names])}.",
    )


@contextmanager
def _with_filename(target: Path) -> Iterator[None]:
    """Replace the temporary file by the target in errors of the operating system."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(target.absolute()), None
        raise


def _find_target(named: Path, overwrite: bool) -> Path:
    """Return the file to write, with no link left on the way to it."""
    with _with_filename(named):
        target = _follow_links(named)
    if target.is_dir():
        raise InvalidArgument(f"{named} is a folder; nothing was written.", "Pass the path of a file in the folder.")
    if not target.parent.is_dir():
        folder = named.parent if target == named.absolute() else target.parent
        raise InvalidArgument(
            f"The folder {folder} does not exist; nothing was written.", "Create the folder, or choose another one."
        )
    if target.exists() and not target.is_file():
        raise InvalidArgument(f"{named} is not a regular file; nothing was written.", "Pass the path of a file.")
    if not overwrite and os.path.lexists(target):
        raise _file_exists(named)
    return target


def _follow_links(named: Path) -> Path:
    """Resolve a path as the system does; refuse links by which another user would choose where it leads."""
    absolute = named.absolute()
    real, parts, links = Path(absolute.anchor), [*reversed(absolute.parts[1:])], 0
    while parts:
        part = parts.pop()
        step = real.parent if part == ".." else real / part
        try:
            status = step.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return step.joinpath(*reversed(parts))
        if not stat.S_ISLNK(status.st_mode):
            real = step
            continue
        _check_owner(named, step, status)
        if (links := links + 1) > _MAX_LINKS:
            raise InvalidArgument(
                f"{named} leads through a loop of symbolic links; nothing was written.", "Choose another path."
            )
        link_target = step.readlink()
        if link_target.anchor:
            real = Path(link_target.anchor)
        parts += reversed(link_target.parts[1:] if link_target.anchor else link_target.parts)
    return real


def _check_owner(named: Path, link: Path, status: os.stat_result) -> None:
    # Those of root are not refused; on Windows only administrators make links.
    if not is_of(status, 0):
        what = "is a symbolic link" if link == named.absolute() else f"leads through the symbolic link {link}"
        raise InvalidArgument(
            f"{named} {what}, which another user made; nothing was written.",
            "Pass the path without the link, or choose another one.",
        )


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
