"""A prefetched page that is never answered holds up neither the load nor the end of the program."""

import subprocess
import sys
from pathlib import Path

import pmframes as pm
from tests.support import transfers
from tests.support.cases import CASES
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
    (people,) = [case for case in CASES if case.name == "teamwork.people"]
    honest, unanswered = people.honest(people.rows(6), most=2), reply(transfer=transfers.no_answer)
    server.serve(people.path, lambda request: honest(request) if request.position[0] <= 3 else unanswered)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, server.url("teamwork")],
        env={"PYTHONPATH": str(Path(pm.__file__).parents[1]), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=45,  # a page that does not come is given up after 60
    )
    assert (done.stdout, done.stderr) == ("[1, 2, 3, 4, 5, 6]\n", "")
