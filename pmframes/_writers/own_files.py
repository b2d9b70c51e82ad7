"""What journals and histories share: their folder, appending, locks, and how a refusal of the system is explained."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
from platformdirs import user_data_dir

from pmframes._messages import describe_os_error
from pmframes._private_files import NotOurs, make_own_folder, open_own, sync_own_folder
from pmframes._text import strip_control
from pmframes.errors import PmframesError

FOLDER_VARIABLE = "PMFRAMES_DATA_DIR"


def data_folder(name: str) -> Path:
    """Return a folder for data that stay: below ``PMFRAMES_DATA_DIR``, else the platform's user data directory."""
    path = Path(os.environ.get(FOLDER_VARIABLE) or user_data_dir("pmframes"))
    try:
        return path.expanduser().absolute() / name
    except RuntimeError:
        raise PmframesError(
            f"This user has no home folder for the {name}.", f"Set {FOLDER_VARIABLE} to a folder."
        ) from None


def append_own(path: Path, content: bytes) -> None:
    """Add to the end of a file of this user; it is on the disk when this returns."""
    is_new = not path.exists()
    make_own_folder(path.parent)
    with open_own(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600) as handle:
        while content:
            content = content[os.write(handle, content) :]
        os.fsync(handle)
    if is_new:
        sync_own_folder(path.parent)


def read_own(path: Path) -> bytes | None:
    """Return the content of a file of this user; None where there is no file."""
    if not path.exists():
        return None
    with open_own(path, os.O_RDONLY, 0o600) as handle:
        return b"".join(iter(lambda: os.read(handle, 1 << 20), b""))


def acquire_lock(path: Path, timeout_seconds: float = 0) -> filelock.BaseFileLock:
    """Try to get a lock that other processes and threads respect; release it if it ``is_locked``.

    The system releases it when the process ends, however that happens.
    """
    make_own_folder(path.parent)
    lock = filelock.FileLock(path, timeout=timeout_seconds, mode=0o600)
    with suppress(filelock.Timeout):
        lock.acquire()
    return lock


@contextmanager
def explain_failure(label: str, path: Path, remedy: str) -> Iterator[None]:
    """Turn an error of the operating system into one that says what to do; ``label`` names the file."""
    try:
        yield
    except OSError as error:
        reason = str(error) if isinstance(error, NotOurs) else describe_os_error(error)
        cause = f"The {label} {strip_control(str(path))} cannot be used. {reason.rstrip('.')}."
        raise PmframesError(cause, remedy) from None
