"""Search everything that a program leaves behind for a secret: text, files, logs, tracebacks, live objects."""

import base64
import copy
import gc
import io
import logging
import pickle
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import pandas as pd
import pytest

TESTS = str(Path(__file__).parents[1])
LIBRARIES = ("pmframes", "requests", "requests_cache", "urllib3", "stamina", "tenacity")


def spellings(secret: str) -> set[bytes]:
    """Return a secret as it is, percent-encoded, escaped, in hex, and as base64 from any place in a text."""
    plain = secret.encode()
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), plain.hex(), repr(secret)[1:-1]}
    found.add(secret.replace("/", "\\/"))
    for before in range(3):
        # The first and the last letters depend on what stands beside the secret.
        coded = base64.b64encode(b"\0" * before + plain)[4 * (before > 0) : -4].decode()
        if len(coded) >= 8:
            found |= {coded, coded.replace("+", "-").replace("/", "_")}
    return {one.encode() for one in found}


class SecretScan:
    """Search things for secrets; ``found`` says where one was."""

    def __init__(self, *secrets: str) -> None:
        self.spellings = set().union(*map(spellings, secrets))
        self.found: list[str] = []
        self.searched = 0

    def search(self, where: str, *things: Any) -> None:
        """Search bytes and text as they are, other things as they print."""
        for thing in things:
            held = thing if isinstance(thing, bytes) else str(thing).encode("utf-8", "surrogatepass")
            self.searched += len(held)
            self.found += [f"{where}: {_around(held, one)}" for one in sorted(self.spellings) if one in held]

    def search_frame(self, where: str, frame: pd.DataFrame) -> None:
        """Search a frame in every form in which it is shown or handed on, with its attrs."""
        self.search(where, repr(frame), frame.to_csv(), frame.to_html(), repr(vars(frame)), repr(frame.attrs))
        self.search(f"pickle of {where}", pickle.dumps(frame), pickle.dumps(copy.deepcopy(frame)))

    def search_files(self, folder: Path) -> int:
        """Search all files below a folder, their names, and what archives hold; return how many there are."""
        files = [path for path in folder.rglob("*") if path.is_file()]
        for path in files:
            self.search(f"name of {path.name}", str(path.relative_to(folder)))
            data = path.read_bytes()
            self.search(f"file {path.name}", data)
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    for name in archive.namelist():
                        self.search(f"file {path.name}, {name}", archive.read(name))
        return len(files)

    def search_error(self, error: BaseException) -> None:
        """Search all that can be shown of an error, the locals of every frame included but those of tests."""
        shown = traceback.TracebackException(
            type(error), error, _without_tests(error.__traceback__), capture_locals=True
        )
        self.search("traceback with locals", "".join(shown.format()))
        self.search("error", str(error), repr(error), repr(error.args), repr(vars(error)))
        with suppress(Exception):
            self.search("pickle of an error", pickle.dumps(error))

    def search_objects(self) -> int:
        """Search what the libraries made since ``pass_over_old_objects``, as it prints, and its attributes.

        The slots of ``Secret`` are where a credential lives; everything else that it offers is searched.
        """
        gc.collect()
        theirs = [one for one in gc.get_objects() if _is_theirs(one)]
        for one in theirs:
            name = f"{type(one).__module__}.{type(one).__qualname__}"
            self.search(f"repr of {name}", _printed(repr, one), _printed(str, one), _printed(format, one))
            self.search(f"vars of {name}", _printed(_attributes, one))
            if type(one).__name__ != "Secret":
                self.search(f"slots of {name}", _printed(_slots, one))
            if name.startswith("pmframes"):
                with suppress(Exception):
                    self.search(f"pickle of {name}", pickle.dumps(one))
        return len(theirs)


def _around(held: bytes, one: bytes) -> str:
    at = held.index(one)
    return repr(held[max(0, at - 60) : at + len(one) + 20])


def _without_tests(trace: TracebackType | None) -> TracebackType | None:
    while trace and trace.tb_frame.f_code.co_filename.startswith(TESTS):
        trace = trace.tb_next
    return trace


def _is_theirs(one: Any) -> bool:
    # Some classes have a descriptor there.
    module = getattr(type(one), "__module__", None)
    return isinstance(module, str) and module.split(".")[0] in LIBRARIES


def _printed(how: Callable[[Any], str], one: Any) -> str:
    try:
        return how(one)
    except Exception as error:
        return str(error)


def _attributes(one: Any) -> str:
    # A body is the service's own words; some quote the request.
    return repr({name: value for name, value in vars(one).items() if name != "_content"})


def _slots(one: Any) -> str:
    names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    return repr([getattr(one, name, None) for name in names])


class _AllRecords(logging.Handler):
    def __init__(self, scan: SecretScan) -> None:
        super().__init__(logging.DEBUG)
        self.scan = scan
        self.records = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.records += 1
        self.scan.search(f"log of {record.name}", record.getMessage(), repr(vars(record)))


def pass_over_old_objects() -> None:
    """Let ``search_objects`` pass over what was made before, for ever: collections would take it up again."""
    gc.collect()
    gc.freeze()


@contextmanager
def listening(scan: SecretScan) -> Iterator[_AllRecords]:
    """Search every log record of every logger, at DEBUG, and every warning."""
    handler, root = _AllRecords(scan), logging.getLogger()
    names = [name for name in list(logging.root.manager.loggerDict) if name.split(".")[0] != "tests"]
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in names} | {root: root.level}
    for logger in levels:
        logger.setLevel(logging.DEBUG)
        if not logger.propagate or logger is root:
            logger.addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield handler
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)
            logger.removeHandler(handler)
        for one in caught:
            scan.search("warning", str(one.message), repr(one.message), repr(one.source))


@contextmanager
def shown_nowhere(token: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[SecretScan]:
    """Fail at the end if a token is in logs, warnings, live objects, files of the folder or output."""
    scan = SecretScan(token)
    pass_over_old_objects()
    with listening(scan):
        yield scan
        assert scan.search_objects() > 5
    scan.search_files(folder)
    scan.search("printed", *capfd.readouterr())
    assert scan.found == []
