"""Hash chains: what is written is read, every change of a line or of the head is found, and a kill is no change."""

import random
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes._writers.hash_chain import START, HashChain, Head, parse_head

RECORDS = [{"number": number, "name": "Ada\n⟦\u202e"} for number in range(1, 6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "chain").mkdir()
    return tmp_path / "chain"


@pytest.fixture
def chain(folder: Path) -> HashChain:
    return fill(HashChain(folder / "lines.jsonl", folder / "HEAD"))


def fill(chain: HashChain, records=RECORDS) -> HashChain:
    head = chain.read().head
    chain.write_head(head)
    for record in records:
        head = chain.append(head, record)
    return chain


def kinds(chain: HashChain, head: Head | None = None) -> list[str]:
    state = chain.read()
    faults = [*state.faults, *filter(None, [state.check_head(head) if head else None])]
    return [fault.kind for fault in faults]


def lines(folder: Path) -> list[bytes]:
    return (folder / "lines.jsonl").read_bytes().splitlines(keepends=True)


def write(folder: Path, content: list[bytes]) -> None:
    (folder / "lines.jsonl").write_bytes(b"".join(content))


def forge(folder: Path, records: list[dict]) -> None:
    """Write these records as a chain of their own, as somebody would who knows how."""
    for name in ("lines.jsonl", "HEAD"):
        (folder / name).unlink()
    fill(HashChain(folder / "lines.jsonl", folder / "HEAD"), records)


def test_without_a_head_a_chain_is_not_whole(folder):
    chain = HashChain(folder / "lines.jsonl", folder / "HEAD")
    assert kinds(chain) == ["missing"]
    chain.write_head(START)
    state = chain.read()
    assert (state.records, state.faults, state.head, state.unfinished) == ([], [], START, False)


def test_records_are_read_as_they_were_written_with_their_places(chain, folder):
    state = chain.read()
    own = ("line", "previous", "hash")
    assert [{key: value for key, value in record.items() if key not in own} for record in state.records] == RECORDS
    assert [record["line"] for record in state.records] == [1, 2, 3, 4, 5]
    assert (folder / "HEAD").read_text() == f"{state.head}\n" == f"5 {state.records[-1]['hash']}\n"
    assert (state.faults, state.unfinished) == ([], False)
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("lines.jsonl", "HEAD")} == {0o600}


@pytest.mark.parametrize("text", ["", "5", "05 " + "a" * 64, "5 " + "A" * 64, "5  " + "a" * 64, "-1 " + "a" * 64, "x"])
def test_what_is_no_head_is_refused(text):
    assert parse_head(text) is None
    assert parse_head(f"5 {'a' * 64}") == Head(5, "a" * 64)


EDITS = {
    "removed first": (lambda old: old[1:], "missing"),
    "removed": (lambda old: old[:2] + old[3:], "missing"),
    "removed two": (lambda old: old[:1] + old[3:], "missing"),
    "removed last": (lambda old: old[:-1], "missing"),
    "removed all": (lambda old: [], "missing"),
    "swapped": (lambda old: [old[1], old[0], *old[2:]], "swapped"),
    "put in": (lambda old: [*old[:3], old[1], *old[3:]], "put in"),
    "put at the end": (lambda old: [*old, old[-1]], "put in"),
    "edited": (lambda old: [*old[:2], old[2].replace(b"Ada", b"Eve"), *old[3:]], "edited"),
    "no record": (lambda old: [*old[:2], b"{}\n", *old[3:]], "edited"),
    "joined": (lambda old: [*old[:2], old[2].strip(), *old[3:]], "edited"),
    "an empty line": (lambda old: [*old[:2], b"\n", *old[2:]], "edited"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_lines_is_named(edit, chain, folder):
    change, kind = EDITS[edit]
    write(folder, change(lines(folder)))
    assert kinds(chain)[0] == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (None, "missing"),
        ("", "missing"),
        ("x\n", "missing"),
        (f"{START}\n", "put in"),
        ("5 " + "a" * 64 + "\n", "edited"),
        ("6 " + "a" * 64 + "\n", "missing"),
        ("3 " + "a" * 64 + "\n", "put in"),
    ],
)
def test_an_edit_of_the_head_is_named(content, kind, chain, folder):
    (folder / "HEAD").unlink()
    if content is not None:
        (folder / "HEAD").write_text(content)
    assert kinds(chain) == [kind]


def test_a_line_that_was_chained_anew_is_found_by_the_one_after_it(chain, folder):
    old = lines(folder)
    forge(folder, [*RECORDS[:2], {"number": 3, "name": "Eve"}])
    write(folder, [*lines(folder), *old[3:]])
    (folder / "HEAD").write_text(f"5 {old[-1][-67:-3].decode()}\n")
    assert kinds(chain) == ["edited"]


