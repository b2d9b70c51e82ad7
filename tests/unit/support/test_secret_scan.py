"""The scanner of the tests finds secrets where they are: spellings, logs, warnings, files, tracebacks, objects."""

import logging
import time
import warnings
from typing import Any

import pandas as pd
import pytest

from tests.support.secret_scan import SecretScan, listening, pass_over_old_objects

CANARY = "cnry-9d1c+Zw/=~7QxLm"


class _Leaky:
    """What a careless connection would be."""

    __module__ = "pmframes.planted"

    def __init__(self) -> None:
        self.headers = {"Authorization": CANARY}


def _raise_with(secret: str) -> None:
    """Raise in code that is not of the tests, with the secret in a local variable."""
    code = "def careless(secret):\n    raise RuntimeError('no secret in the words')\n"
    scope: dict[str, Any] = {}
    exec(compile(code, "/elsewhere/careless.py", "exec"), scope)
    scope["careless"](secret)


@pytest.mark.parametrize("spelling", [
    CANARY, "cnry-9d1c%2BZw%2F%3D~7QxLm",
    "Y25yeS05ZDFjK1p3Lz1+N1F4TG06",  # CANARY:
    "OmNucnktOWQxYytady89fjdReExt",  # :CANARY
    "YTpjbnJ5LTlkMWMrWncvPX43UXhMbTp4",  # a:CANARY:x
])  # fmt: skip
def test_spellings_are_known(spelling):
    scan = SecretScan(CANARY)
    scan.search("text", f"before {spelling} after")
    scan.search("bytes", f"before {spelling} after".encode())
    assert {found.split(":")[0] for found in scan.found} == {"text", "bytes"}


def test_logs_and_warnings_are_searched():
    log, new = logging.getLogger("urllib3.connectionpool"), f"pmframes.new.{time.monotonic_ns()}"
    for leak in (
        lambda: log.debug("GET /?token=%s", CANARY),
        lambda: logging.getLogger(new).debug("text", extra={"token": CANARY}),
        lambda: warnings.warn(f"the token {CANARY} is old", UserWarning, stacklevel=1),
    ):
        scan = SecretScan(CANARY)
        with listening(scan):
            leak()
        assert scan.found


def test_files_and_archives_are_searched(tmp_path):
    scan = SecretScan(CANARY)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "cache.sqlite").write_bytes(b"\x00\xff" + CANARY.encode())
    pd.DataFrame({"x": [CANARY]}).to_excel(tmp_path / "book.xlsx", engine="xlsxwriter")
    assert scan.search_files(tmp_path) == 2
    files = {found.split(":")[0] for found in scan.found}
    assert files == {"file cache.sqlite", "file book.xlsx, xl/sharedStrings.xml"}


def test_local_variables_and_attributes_are_searched():
    pass_over_old_objects()
    scan, leaky = SecretScan(CANARY), _Leaky()
    with pytest.raises(RuntimeError) as raised:
        _raise_with(CANARY)
    scan.search_error(raised.value)
    assert [found for found in scan.found if found.startswith("traceback with locals")]
    scan.search_objects()
    assert [found for found in scan.found if found.startswith("vars of pmframes.planted._Leaky")]
    assert leaky.headers
