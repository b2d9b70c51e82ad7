"""Tests as root behave like those of any user: give up, for a while, what lets root read and write any file."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_superuser() -> Iterator[None]:
    """Drop the capabilities that pass over file modes, in this thread."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    before, now = (ctypes.c_uint32 * 6)(), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    now[:] = before[:]
    now[0] &= ~0b1110  # dac_override, dac_read_search, fowner
    assert libc.capset(header, now) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0
