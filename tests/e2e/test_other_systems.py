"""What works on a system without the calls of POSIX."""

from pathlib import Path

import pytest

from tests.support.processes import run

pytestmark = pytest.mark.slow

# As on Windows, and after the import of modules that are others there.
WITHOUT_POSIX = """
import asyncio, filelock, os, platformdirs, signal, subprocess, sys, tempfile, types
complete = types.ModuleType("os")
complete.__dict__.update(os.__dict__)
sys.modules[filelock.FileLock.__module__].os = complete
for name in ("fchmod", "fork", "geteuid", "getuid", "register_at_fork", "O_DIRECTORY", "O_NOFOLLOW"):
    delattr(os, name)
del signal.pause
for name in ("fcntl", "grp", "pwd", "resource"):
    sys.modules[name] = None
"""
TOUR = """
import pmframes as pm
from pmframes._cli import main

assert main(["demo"]) == 0
pm.demo(people=60)
people = pm.teamwork.people([480101, 480102], everyone=True)
frames = [pm.teamwork.people(), pm.teamwork.permissions(480101), pm.teamwork.projects(), pm.teamwork.companies()]
frames += [getattr(pm.projectmanager, name)() for name in ("customers", "roles", "role_permissions", "resources")]
frames += [pm.projectmanager.projects(), pm.outlign.clients(), pm.outlign.companies(), pm.spirii.customers()]
assert all(map(len, [*frames, people, pm.customers()]))
assert pm.teamwork.people([480101, 480102], everyone=True).attrs["pmframes"]["cached"]
assert pm.check()["ok"].all()
assert len(pm.cache.info())
pm.report.access_review(people).to_html("review.html")
pm.report.customer_portfolio(pm.customers()).to_excel("customers.xlsx")
pm.explore(people)
clients = pm.outlign.clients()
plan = pm.plan(clients, clients.assign(title=["Renamed", *clients["title"][1:]]))
assert plan.apply(confirm=1)["result"].tolist() == ["done"]
assert len(pm.plans()) == 1
pm.cache.clear()
for words in (["check"], ["load", "outlign.clients", "-o", "rows.csv"], ["cache"], ["cache", "clear"]):
    assert main(words) == 0, words
print("done")
"""


def test_everything_works_without_the_calls_of_posix(tmp_path: Path):
    code = WITHOUT_POSIX + TOUR
    out = run(code, folder=tmp_path, cache=tmp_path / "cache", within=300, PMFRAMES_DATA_DIR=str(tmp_path / "data"))
    assert out.endswith("done\n")


# As in Pyodide, and in kernels that allow neither.
WITHOUT_SOCKETS_OR_THREADS = """
import matplotlib.font_manager  # before 3.11 it starts a thread where there is no font cache yet
import socket, threading
def refuse(*_, **__):
    raise RuntimeError("not here")
class Socket(socket.socket):
    connect = connect_ex = bind = refuse
socket.socket = Socket
threading.Thread.start = refuse
"""
ALL_PEOPLE = """
import pmframes as pm
box = pm.demo(people=3000, faults=["teamwork:reset*1", "teamwork:short*1", "teamwork:status=503*1"])
print(len(pm.teamwork.people(everyone=True)))
print(box)
"""


@pytest.mark.parametrize("forbidden", ["sockets and threads", "sockets", "threads"])
def test_the_demo_needs_neither_sockets_nor_threads(forbidden, tmp_path: Path):
    code = WITHOUT_SOCKETS_OR_THREADS
    if forbidden == "sockets":
        code = code.replace("threading.Thread.start = refuse\n", "")
    if forbidden == "threads":
        code = code.replace("socket.socket = Socket\n", "")
    out = run(code + TOUR, folder=tmp_path, cache=tmp_path / "cache", PMFRAMES_DATA_DIR=str(tmp_path / "data"))
    assert out.endswith("done\n")
    shown = run(code + ALL_PEOPLE, folder=tmp_path, cache=tmp_path / "cache")
    assert shown == "3000\n<pmframes sandbox, fictional data, running in this process>\n"
