"""Moved: the tests to tests/loading/test_damaged_cache.py; this goes with test_housekeeping.py, which imports it."""

from tests.support.privileges import no_superuser

__all__ = ["no_superuser"]
