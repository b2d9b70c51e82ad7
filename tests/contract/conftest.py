from pathlib import Path

import pytest

from pmframes.sandbox import Sandbox

from .exceptions import ALLOWANCES, API_VERSIONS, DEMANDS
from .specifications import Specification, read
from .walk import READS, Visitor


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Leave the walk over every endpoint to ``pytest -m slow``: it takes most of a minute."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def box():
    with Sandbox(people=120) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def specifications():
    """Return a service's specification, of an age, made once."""
    made = {}

    def get(service, *api_versions):
        if (service, *api_versions) not in made:
            old = [age for (one, *names), age in API_VERSIONS.items() if one == service and {*names} <= {*api_versions}]
            made[service, *api_versions] = Specification(read(service), ALLOWANCES[service], DEMANDS[service], old)
        return made[service, *api_versions]

    return get


@pytest.fixture(scope="session")
def visitors(box):
    return {service: Visitor(box, service) for service in READS}
