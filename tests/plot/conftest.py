"""Charts are drawn without a window, and closed before and after each test."""

import matplotlib as mpl
import pytest
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def canvas():
    mpl.use("agg")
    pyplot.close("all")  # of tests elsewhere
    yield
    pyplot.close("all")
