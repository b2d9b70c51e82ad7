"""What the headers of every request say: the credential in each service's scheme, and that JSON is expected."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import CASES, ONE_EACH, Case, case_of
from tests.support.server import FakeServer

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_loader_accepts_json(case: Case, server: FakeServer) -> None:
    case.start(server, case.honest(case.rows(1)))
    case.load()
    assert {request.headers["Accept"] for request in server.requests} == {"application/json"}


@pytest.mark.parametrize(
    ("name", "options", "scheme"),
    [
        ("teamwork.people", {}, "Basic"),
        ("teamwork.people", {"oauth": True}, "Bearer"),
        ("projectmanager.customers", {}, "Bearer"),
        ("outlign.clients", {}, "Bearer"),
        ("spirii.customers", {}, "Bearer"),
    ],
    ids=repr,
)
def test_credential_is_sent_with_every_page(name: str, options: Any, scheme: str, server: FakeServer) -> None:
    case = case_of(name)
    case.start(server, case.honest(case.rows(9), most=4), token="twp_ABC", **options)
    case.load()
    credentials = {request.headers["Authorization"] for request in server.requests}
    basic = base64.b64encode(b"twp_ABC:x").decode()
    assert credentials == {f"Basic {basic}" if scheme == "Basic" else "Bearer twp_ABC"}


@pytest.mark.parametrize("each_service", ONE_EACH, ids=lambda case: case.service)
def test_netrc_does_not_replace_the_credential(
    each_service: Case, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password stolen\ndefault login other password stolen\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    each_service.start(server, each_service.honest(each_service.rows(1)), token="mine")
    each_service.load()
    assert {request.token for request in server.requests} == {"mine"}
