"""Hash chains: files of JSON lines in which each line holds the hash of the one before, and a file with the last hash.

Whoever changes, removes or adds a line breaks the chain, or has to compute it anew from there. The latter shows
only by a hash that stands elsewhere. The numbers go on where a chain is rewritten: the first line then says so.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pmframes._private_files import sync_own_folder
from pmframes._writers.atomic import atomic_write
from pmframes._writers.own_files import append_own, read_own

FaultKind = Literal["missing", "damaged", "edited", "swapped", "put in", "not verifiable"]
Record = dict[str, Any]

_HEAD = re.compile(r"(0|[1-9][0-9]*) ([0-9a-f]{64})")
_HASH = re.compile(rb',"hash":"([0-9a-f]{64})"\}')
_HASH_SIZE = len(',"hash":""}') + 64


class Head(NamedTuple):
    """The number of the last line, counted from the first that was ever written to a chain, and its hash."""

    line: int
    hash: str

    def __str__(self) -> str:
        """Write it as in the file."""
        return f"{self.line} {self.hash}"


START = Head(0, "0" * 64)


def parse_head(text: str) -> Head | None:
    """Read what ``str`` makes of a head; None if it is something else."""
    parts = _HEAD.fullmatch(text)
    return Head(int(parts[1]), parts[2]) if parts else None


class Fault(NamedTuple):
    """What is wrong with a line, by its number, or with the head, which has none."""

    kind: FaultKind
    line: int | None
    detail: str


@dataclass(frozen=True)
class ChainState:
    """What is in the files of a chain.

    ``records`` are those of lines whose hash is right. Without faults, ``unfinished`` says that a process was killed
    in appending a line or in a rewrite, and ``rewriting`` that it was the latter.
    """

    records: Sequence[Record]
    faults: Sequence[Fault]
    unfinished: bool = False
    rewriting: bool = False

    @property
    def head(self) -> Head:
        """The head that the last line makes."""
        return _head_of(self.records[-1]) if self.records else START

    def check_head(self, head: Head) -> Fault | None:
        """Return what is wrong if the chain does not hold this earlier head."""
        line = next((record for record in self.records if record["line"] == head.line), None)
        if head == START or (line and line["hash"] == head.hash):
            return None
        first = self.records[0] if self.records else {}
        if _is_rewrite(first) and head.line < first["line"]:
            detail = f"rewritten on {first['rewritten_at']}: the lines up to {head.line} are not verifiable"
            return Fault("not verifiable", head.line, detail)
        if line is None:
            return Fault("missing", head.line, f"there is no line {head.line}, which the head names")
        return Fault("edited", head.line, "its hash is not that of the head: the chain was computed anew")


class HashChain:
    """The chain of a file and the file of its head. Writers hold a lock of their own meanwhile."""

    def __init__(self, path: Path, head_path: Path) -> None:
        self._path = path
        self._head_path = head_path

    def read(self) -> ChainState:
        """Read and check all lines.

        Raises
        ------
        OSError
            The system refuses.
        """
        *lines, rest = (read_own(self._path) or b"").split(b"\n")
        records, faults = _check_lines(lines)
        if faults:
            return ChainState(records, faults)
        head = parse_head((read_own(self._head_path) or b"").decode("ascii", "replace").removesuffix("\n"))
        return _compare_head(head, records, bool(rest))

    def recover(self, state: ChainState) -> None:
        """Finish what a process was killed in: drop the line that it did not complete, and write the head."""
        content = read_own(self._path) or b""
        os.truncate(self._path, content.rfind(b"\n") + 1)
        self.write_head(state.head)

    def append(self, head: Head, record: Mapping[str, Any]) -> Head:
        """Add a record after ``head``, which is that of the files; both are on the disk when this returns."""
        line, head = _build_line(head, record)
        size = len(read_own(self._path) or b"")
        try:
            append_own(self._path, line)
            self.write_head(head)
        except OSError:
            # Such as on a full disk: the line is not there either, unless the head is.
            if self._path.exists() and read_own(self._head_path) != f"{head}\n".encode():
                os.truncate(self._path, size)
            raise
        return head

    def replace(self, head: Head, note: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> Head:
        """Begin a new chain with a note and these records; ``write_head`` makes it the valid one.

        ``note`` has ``rewritten_at``. The new lines are on the disk when this returns.
        """
        lines = list[bytes]()
        for record in (note, *records):
            line, head = _build_line(head, record)
            lines.append(line)
        atomic_write(self._path, b"".join(lines), overwrite=True)
        sync_own_folder(self._path.parent)
        return head

    def write_head(self, head: Head) -> None:
        """Write the file of the head."""
        atomic_write(self._head_path, f"{head}\n", overwrite=True)
        sync_own_folder(self._head_path.parent)


def _build_line(head: Head, record: Mapping[str, Any]) -> tuple[bytes, Head]:
    own = {key: value for key, value in record.items() if key not in ("line", "previous", "hash")}
    chained = {"line": head.line + 1, "previous": head.hash, **own}
    body = json.dumps(chained, separators=(",", ":"), allow_nan=False).encode()
    digest = sha256(body).hexdigest()
    return b'%s,"hash":"%s"}\n' % (body[:-1], digest.encode()), Head(head.line + 1, digest)


def _parse_line(line: bytes) -> Record | None:
    """Return the record of a line, None if its hash is not that of its content."""
    digest, body = _HASH.fullmatch(line[-_HASH_SIZE:]), line[:-_HASH_SIZE] + b"}"
    if digest is None or sha256(body).hexdigest().encode() != digest[1]:
        return None
    try:
        record = json.loads(body)
        is_record = isinstance(record["line"], int) and isinstance(record["previous"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return {**record, "hash": digest[1].decode()} if is_record else None


def _head_of(record: Record) -> Head:
    return Head(record["line"], record["hash"])


def _head_before(record: Record) -> Head:
    return Head(record["line"] - 1, record["previous"])


def _is_rewrite(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("rewritten_at"), str)


def _check_lines(lines: Sequence[bytes]) -> tuple[list[Record], list[Fault]]:
    parsed = [_parse_line(line) for line in lines]
    records, faults = [record for record in parsed if record], list[Fault]()
    numbers = [record["line"] for record in records]
    # The lines before a rewrite are gone.
    before = _head_before(parsed[0]) if parsed and parsed[0] and _is_rewrite(parsed[0]) else START
    for place, record in enumerate(parsed, 1):
        if record is None:
            faults.append(Fault("edited", place, f"line {place} of the file does not hold the hash of its content"))
            before = Head(before.line + 1, "")
            continue
        if before.hash and _head_before(record) != before:
            faults.append(_explain_order(before.line + 1, record["line"], numbers))
        before = _head_of(record)
    return records, faults


def _explain_order(wanted: int, line: int, numbers: Sequence[int]) -> Fault:
    if numbers.count(line) > 1:
        return Fault("put in", line, "there are several lines of this number")
    if line == wanted:
        return Fault("edited", line, "it does not hold the hash of the line before")
    if line > wanted and wanted not in numbers:
        return Fault("missing", wanted, f"there is no line {wanted}")
    return Fault("swapped", line, f"it stands where line {wanted} belongs")


def _compare_head(head: Head | None, records: Sequence[Record], has_rest: bool) -> ChainState:
    """Return what a kill explains, else the fault."""
    last = _head_of(records[-1]) if records else START
    if head == last:
        return ChainState(records, [], unfinished=has_rest)
    if records and not has_rest:
        rewriting = _is_rewrite(records[0]) and head == _head_before(records[0])
        if rewriting or head == _head_before(records[-1]):
            return ChainState(records, [], unfinished=True, rewriting=rewriting)
    if head is None:
        fault = Fault("missing", None, "the file of the head is missing, or holds no head")
    elif head.line == last.line:
        fault = Fault("edited", None, "the hash of the head is not that of the last line")
    else:
        kind: FaultKind = "missing" if head.line > last.line else "put in"
        fault = Fault(kind, max(last.line, head.line), f"the head names {head.line} as the last line")
    return ChainState(records, [fault])
