"""Every test here has a home without credentials, one retry at once, and no wait for a rate limit."""

import pytest


@pytest.fixture(autouse=True)
def isolated(own_home, no_waits):
    """As the fixtures say."""
