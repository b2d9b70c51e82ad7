import pytest

from pmframes.sandbox import Sandbox

from .calls import Caller


@pytest.fixture(scope="session")
def box():
    with Sandbox(people=240) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def caller(box):
    return Caller(box)
