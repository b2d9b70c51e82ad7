"""Real forks, during loads: a child process gets its own answers, and nothing of its parent's locks and sockets."""

import sys
from pathlib import Path

import pytest

from tests.support.loaders import OTHER, TOKEN
from tests.support.processes import run
from tests.support.server import SERVICES, FakeServer

pytestmark = [
    pytest.mark.usefixtures("own_home", "tenants"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork"),
]
rounds = pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.soak)])

PRELUDE = """
import multiprocessing, os, random, sys, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import pmframes as pm

def load(project, refresh=False):
    frame = pm.teamwork.people(project, refresh=refresh)
    return sorted({*map(int, frame["project_id"])}), frame["id"].tolist(), frame.attrs["pmframes"]["complete"]

def accounts():
    try:
        return [len(pm.teamwork.people(refresh=True))]
    except pm.errors.NotConnected:
        return ["not connected"]

def in_child(work):
    '''Fork, and return what the child returns.'''
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(writing, repr(work()).encode())
        except BaseException as error:
            os.write(writing, repr(repr(error)).encode())
        os._exit(0)
    os.close(writing)
    return child, reading

def result(child, reading):
    with open(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return eval(said)

def connect(token):
    pm.connect("teamwork", token=token, requests_per_minute=1_000_000)

connect(os.environ["PMFRAMES_TEAMWORK_TOKEN"])
"""
ROUNDS = (
    PRELUDE
    + """
projects = [int(id) for id in pm.teamwork.projects()["id"][:8]]
expected = {project: load(project) for project in projects}
wrong = []
"""
)
POOL = """
context = multiprocessing.get_context("fork")
for _ in range(int(sys.argv[1])):
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        found = dict(zip(projects, pool.map(load, projects, [True] * len(projects))))
    cached = {project: load(project) for project in projects}
    wrong += [one for one in (found, cached) if one != expected]
print(wrong)
"""
FORKS = """
stop = threading.Event()

def load_until_the_end():
    while not stop.is_set():
        project = random.choice(projects)
        if (found := load(project, refresh=random.random() < 0.5)) != expected[project]:
            wrong.append(found)

threads = [threading.Thread(target=load_until_the_end, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for number in range(int(sys.argv[1])):
    children = [(one, in_child(lambda: load(one, refresh=bool(number % 2)))) for one in projects[:4]]
    wrong += [found for one, child in children if (found := result(*child)) != expected[one]]
stop.set()
for thread in threads:
    thread.join()
print(wrong)
"""
CHILD_OF_A_THREAD = """
def work():
    connect(sys.argv[1])
    return [accounts(), result(*in_child(lambda: [accounts(), in_thread(accounts)]))]

def in_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()

everyone = accounts()
theirs, [in_child_, elsewhere] = in_thread(work)
print(theirs != everyone, in_child_ == theirs, elsewhere, accounts() == everyone)
"""
CHILD_OF_A_BLOCK = """
with pm.demo(people=30), ThreadPoolExecutor(1) as pool:
    ours = accounts()
    print(result(*in_child(accounts)) == ours, pool.submit(lambda: result(*in_child(accounts))).result())
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as processes:
        print(processes.submit(accounts).result() == ours)
    print(accounts() == ours)
print(accounts() == result(*in_child(accounts)) != ours)
"""


def printed(code: str, *arguments: object, server: FakeServer, folder: Path, within: float = 60) -> str:
    variables = {f"PMFRAMES_{service.upper()}_URL": server.url(service) for service in SERVICES}
    variables["PMFRAMES_TEAMWORK_TOKEN"] = TOKEN
    words = map(str, arguments)
    return run(code, *words, folder=folder, cache=folder / "cache", within=within, **variables)


@rounds
def test_a_pool_of_forked_processes_loads_what_each_was_asked_for(rounds, server, tmp_path):
    """The loads of the pool are cached for the parent, right as well."""
    assert printed(ROUNDS + POOL, rounds, server=server, folder=tmp_path, within=30 * rounds) == "[]\n"


@rounds
def test_children_forked_while_threads_load_get_their_own_rows(rounds, server, tmp_path):
    assert printed(ROUNDS + FORKS, rounds, server=server, folder=tmp_path, within=30 * rounds) == "[]\n"


def test_a_child_of_a_thread_that_connected_has_that_account(server, tmp_path):
    """Other threads of the child connected nothing, and it is not known for whom they are."""
    said = printed(PRELUDE + CHILD_OF_A_THREAD, OTHER, server=server, folder=tmp_path)
    assert said == "True True ['not connected'] True\n"


def test_a_child_of_a_block_is_in_it(server, tmp_path):
    """But for that of a thread of which that is not known."""
    said = printed(PRELUDE + CHILD_OF_A_BLOCK, server=server, folder=tmp_path)
    assert said == "True ['not connected']\nTrue\nTrue\nTrue\n"
