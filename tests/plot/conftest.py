"""Charts are drawn without a window, and closed after each test."""

import matplotlib as mpl
import pytest
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def canvas():
    mpl.use("agg")
    yield
    pyplot.close("all")
