"""Connections in a kernel: what a plain cell, an ``await`` cell, a thread and a widget's callback connect."""

import pytest

from tests.e2e.kernels import Kernel

SETUP = """
import asyncio, threading
import pmframes as pm
from pmframes.sandbox import Sandbox

boxes = {people: Sandbox(people=people) for people in (30, 60, 90)}
for box in boxes.values():
    box.start()
names = {box.url("teamwork"): people for people, box in boxes.items()}

def connect(people):
    pm.connect("teamwork", url=boxes[people].url("teamwork"), token=boxes[people].token("teamwork"))

def account():
    try:
        pm.teamwork.people(refresh=True)
    except pm.errors.NotConnected:
        return "not connected"
    return names.get(pm.connections()["url"][0], "demo")

def in_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]
"""
BUTTON = """
import ipywidgets
from comm import get_comm_manager

said = []
button = ipywidgets.Button()

def clicked(_):
    said.append(account())
    connect(60)
    said.append(account())

button.on_click(clicked)
print(button.comm.comm_id)
"""


@pytest.fixture
def boxes(kernel: Kernel) -> None:
    ran = kernel.run(SETUP)
    assert ran.status == "ok", ran.told
    yield
    assert kernel.run("pm.disconnect()\nfor box in boxes.values():\n    box.stop()").status == "ok"


def printed(kernel: Kernel, source: str) -> str:
    ran = kernel.run(source)
    assert ran.status == "ok", ran.told
    return ran.printed.strip()


@pytest.mark.usefixtures("boxes")
def test_what_a_cell_connects_is_the_default(kernel):
    assert printed(kernel, "connect(30)\nprint(account())") == "30"
    assert printed(kernel, "print(account(), in_thread(account))") == "30 30"
    assert printed(kernel, "print(account(), await asyncio.to_thread(account))") == "30 30"
    # A cell with await runs in a task whose context ends with it.
    assert printed(kernel, "await asyncio.sleep(0)\nconnect(60)\nprint(account(), in_thread(account))") == "60 60"
    assert printed(kernel, "print(account(), in_thread(account))") == "60 60"
    assert printed(kernel, "connect(90)\nprint(account())") == "90"
    assert printed(kernel, "print(account(), await asyncio.to_thread(account), in_thread(account))") == "90 90 90"


@pytest.mark.usefixtures("boxes")
def test_what_a_task_or_a_thread_connects_is_its_own(kernel):
    source = """
connect(30)
async def work():
    connect(60)
    await asyncio.sleep(0)
    return account(), await asyncio.to_thread(account)
task = asyncio.get_running_loop().create_task(work())
"""
    printed(kernel, source)
    assert printed(kernel, "print(await task, account())") == "(60, 60) 30"
    assert printed(kernel, "print(in_thread(lambda: (connect(90), account())[1]), account())") == "90 30"
    assert printed(kernel, "print(account(), in_thread(account))") == "30 30"


@pytest.mark.usefixtures("boxes")
def test_a_block_of_a_cell_is_over_after_it(kernel):
    cell = "with pm.demo(people=5):\n    print(account(), in_thread(account), await asyncio.to_thread(account))"
    printed(kernel, "connect(30)")
    for source in (cell, cell.replace("await asyncio.to_thread(account)", "account()")):
        assert printed(kernel, source) == "demo not connected demo"
        assert printed(kernel, "print(account(), in_thread(account))") == "30 30"


@pytest.mark.usefixtures("boxes")
def test_what_a_callback_connects_does_not_concern_the_cells(kernel):
    printed(kernel, "connect(30)")
    comm = printed(kernel, BUTTON)
    kernel.send(comm, {"method": "custom", "content": {"event": "click"}})
    assert printed(kernel, "print(said, account(), in_thread(account))") == "[30, 60] 30 30"
    assert printed(kernel, "print(await asyncio.to_thread(account), account())") == "30 30"
    kernel.send(comm, {"method": "custom", "content": {"event": "click"}})
    assert printed(kernel, "print(said[2:])") == "[60, 60]", "its context lasts"
