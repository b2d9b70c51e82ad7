"""Messages of errors and warnings: the exact words, and the line that a warning points at."""

import contextlib
import warnings
from collections.abc import Callable
from errno import EACCES, EDQUOT, ENOSPC
from pathlib import Path

import pytest

from pmframes import _messages, errors
from pmframes.errors import IncompleteLoad, InvalidArgument, OfflineMiss, UnexpectedResponse

ERRORS = [
    (
        lambda: _messages.wrong_kind("retries", ["secret"], "a number"),
        InvalidArgument,
        "retries is of type list. Pass a number.",
    ),
    (
        lambda: _messages.not_one_of("service", "teamwrk", ("teamwork", "spirii")),
        InvalidArgument,
        "service is 'teamwrk'. Did you mean 'teamwork'? Use one of: teamwork, spirii.",
    ),
    (
        lambda: _messages.not_one_of("service", "x", iter(["teamwork", "spirii"])),
        InvalidArgument,
        "service is 'x'. Use one of: teamwork, spirii.",
    ),
    (
        lambda: _messages.param_twice("page"),
        InvalidArgument,
        "params has 'page', which this loader sets itself. Leave it out of params.",
    ),
    (
        lambda: _messages.not_a_frame("frame", [1]),
        InvalidArgument,
        "frame must be a pandas DataFrame, not list. Pass the frame that a loader returned.",
    ),
    (
        lambda: _messages.not_a_frame("people", None, "pm.teamwork.people returned"),
        InvalidArgument,
        "people must be a pandas DataFrame, not NoneType. Pass the frame that pm.teamwork.people returned.",
    ),
    (
        lambda: _messages.missing_columns("people", ["id", 1], "pm.teamwork.people"),
        InvalidArgument,
        "people lacks the columns: id, 1. Pass the frame that pm.teamwork.people returns, or one with these columns.",
    ),
    (
        lambda: _messages.layered_columns("explore", 2),
        InvalidArgument,
        "explore needs one name per column, but the columns of this frame have 2 levels. Join them: "
        "frame.columns = [' '.join(map(str, names)) for names in frame.columns].",
    ),
    (
        lambda: _messages.repeated_columns("explore", ["a", "b"]),
        InvalidArgument,
        "explore needs unique column names, but this frame repeats: a, b. Rename these columns, or keep one of each.",
    ),
    (
        lambda: _messages.unsupported_provenance("before"),
        InvalidArgument,
        "before has provenance in an unknown format: a later version of pmframes wrote it, or another program. "
        "Update pmframes, or load the frame again.",
    ),
    (
        lambda: _messages.not_json("Outlign", "text/html", 12_345),
        UnexpectedResponse,
        "Outlign did not return JSON (text/html, 12,345 bytes): perhaps a login page or a page of a proxy. "
        "Check the url and the network, then load again.",
    ),
    (
        lambda: _messages.not_json("Outlign", "", 0),
        UnexpectedResponse,
        "Outlign did not return JSON (no content type, 0 bytes): perhaps a login page or a page of a proxy. "
        "Check the url and the network, then load again.",
    ),
    (
        lambda: _messages.unexpected_shape("Outlign clients"),
        UnexpectedResponse,
        "Outlign clients: the response is JSON, but not of the shape that the service documents. "
        "Check that url is the address of this service; if it is, report a bug of pmframes.",
    ),
    (
        lambda: _messages.unreadable("Outlign clients", "created_at"),
        UnexpectedResponse,
        "Outlign clients: the value of created_at is not of the type that the service documents. "
        "No value was changed or dropped. Report this as a bug of pmframes, with the name of the field.",
    ),
    (
        lambda: _messages.incomplete("Outlign clients", 1, 1_000, "it ended"),
        IncompleteLoad,
        "Outlign clients could not be loaded completely: it ended (1,000 rows in 1 page received). No rows are "
        "returned; what was cached before is still there. Load again; if it keeps failing, load in smaller parts.",
    ),
    (
        lambda: _messages.incomplete("Outlign clients", 2, 1, "it ended", "one company at a time"),
        IncompleteLoad,
        "Outlign clients could not be loaded completely: it ended (1 row in 2 pages received). No rows are "
        "returned; what was cached before is still there. Load one company at a time.",
    ),
    (
        lambda: _messages.offline_miss("Outlign clients"),
        OfflineMiss,
        "Outlign clients is not cached, and no request is sent while offline. "
        "Load it once outside of pm.offline(), with the same arguments and the same account.",
    ),
]


@pytest.mark.parametrize(("build", "kind", "message"), ERRORS)
def test_errors(build: Callable[[], errors.PmframesError], kind: type[errors.PmframesError], message: str):
    error = build()
    assert type(error) is kind
    assert str(error) == message


PERMISSIONS = "Check the permissions of the file and its folder, or use another folder."


@pytest.mark.parametrize(("error", "message"), [
    (OSError(EACCES, "Permission denied", "a.csv"), f"Permission denied: a.csv. {PERMISSIONS}"),
    (OSError(EACCES, "Permission denied"), f"Permission denied. {PERMISSIONS}"),
    (PermissionError(), f"PermissionError. {PERMISSIONS}"),
    (OSError(ENOSPC, "No space", "a.csv"), "The disk is full: a.csv. Free some space, or use another disk."),
    (OSError(EDQUOT, "Quota"), "The disk is full. Free some space, or use another disk."),
])  # fmt: skip
def test_describe_os_error(error: OSError, message: str):
    assert _messages.describe_os_error(error) == message


def test_a_cache_warning_has_its_cause_apart():
    warning = _messages.CacheWarning("It is full.", "Empty it.")
    assert (str(warning), warning.cause) == ("It is full. Empty it.", "It is full.")
    assert isinstance(warning, UserWarning)


def warned_by(call: Callable[[], object]) -> warnings.WarningMessage:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    (found,) = caught
    return found


def test_a_warning_points_at_the_line_of_the_caller():
    found = warned_by(lambda: _messages.warn_user("Mind this."))
    assert (str(found.message), found.category, Path(found.filename)) == ("Mind this.", UserWarning, Path(__file__))


def test_a_warning_skips_the_frames_of_pmframes_and_of_contextlib():
    # Compiled as if it were in the package.
    names = {"contextlib": contextlib, "warn_user": _messages.warn_user}
    code = (
        "@contextlib.contextmanager\ndef warn():\n    warn_user('Mind this.')\n    yield\n"
        "def call():\n    with warn():\n        pass\n"
    )
    exec(compile(code, str(Path(_messages.__file__).with_name("made_up.py")), "exec"), names)
    found = warned_by(lambda: names["call"]())
    assert Path(found.filename) == Path(__file__)
