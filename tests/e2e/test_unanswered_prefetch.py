"""A prefetched page that is never answered holds up neither the load nor the end of the program."""

from pathlib import Path

from tests.support import transfers
from tests.support.cases import PEOPLE_OF_PROJECT as PEOPLE
from tests.support.processes import ended, start
from tests.support.server import FakeServer, reply

SCRIPT = """
import sys
import pandas as pd
import pmframes as pm
pm.connect("teamwork", url=sys.argv[1], token="t")
apollo = pd.DataFrame({"id": [12345], "name": ["Apollo"]})
print(pm.teamwork.people(apollo)["id"].tolist(), flush=True)
"""


def test_the_program_ends_while_a_prefetched_page_is_not_answered(server: FakeServer, tmp_path: Path) -> None:
    honest, unanswered = PEOPLE.honest(PEOPLE.rows(6), most=2), reply(transfer=transfers.no_answer)
    server.serve(PEOPLE.path, lambda request: honest(request) if request.position[0] <= 3 else unanswered)
    process = start(SCRIPT, server.url("teamwork"), folder=tmp_path, cache=tmp_path / "cache")
    # A page that does not come is given up after 60 seconds.
    assert ended(process, within=45) == ("[1, 2, 3, 4, 5, 6]\n", "")
