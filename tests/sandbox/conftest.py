"""Sandboxes for these tests: two that are only read, made once, and one of its own for a test that writes."""

from collections.abc import Iterator

import pytest

from pmframes.sandbox import Sandbox
from tests.sandbox.client import Caller


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """A sandbox of 240 people; only read."""
    with Sandbox(people=240) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def caller(box: Sandbox) -> Caller:
    return Caller(box)


@pytest.fixture(scope="session")
def small_box() -> Iterator[Sandbox]:
    """A small sandbox for requests that are refused, and so change nothing."""
    with Sandbox(people=5) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def small(small_box: Sandbox) -> Caller:
    return Caller(small_box)


@pytest.fixture
def fresh_box() -> Iterator[Sandbox]:
    """A small sandbox of the test's own, to write to."""
    with Sandbox(people=5) as sandbox:
        yield sandbox


@pytest.fixture
def fresh(fresh_box: Sandbox) -> Caller:
    return Caller(fresh_box)
