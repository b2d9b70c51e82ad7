"""The progress bar: shown where it is wanted or watched, and no matter for a load."""

import io
import re
import sys
from functools import partialmethod

import pytest
from tqdm.auto import tqdm

from pmframes._http.prefetch import run_in_daemon_thread
from pmframes._loading import progress
from pmframes._loading.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(Terminal):
    def write(self, text: str) -> int:
        raise OSError("the terminal is gone")


def closed() -> Terminal:
    stream = Terminal()
    stream.close()
    return stream


def use(is_wanted: bool | None) -> None:
    with ProgressBar("Teamwork.com people", is_wanted) as bar:
        bar.update(5)
        bar.show("rate limit, retrying in 12 s (attempt 2 of 5)")
        bar.show("")


@pytest.mark.parametrize("is_wanted", [None, True, False])
@pytest.mark.parametrize("stream", [None, closed(), Broken()], ids=["none", "closed", "broken"])
def test_a_stream_that_cannot_be_written_to_is_no_matter(stream, is_wanted, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)
    use(is_wanted)


@pytest.mark.parametrize(
    ("stream", "is_wanted", "is_shown"),
    [(Terminal, None, True), (io.StringIO, None, False), (io.StringIO, True, True), (Terminal, False, False)],
)
def test_a_notice_is_shown_at_once_where_there_is_a_bar(stream, is_wanted, is_shown, monkeypatch):
    written = stream()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    use(is_wanted)
    assert ("retrying in 12 s (attempt 2 of 5)" in written.getvalue()) == is_shown


@pytest.mark.parametrize(("lists", "drawn"), [
    ([[(500, 1200), (500, 1200), (200, 1200)]], ["people: 0", "people:  42% 500/1200", "people:  83% 1000/1200",
        "people: 100% 1200/1200"]),
    ([[(5, 6), (1, 6)]], ["people: 0", "people: 5", "people: 6"]),  # one more row only says that there are more
    ([[(3, None)], [(2, 10), (8, 10)]], ["people: 0", "people (1 of 2): 0", "people (1 of 2): 3", "people (2 of 2): 3",
        "people (2 of 2):  38% 5/13", "people (2 of 2): 100% 13/13"]),
], ids=["one list", "a total of one more", "two lists"])  # fmt: skip
def test_the_bar_is_there_at_once_and_has_the_total_that_a_service_sends(lists, drawn, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(progress._Bar, "__init__", partialmethod(tqdm.__init__, mininterval=0))
    with ProgressBar("people", True) as bar:
        for position, pages in enumerate(lists):
            bar.begin(position, len(lists))
            for rows, total in pages:
                bar.update(rows, total)
    texts = re.findall(r"\r(people[^\r]*?)(?: rows)? \[", terminal.getvalue())
    assert [re.sub(r"\|.*\| ", " ", text) for text in texts] == drawn


@pytest.mark.parametrize(("stream", "is_wanted"), [(None, True), (io.StringIO(), None), (Terminal(), False)])
def test_without_a_bar_none_is_made(stream, is_wanted, monkeypatch):
    """It would start a thread, and locks of ``multiprocessing``."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(progress, "_Bar", None)
    use(is_wanted)


def use_in_another_thread() -> None:
    run_in_daemon_thread(lambda: use(True)).result(timeout=60)


def test_a_lock_of_other_bars_that_nobody_gives_back_is_no_matter(monkeypatch):
    """As after an interrupt of a bar of this thread, or the end of a child process in the middle of drawing one."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with tqdm.get_lock():
        use_in_another_thread()


def test_a_terminal_that_broke_in_one_thread_stops_no_other(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Broken())
    use(True)
    monkeypatch.setattr(sys, "stderr", Terminal())
    use_in_another_thread()
