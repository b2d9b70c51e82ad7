"""Hash chains: files of JSON lines in which each line holds the hash of the one before, and a file with the last hash.

Whoever changes, removes or adds a line breaks the chain, or has to compute it anew from there. The latter shows
only by a hash that stands elsewhere. The numbers go on where a chain is rewritten: the first line then says so.
"""

import json
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
Unfinished = Literal["append", "rewrite"]
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

    ``records`` are those of lines whose hash is right. ``unfinished`` is what a process was killed in, where that
    explains all that is missing; then there is no fault. ``size`` is that of the whole lines in bytes.
    """

    records: Sequence[Record]
    faults: Sequence[Fault]
    head: Head
    unfinished: Unfinished | None
    size: int

    def check_head(self, head: Head) -> Fault | None:
        """Return what is wrong if the chain does not hold this earlier head."""
        line = next((record for record in self.records if record["line"] == head.line), None)
        if head == START or (line and line["hash"] == head.hash):
            return None
        first = self.records[0] if self.records else None
        if first and _is_rewrite(first) and head.line < first["line"]:
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
        content, head_content = read_own(self._path), read_own(self._head_path)
        *lines, rest = (content or b"").split(b"\n")
        records, faults = _check_lines(lines)
        head = parse_head((head_content or b"").decode("ascii", "replace").removesuffix("\n"))
        unfinished: Unfinished | None = None
        if not faults:
            unfinished, faults = _compare_head(head if head_content is not None else None, records, bool(rest))
            if head_content is None and not records and not rest:
                faults = []
        last = Head(records[-1]["line"], records[-1]["hash"]) if records else START
        return ChainState(records, faults, last, unfinished, len(content or b"") - len(rest))

    def recover(self, state: ChainState) -> None:
        """Finish what a process was killed in: drop the line that it did not complete, and write the head."""
        if state.unfinished is None:
            return
        content = read_own(self._path) or b""
        if len(content) > state.size:
            atomic_write(self._path, content[: state.size], overwrite=True)
        self._write_head(state.head)

    def start(self) -> None:
        """Write the first head where there is none, so that one that is missing is never what a kill left."""
        if not self._head_path.exists():
            self._write_head(START)

    def append(self, head: Head, record: Mapping[str, Any]) -> tuple[Head, Record]:
        """Add a record after ``head``, which is that of the files; both are on the disk when this returns."""
        line, added = _build_line(head, record)
        append_own(self._path, line + b"\n")
        head = Head(added["line"], added["hash"])
        self._write_head(head)
        return head, added

    def replace(self, head: Head, note: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> Head:
        """Begin a new chain with a note and these records; ``finish`` makes it the valid one.

        ``note`` has ``rewritten_at``. The new lines are on the disk when this returns.
        """
        content = b""
        for record in (note, *records):
            line, added = _build_line(head, record)
            head, content = Head(added["line"], added["hash"]), content + line + b"\n"
        atomic_write(self._path, content, overwrite=True)
        sync_own_folder(self._path.parent)
        return head

    def finish(self, head: Head) -> None:
        """Write the head of a chain that was replaced."""
        self._write_head(head)

    def _write_head(self, head: Head) -> None:
        atomic_write(self._head_path, f"{head}\n", overwrite=True)
        sync_own_folder(self._head_path.parent)


def _build_line(head: Head, record: Mapping[str, Any]) -> tuple[bytes, Record]:
    own = {key: value for key, value in record.items() if key not in ("line", "previous", "hash")}
    chained = {"line": head.line + 1, "previous": head.hash, **own}
    body = json.dumps(chained, separators=(",", ":"), allow_nan=False).encode()
    digest = sha256(body).hexdigest()
    return b'%s,"hash":"%s"}' % (body[:-1], digest.encode()), {**chained, "hash": digest}


def _parse_line(line: bytes) -> tuple[Record | None, bool]:
    """Return the record of a line, None if it is none, and whether its hash is right."""
    digest = _HASH.fullmatch(line[-_HASH_SIZE:])
    body = line[:-_HASH_SIZE] + b"}"
    try:
        record = json.loads(body)
        is_record = isinstance(record["line"], int) and isinstance(record["previous"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, False
    if digest is None or not is_record:
        return None, False
    return {**record, "hash": digest[1].decode()}, sha256(body).hexdigest().encode() == digest[1]


def _head_before(record: Record) -> Head:
    return Head(record["line"] - 1, record["previous"])


def _is_rewrite(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("rewritten_at"), str)


def _check_lines(lines: Sequence[bytes]) -> tuple[list[Record], list[Fault]]:
    parsed = [_parse_line(line) for line in lines]
    numbers = [record["line"] if record else None for record, _ in parsed]
    records, faults = list[Record](), list[Fault]()
    # The lines before a rewrite are gone.
    before: Head | None
    before = _head_before(parsed[0][0]) if parsed and parsed[0][0] and _is_rewrite(parsed[0][0]) else START
    for place, (record, is_intact) in enumerate(parsed, 1):
        if record is None:
            faults.append(Fault("damaged", place, f"line {place} of the file is no record"))
            before = None
            continue
        if not is_intact:
            faults.append(Fault("edited", record["line"], "its hash is not that of its content"))
        elif before and (fault := _check_order(before, record, numbers)):
            faults.append(fault)
        if is_intact:
            records.append(record)
        before = Head(record["line"], record["hash"])
    return records, faults


def _check_order(before: Head, record: Record, numbers: Sequence[int | None]) -> Fault | None:
    line, wanted = record["line"], before.line + 1
    if line == wanted:
        is_next = record["previous"] == before.hash
        return None if is_next else Fault("edited", line, "it does not hold the hash of the line before")
    if numbers.count(line) > 1:
        return Fault("put in", line, "there are several lines of this number")
    if line > wanted and wanted not in numbers:
        return Fault("missing", wanted, _format_lines(wanted, line - 1))
    return Fault("swapped", line, f"it stands where line {wanted} belongs")


def _format_lines(first: int, last: int) -> str:
    return f"there is no line {first}" if first == last else f"there are no lines {first} to {last}"


def _compare_head(
    head: Head | None, records: Sequence[Record], has_rest: bool
) -> tuple[Unfinished | None, list[Fault]]:
    """Return what a kill explains, else the faults."""
    last = Head(records[-1]["line"], records[-1]["hash"]) if records else START
    if head == last:
        return "append" if has_rest else None, []
    if head is None:
        return None, [Fault("missing", None, "the file of the head is missing, or holds no head")]
    if records and not has_rest:
        if _is_rewrite(records[0]) and head == _head_before(records[0]):
            return "rewrite", []
        if head == _head_before(records[-1]):
            return "append", []
    if head.line > last.line:
        return None, [Fault("missing", last.line + 1, _format_lines(last.line + 1, head.line))]
    if head.line == last.line:
        return None, [Fault("edited", None, "the hash of the head is not that of the last line")]
    detail = f"the head names {head.line} as the last line, and there are lines up to {last.line}"
    return None, [Fault("put in", last.line, detail)]
