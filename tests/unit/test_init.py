"""The public names of the package; what importing it loads is in ``tests/e2e/test_imports.py``."""

import pytest

import pmframes as pm


@pytest.mark.parametrize("name", pm.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(pm, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'asana'"):
        _ = pm.asana