def test_a_chain_that_was_computed_anew_is_found_only_by_an_earlier_head(chain, folder):
    head = chain.read().head
    forge(folder, [*RECORDS[:4], {"number": 5, "name": "Eve"}])
    assert kinds(chain) == []
    assert kinds(chain, head) == ["edited"]
    forge(folder, RECORDS[:4])
    assert kinds(chain, head) == ["missing"]


def test_an_earlier_head_holds_after_more_was_added(chain):
    head = chain.read().head
    fill(chain, RECORDS)
    assert kinds(chain, head) == kinds(chain, START) == []


def test_a_rewrite_makes_earlier_heads_unverifiable_and_later_ones_hold(chain):
    old = chain.read()
    note = {"rewritten_at": "2026-11-30T12:00:00+00:00"}
    head = chain.replace(old.head, note, old.records[3:])
    chain.write_head(head)
    state = chain.read()
    assert (state.faults, state.head, [record["line"] for record in state.records]) == ([], head, [6, 7, 8])
    fault = state.check_head(old.head)
    assert fault.kind == "not verifiable"
    assert "rewritten on 2026-11-30T12:00:00+00:00" in fault.detail
    fill(chain, RECORDS[:1])
    assert kinds(chain, head) == []
    assert kinds(chain, Head(7, "a" * 64)) == ["edited"]


# What a kill leaves


def test_a_line_that_was_cut_off_is_dropped(chain, folder):
    whole = (folder / "lines.jsonl").read_bytes()
    (folder / "lines.jsonl").write_bytes(whole + b'{"line":6,"pre')
    state = chain.read()
    assert (state.faults, state.unfinished, len(state.records)) == ([], True, 5)
    chain.recover(state)
    assert (folder / "lines.jsonl").read_bytes() == whole
    assert kinds(fill(chain)) == []


def test_a_head_that_is_one_behind_a_whole_line_is_written(chain, folder):
    head = (folder / "HEAD").read_text()
    fill(chain, RECORDS[:1])
    (folder / "HEAD").write_text(head)
    state = chain.read()
    assert (state.faults, state.unfinished, len(state.records)) == ([], True, 6)
    chain.recover(state)
    assert (folder / "HEAD").read_text() == f"{state.head}\n"


def test_a_head_that_is_two_behind_is_no_kill(chain, folder):
    head = (folder / "HEAD").read_text()
    fill(chain, RECORDS[:2])
    (folder / "HEAD").write_text(head)
    assert kinds(chain) == ["put in"]


def test_a_rewrite_without_its_head_is_finished(chain):
    old = chain.read()
    head = chain.replace(old.head, {"rewritten_at": "2026-11-30"}, old.records[2:])
    state = chain.read()
    assert (state.faults, state.rewriting, state.head) == ([], True, head)
    chain.recover(state)
    assert (chain.read().unfinished, chain.read().head) == (False, head)


# Any change


@given(data=st.data())
def test_any_flipped_bit_is_found(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chain")
    chain = fill(HashChain(folder / "lines.jsonl", folder / "HEAD"))
    path = folder / data.draw(st.sampled_from(["lines.jsonl", "HEAD"]))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    assert kinds(chain) != []


@given(data=st.data())
def test_any_other_order_of_lines_is_found(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chain")
    chain = fill(HashChain(folder / "lines.jsonl", folder / "HEAD"))
    old = lines(folder)
    new = data.draw(st.lists(st.sampled_from(old), max_size=7).filter(lambda new: new != old))
    write(folder, new)
    assert kinds(chain) != []


def forge_at_random(chance: random.Random, folder: Path) -> None:
    """Remove, add, swap or edit a record, and compute everything anew, HEAD included."""
    records, at = [dict(record) for record in RECORDS], chance.randrange(len(RECORDS))
    match chance.choice(["remove", "add", "swap", "edit"]):
        case "remove":
            del records[at]
        case "add":
            records.insert(at, {"number": chance.random()})
        case "swap":
            other = (at + chance.randrange(1, len(records))) % len(records)
            records[at], records[other] = records[other], records[at]
        case "edit":
            records[at]["name"] = chance.random()
    forge(folder, records)


@pytest.mark.parametrize("tries", [50, pytest.param(1000, marks=pytest.mark.soak)])
def test_a_forged_chain_is_found_by_the_earlier_head(tries, chain, folder):
    """Added after the last line it would be a line that was kept since."""
    head, chance = chain.read().head, random.Random(22)
    for _ in range(tries):
        forge_at_random(chance, folder)
        assert kinds(chain) == []
        assert kinds(chain, head) != []
