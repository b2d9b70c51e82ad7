"""Charts are drawn without a window, and closed after each test."""

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def canvas() -> Iterator[None]:
    mpl.use("agg")
    yield
    pyplot.close("all")
