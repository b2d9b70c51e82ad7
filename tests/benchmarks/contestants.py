"""What is compared, each in a process of its own: ``python -m tests.benchmarks.contestants NAME TIMES``.

A contestant is prepared first (imports, connections, the bytes read from disk) and then timed. It finds the
sandbox in the environment, as pmframes itself does, and the folder for its cache in ``BENCHMARK_FOLDER``.
"""

import dataclasses
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

Load = Callable[[], Any]
FOLDER = Path(os.environ.get("BENCHMARK_FOLDER", "."))
QUERY = {"pageSize": 500, "orderBy": "id", "include": "companies"}


def _site(service: str) -> tuple[str, str]:
    return os.environ[f"PMFRAMES_{service.upper()}_URL"], os.environ[f"PMFRAMES_{service.upper()}_TOKEN"]


# From bytes to a frame


def _pages() -> list[bytes]:
    return [path.read_bytes() for path in sorted(FOLDER.glob("*.json"))]


def json_normalize() -> Load:
    """Turn the saved pages into a frame as people write it today."""
    pages = _pages()
    return lambda: pd.json_normalize([row for page in pages for row in json.loads(page)["people"]])


def build() -> Load:
    """Turn the saved pages into a frame as pmframes does."""
    from pmframes._frames.builder import Builder

    people, pages = _people(), _pages()

    def load() -> pd.DataFrame:
        builder = Builder(people.record, people.title)
        for page in pages:
            parsed = people.parse(page)
            builder.include(parsed.included)
            builder.add(builder.decode(parsed.rows), {})
        return builder.build()

    return load


def decode() -> Load:
    """Decode the saved pages into typed rows, and do nothing with them: the bound of what follows."""
    from pmframes._frames.builder import Builder

    people, pages = _people(), _pages()

    def load() -> range:
        builder = Builder(people.record, people.title)
        return range(sum(len(builder.decode(people.parse(page).rows)) for page in pages))

    return load


def _people() -> Any:
    from pmframes.teamwork._people import PEOPLE

    return PEOPLE


# From a service to a frame: one prepared session, page after page, every page checked for its status


def by_requests() -> Load:
    """Load the people with requests and json_normalize."""
    import requests

    return _by_hand(requests.Session())


def by_requests_cache() -> Load:
    """Load the people with requests-cache as it comes and json_normalize."""
    import requests_cache

    return _by_hand(requests_cache.CachedSession(str(FOLDER / "http_cache")))


def _by_hand(session: Any) -> Load:
    url, token = _site("teamwork")
    session.auth = (token, "x")

    def pages() -> Iterator[list[Any]]:
        page, has_more = 0, True
        while has_more:
            page += 1
            answer = session.get(f"{url}/projects/api/v3/people.json", params=QUERY | {"page": page}, timeout=60)
            answer.raise_for_status()
            body = answer.json()
            yield body["people"]
            has_more = body["meta"]["page"]["hasMore"]

    return lambda: pd.json_normalize([person for people in pages() for person in people])


def by_pmframes() -> Load:
    """Load the people with pmframes."""
    import pmframes as pm

    pm.connect("teamwork")
    return pm.teamwork.people


def by_pmframes_uncached() -> Load:
    """Load the people with pmframes, whose cache keeps nothing and has nothing."""
    from pmframes._http.store import Store

    Store.read = lambda self, *given, **named: None
    Store.write = lambda self, *given, **named: None
    return by_pmframes()


# Customers and roles


def lists_by_requests() -> Load:
    """Load customers and roles with requests and json_normalize."""
    import requests

    url, token = _site("projectmanager")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"

    def load() -> pd.DataFrame:
        answers = [session.get(f"{url}/api/data/{path}", timeout=60) for path in LISTS]
        return pd.concat([pd.json_normalize(answer.json()["data"]) for answer in answers])

    return load


LISTS = ("projects/customers", "users/roles")


def lists_by_sdk() -> Load:
    """Load customers and roles with the vendor's own SDK, and make frames of its objects."""
    from ProjectManagerSdk import ProjectManagerClient

    url, token = _site("projectmanager")
    host, _, prefix = url.rpartition("/")
    client = ProjectManagerClient(host, "benchmark")
    client.with_api_key(token)
    send = client.send_request
    # It drops the path of a base URL.
    client.send_request = lambda method, path, *rest: send(method, f"/{prefix}{path}", *rest)

    def load() -> pd.DataFrame:
        found = client.projectCustomer.retrieve_project_customers(), client.userRole.retrieve_userroles()
        return pd.concat([pd.DataFrame([dataclasses.asdict(one) for one in each.data]) for each in found])

    return load


def lists_by_pmframes() -> Load:
    """Load customers and roles with pmframes."""
    import pmframes as pm

    pm.connect("projectmanager")
    return lambda: pd.concat([pm.projectmanager.customers(refresh=True), pm.projectmanager.roles(refresh=True)])


# Running one


def _timed(load: Load) -> tuple[float, Any]:
    began = time.perf_counter()
    came = load()
    return time.perf_counter() - began, came


def main(name: str, times: int) -> None:
    """Run a contestant so many times and print, as JSON, the least time, and the peak after the first."""
    load = globals()[name]()
    seconds, came = _timed(load)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    rows, size = len(came), came.memory_usage(deep=True).sum() if isinstance(came, pd.DataFrame) else 0
    del came
    seconds = min([seconds, *(_timed(load)[0] for _ in range(times - 1))])
    print(json.dumps({"seconds": seconds, "rows": rows, "frame": int(size), "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
