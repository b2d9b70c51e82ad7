"""How long the access review takes: ``python -m tests.benchmarks.review PEOPLE``."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reviewed:
    """Seconds from the frames to each file, and bytes of these."""

    people: int
    permissions: int
    html: float
    html_size: int
    excel: float
    excel_size: int


def reviewed(people: int) -> Reviewed:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.review", str(people)]
    return Reviewed(**json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def measure(count: int) -> Reviewed:
    """Build the review of the sandbox's people, each on one project at most, once for each file."""
    import pmframes as pm
    from pmframes import report

    everyone = {"show_deleted": True, "include_service_accounts": True}
    with pm.demo(people=count):
        people, roles = pm.teamwork.people(**everyone), pm.projectmanager.roles()
        members = pm.teamwork.permissions(pm.teamwork.projects(), **everyone)
    members = members[~members["person_id"].duplicated()]
    # Pictures wait for matplotlib and its fonts once, which is no part of it.
    report.access_review(people.head(9), members.head(9), roles)

    def timed(write: str, path: Path) -> tuple[float, int]:
        began = time.perf_counter()
        built: Callable[[Path], Path] = getattr(report.access_review(people, members, roles), write)
        size = built(path).stat().st_size
        return time.perf_counter() - began, size

    with tempfile.TemporaryDirectory(prefix="pmframes-review-") as folder:
        html = timed("to_html", Path(folder) / "review.html")
        excel = timed("to_excel", Path(folder) / "review.xlsx")
    return Reviewed(len(people), 46, *html, *excel)


if __name__ == "__main__":
    print(json.dumps(vars(measure(int(sys.argv[1])))))
