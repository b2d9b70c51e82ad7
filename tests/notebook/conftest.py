"""One kernel for the tests of a file, and the browser of the explorer's tests."""

from collections.abc import Iterator

import pytest

from tests.explorer.conftest import browser
from tests.support.kernels import Kernel, running

__all__ = ["browser"]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Give a kernel in which nothing is connected yet, with ``pmframes`` loaded as an extension."""
    with running(tmp_path_factory.mktemp("kernel")) as started:
        assert started.run("import pmframes as pm\n%load_ext pmframes").status == "ok"
        yield started


@pytest.fixture(scope="module")
def demo(kernel: Kernel) -> Kernel:
    """Give a kernel that is connected to the sandbox."""
    assert kernel.run("box = %pm demo --people 120").status == "ok"
    return kernel
