import pytest

from pmframes.sandbox import Sandbox
from tests.support.sandbox_client import Caller


@pytest.fixture(scope="session")
def box():
    with Sandbox(people=240) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def caller(box):
    return Caller(box)


@pytest.fixture(scope="module")
def standing():
    """Give one box to all that is refused, and so changes nothing."""
    with Sandbox(people=1) as sandbox:
        yield sandbox


@pytest.fixture
def asker(standing):
    return Caller(standing)
