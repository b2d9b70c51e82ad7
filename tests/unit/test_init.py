"""The public names of the package; what importing it loads is in ``tests/e2e/test_imports.py``."""

import pmframes as pm


def test_every_public_name_can_be_imported_and_is_listed():
    for name in pm.__all__:
        assert getattr(pm, name) is not None
    assert dir(pm) == sorted([*pm.__all__, "__version__"])
