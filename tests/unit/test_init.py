"""The public names of the package; what importing it loads is in ``tests/e2e/test_imports.py``."""

import pytest

import pmframes as pm


def test_every_public_name_can_be_imported_and_is_listed():
    for name in pm.__all__:
        assert getattr(pm, name) is not None
    assert dir(pm) == sorted([*pm.__all__, "__version__"])


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'asana'"):
        _ = pm.asana
