"""``pmframes sandbox``: wrong arguments and ports; the served sandbox is in ``tests/e2e/test_command_line.py``."""

import socket

import pytest

from pmframes._cli import main


@pytest.fixture(autouse=True)
def keep_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets handlers for the rest of its process."""
    monkeypatch.setattr("signal.signal", lambda *_: None)


@pytest.mark.parametrize(("option", "value", "message"), [
    ("--people", "-1", "people"), ("--port", "70000", "port"), ("--port", None, "in use"),
    ("--port", "65532 --ports-per-service", "port"),
    ("--latency", "-1", "latency"), ("--rate-limit", "0", "rate_limit"), ("--api-version", "outlign:stone", "stone"),
    ("--fault", "outlign:stat=5", "'stat'"), ("--fault", "outlign:stat=5", "status, delay"),
])  # fmt: skip
def test_a_wrong_argument_or_a_port_that_is_taken_is_one_line(option, value, message, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["sandbox", option, *(value or str(taken.getsockname()[1])).split()]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith("pmframes: ")
    assert message in line
