"""The problems of a history as a frame."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, get_args

import pandas as pd

from pmframes._history.folder import HistoryFolder
from pmframes._history.snapshots import FileRef, Snapshot
from pmframes._types import TEXT
from pmframes._writers.hash_chain import FaultKind, Head
from pmframes._writers.own_files import read_own
from pmframes.errors import PmframesError

_DTYPES: dict[str, Any] = {
    "problem": pd.CategoricalDtype(list(get_args(FaultKind))),
    **dict.fromkeys(("line", "number"), "Int64"),
    "file": TEXT,
    "account": TEXT,
    "detail": TEXT,
}


def verify_folder(folder: HistoryFolder, head: Head | None) -> pd.DataFrame:
    """Check the chain, the files, and the lines up to an earlier head."""
    if not folder.exists():
        raise PmframesError(f"There is no history in {folder.label}.", "Pass its folder.")
    with folder.locked():
        state, snapshots = folder.read()
        faults = folder.faults(state)
        # Without all lines it is not known which files are named.
        strangers = [] if faults else folder.strangers(state, snapshots)
        if head is not None and not faults and (fault := state.check_head(head)):
            faults = [*faults, fault]
        rows: list[dict[str, Any]] = [{"problem": kind, "line": line, "detail": text} for kind, line, text in faults]
        rows += _check_files(folder, snapshots)
        rows += [{"problem": "put in", "file": name, "detail": "no line names this file"} for name in strangers]
    return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)


def _check_files(folder: HistoryFolder, snapshots: list[Snapshot]) -> list[dict[str, Any]]:
    first_lines: dict[FileRef, Snapshot] = {}
    for one in snapshots:
        for file in one.files:
            first_lines.setdefault(file, one)
    hashes = {file.sha256: file.name for file in first_lines}
    rows = list[dict[str, Any]]()
    for file, one in first_lines.items():
        content = read_own(folder.path / file.name)
        if content is None:
            problem, detail = "missing", "there is no such file"
        elif (digest := sha256(content).hexdigest()) == file.sha256:
            continue
        elif digest in hashes:
            problem, detail = "swapped", f"it holds what was written to {hashes[digest]}"
        else:
            problem, detail = "damaged", "its content is not what was written"
        row = {"problem": problem, "number": one.number, "file": file.name, "account": one.account, "detail": detail}
        rows.append(row)
    return rows
