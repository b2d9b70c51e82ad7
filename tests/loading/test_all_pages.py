"""Every loader reads all pages, also of a server whose pages are shorter than requested."""

import pytest

from tests.support.cases import PAGED, Case
from tests.support.server import FakeServer

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")


@pytest.mark.parametrize("paged", PAGED, ids=lambda case: case.name)
def test_every_row_of_every_page(paged: Case, server: FakeServer) -> None:
    number = 2 * paged.most + 1 if paged.most <= 500 else 2101
    paged.start(server, paged.honest(paged.rows(number)))
    assert sorted(paged.load()[paged.id_column]) == paged.keys(number)
    sizes = {int(request.one(paged.size_key or "")) for request in server.asked(paged.path)}
    assert len(sizes) == 1
    assert 1 <= min(sizes) <= paged.most


@pytest.mark.parametrize("paged", PAGED, ids=lambda case: case.name)
def test_every_row_of_a_server_whose_pages_are_shorter_than_requested(paged: Case, server: FakeServer) -> None:
    paged.start(server, paged.honest(paged.rows(11), most=4))
    frame = paged.load()
    assert sorted(frame[paged.id_column]) == paged.keys(11)
    assert frame.attrs["pmframes"]["rows"] == 11
