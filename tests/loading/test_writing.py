"""What a write says when the service does not answer as it should, and what is repeated."""

import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta

import pytest

import pmframes as pm
from pmframes._http import store
from tests.support import transfers
from tests.support.loaders import connect
from tests.support.server import reply
from tests.support.writable import lost_after, lost_before, refused, serve_clients


@pytest.fixture
def clients(server):
    serving = serve_clients(server)
    connect(server, "outlign", account="agency-a")
    return serving


def create():
    return pm.outlign.create_client("Ada", 41)


FAULTS = {
    "lost before": lost_before, "lost after": lost_after, "500": refused(500), "502": refused(502), "503": refused(503),
    "reset": lambda service, request: reply(transfer=transfers.reset_at_once),
    "half": lambda service, request: reply({"data": {}}, transfer=transfers.half_of_the_body),
    "no row": lambda service, request: reply({"data": []}, 201), "no body": lambda service, request: reply(b"", 201),
    "no JSON": lambda service, request: reply("<p>ok</p>", 200, "text/html"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_creation_that_may_have_been_done_is_not_repeated(fault, clients, server):
    clients.next_write = [FAULTS[fault]]
    with pytest.raises(
        pm.errors.ServiceError, match=r"Outlign may have (created|changed) a client all the same"
    ) as error:
        create()
    assert error.value.may_have_acted
    assert sum(request.method == "POST" for request in server.requests) == 1


@pytest.mark.parametrize(("status", "kind"), [
    (400, pm.errors.ServiceError), (401, pm.errors.AuthenticationError), (403, pm.errors.PermissionDenied),
    (404, pm.errors.NotFound), (409, pm.errors.ServiceError), (422, pm.errors.ServiceError),
    (302, pm.errors.UnexpectedResponse),
])  # fmt: skip
def test_a_refusal_says_that_nothing_was_done(status, kind, clients, server):
    clients.next_write = [refused(status)]
    with pytest.raises(kind) as error:
        create()
    assert not getattr(error.value, "may_have_acted", False)
    assert "all the same" not in str(error.value)
    assert sum(request.method == "POST" for request in server.requests) == 1


def test_a_creation_is_repeated_after_a_rate_limit_and_after_a_renewed_token(clients, server, waits):
    clients.next_write = [refused(429, Retry_After="3")]
    create()
    assert sum(waits) >= 3
    tokens = iter(["old", "new"])
    connect(server, "outlign", lambda: next(tokens), account="agency-b")
    clients.next_write = [refused(401)]
    create()
    assert clients.writes == [("POST", 900), ("POST", 901)]


def test_where_nothing_listens_a_creation_was_not_sent(clients, server):
    server.close()
    with pytest.raises(pm.errors.ServiceError) as error:
        create()
    assert not error.value.may_have_acted


@pytest.mark.parametrize("fault", [lost_before, lost_after, refused(502)], ids=lambda one: one.__name__)
def test_an_update_and_a_deletion_are_repeated(fault, clients):
    clients.next_write = [fault]
    assert pm.outlign.update_client(100, "Ada")["title"].tolist() == ["Ada"]
    clients.next_write = [fault]
    assert pm.outlign.delete_client(100).empty
    assert 100 not in clients.rows


@pytest.mark.parametrize("faults", [[], [refused(429, Retry_After="1")]], ids=["at once", "after a rate limit"])
def test_a_deletion_of_what_is_not_there_is_an_error(faults, clients, waits):
    clients.next_write = faults
    with pytest.raises(pm.errors.NotFound):
        pm.outlign.delete_client(999)


def test_a_deletion_that_is_answered_by_a_page_is_not_done(clients):
    clients.next_write = [lambda service, request: reply("<p>Log in</p>", 200, "text/html")]
    with pytest.raises(pm.errors.ServiceError, match="Outlign may have deleted client 100 all the same"):
        pm.outlign.delete_client(100)


@pytest.mark.parametrize("spelling", ["DK5000400440116243", "dk50 0040 0440 1162 43", "DK50-0040-0440-1162-43"])
def test_an_account_number_is_in_no_error_in_any_grouping(spelling, server, caplog):
    connect(server, "spirii")
    server.serve("spirii", reply({"message": f"IBAN {spelling} is not known"}, 400))
    with pytest.raises(pm.errors.ServiceError, match="is not known") as raised, caplog.at_level("DEBUG"):
        pm.spirii.update_customer(7, payout_information={"iban": "DK50 0040 0440 1162 43"})
    assert "0440" not in f"{raised.value} {caplog.text}"


def test_a_cache_that_cannot_be_emptied_gives_no_row_of_before(clients, cache_dir):
    pm.outlign.clients()
    (path,) = cache_dir.glob("v2/outlign/*.sqlite")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.warns(UserWarning, match="could not be emptied .* other processes may still read rows"):
            create()
    assert "Ada" in pm.outlign.clients()["title"].tolist()


def test_a_failure_with_status_200_is_told(server):
    connect(server, "projectmanager")
    server.serve(
        "projectmanager", {"success": False, "error": {"message": "no", "validationErrors": {"name": ["taken"]}}}
    )
    with pytest.raises(pm.errors.ServiceError, match=r'It says: "no: taken"'):
        pm.projectmanager.create_customer("Ada")
    with pytest.raises(pm.errors.ServiceError, match="taken"):
        pm.projectmanager.delete_customer("8f14e45f-ceea-467f-a1d2-000000000001")


def test_a_load_that_began_before_a_write_is_not_cached_after_it(clients, server):
    """Its rows are those of before; the write comes while its response is under way."""
    answer, waiting, go_on = clients.listed, threading.Event(), threading.Event()

    def late(request):
        rows = answer(request)
        waiting.set()
        assert go_on.wait(60)
        return rows

    server.serve(
        "/outlign/api/v1/clients", lambda request: late(request) if request.method == "GET" else clients(request)
    )
    loads = [threading.Thread(target=pm.outlign.clients)]
    loads[0].start()
    assert waiting.wait(60)
    create()
    go_on.set()
    loads[0].join()
    server.serve("/outlign/api/v1/clients", clients)
    assert "Ada" in pm.outlign.clients()["title"].tolist()


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_wrong_during_a_write_brings_no_row_of_before_back(days, clients, monkeypatch):
    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=days)

    pm.outlign.clients()
    with monkeypatch.context() as patch:
        patch.setattr(store, "datetime", Wrong)
        create()
    for _ in range(2):
        assert "Ada" in pm.outlign.clients()["title"].tolist()
