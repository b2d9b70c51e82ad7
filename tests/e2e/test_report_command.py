"""``pmframes report`` in a process of its own: a scheduled job, and Ctrl-C."""

import signal
import threading

from tests.support import transfers
from tests.support.report_inputs import PROJECT
from tests.support.report_text import read_file
from tests.support.server import reply

REVIEW = ("report", "access-review", "-o", "review.html", "--project", str(PROJECT), "--save", "kept.parquet")


def test_a_review_and_the_next_one(command_line):
    done = command_line.run_process(*REVIEW)
    assert (done.returncode, done.stderr) == (0, "")
    assert command_line.files == ["kept.parquet", "review.html"]
    assert command_line.requests
    done = command_line.run_process(*REVIEW, "--before", "kept.parquet", "--force", "--fail-on", "low")
    assert (done.returncode, done.stderr, command_line.requests) == (0, "", 0)
    assert read_file(command_line.file("review.html")).table("Changes, value by value").rows == []


def test_ctrl_c_leaves_the_files_as_they_were(command_line):
    command_line.file("kept.parquet").write_text("mine")
    command_line.file("review.html").write_text("mine too")
    requested = threading.Event()

    def wait(request):
        requested.set()
        return reply(transfer=transfers.no_answer)

    command_line.server.serve("projectmanager", wait)
    with command_line.start(*REVIEW, "--force") as process:
        assert requested.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    command_line.check(out, err)
    assert (process.returncode, out, err) == (130, "", "pmframes: interrupted.\n")
    assert command_line.files == ["kept.parquet", "review.html"]
    assert command_line.file("kept.parquet").read_text() == "mine"
    assert command_line.file("review.html").read_text() == "mine too"
