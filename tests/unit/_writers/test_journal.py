"""Journals: records one by one, also after a crash; one lock per name."""

import stat

import pytest

from pmframes._writers import journal
from pmframes.errors import PmframesError


def test_records_are_read_as_they_were_written():
    one = journal.open_journal("a")
    assert one.read() == []
    records = [{"plan": "a"}, {"title": "Ada\n⟦\u202e"}, {"ids": [2**53 + 1]}]
    for record in records:
        one.append(record)
    assert one.read() == records
    assert list(journal.list_journals()) == ["a"]


def test_a_line_that_was_cut_off_takes_no_other_with_it():
    one = journal.open_journal("a")
    one.append({"sent": 1})
    path = journal.data_folder() / "a.jsonl"
    path.write_bytes(path.read_bytes() + b'{"done": 1, "ti\xc3')
    one.append({"sent": 2})
    assert one.read() == [{"sent": 1}, {"sent": 2}]


def test_one_record_replaces_all_and_is_private():
    one = journal.open_journal("a")
    one.append({"title": "secret"})
    one.replace({"done": 1})
    path = journal.data_folder() / "a.jsonl"
    assert one.read() == [{"done": 1}]
    assert b"secret" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_lock_is_held_by_one_and_given_back():
    for _ in range(2):
        with journal.hold_lock("outlign", "clients", "a"):
            with pytest.raises(PmframesError, match=r"^Another plan"), journal.hold_lock("outlign", "clients", "a"):
                pass
            with journal.hold_lock("outlign", "clients", "b"):
                pass


def test_a_file_in_place_of_the_folder_is_explained(tmp_path, monkeypatch):
    (tmp_path / "x").write_text("")
    monkeypatch.setenv("PMFRAMES_DATA_DIR", str(tmp_path / "x"))
    with pytest.raises(PmframesError, match=r"^The journal .*a\.jsonl cannot be used\..*Set PMFRAMES_DATA_DIR"):
        journal.open_journal("a").append({})
