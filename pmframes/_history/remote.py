"""Copies of a history elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from pmframes import _messages
from pmframes._accounts.runs import Folder, parse_address
from pmframes._history.folder import HEAD, MANIFEST, HistoryFolder
from pmframes._history.snapshots import FILE_NAME, Snapshot
from pmframes._text import safe_repr
from pmframes._writers.own_files import read_own
from pmframes.errors import InvalidArgument, PmframesError


def copy_folder(folder: HistoryFolder, snapshots: Sequence[Snapshot], url: str) -> int:
    """Make the copy at a URL equal; return the number of files that were sent."""
    remote = Folder(parse_address("url", url))
    # A name is used for one content only.
    files = {file.name: file for one in snapshots for file in one.files}
    try:
        present = {name for name in remote.names() if FILE_NAME.fullmatch(name)}
        missing = [file for name, file in files.items() if name not in present]
        for file in missing:
            remote.write(file.name, folder.read_content(file))
        for name in (MANIFEST, HEAD):
            remote.write(name, read_own(folder.path / name) or b"")
        remote.remove(present - files.keys())
    except (ValueError, ImportError) as error:
        raise InvalidArgument(f"url is {safe_repr(url)}: {error}.", "Pass a URL that fsspec knows.") from None
    except OSError as error:
        raise PmframesError(f"{safe_repr(url)} cannot be written.", _messages.describe_os_error(error)) from None
    return len(missing)
