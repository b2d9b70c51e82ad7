"""Messages of errors and warnings: the exact words, and the line that a warning points at."""

import contextlib
import warnings
from collections.abc import Callable
from errno import EACCES, EDQUOT, ENOSPC
from pathlib import Path

import pytest

from pmframes import _messages, errors
from pmframes.errors import IncompleteLoad, InvalidArgument, OfflineMiss, UnexpectedResponse

PEOPLE, CLIENTS = "pm.teamwork.people", "Outlign clients"
PROXY = "perhaps a login page or a page of a proxy. Check the url and the network, then load again."
KEPT = "No rows are returned; what was cached before is still there."
# What makes an error of which kind, and its message.
ERRORS = [
    (_messages.wrong_kind, ("retries", ["secret"], "a number"), InvalidArgument,
     "retries is of type list. Pass a number."),
    (_messages.not_one_of, ("service", "teamwrk", ("teamwork", "spirii")), InvalidArgument,
     "service is 'teamwrk'. Did you mean 'teamwork'? Use one of: teamwork, spirii."),
    (_messages.not_one_of, ("service", "x", iter(["teamwork", "spirii"])), InvalidArgument,
     "service is 'x'. Use one of: teamwork, spirii."),
    (_messages.param_twice, ("page",), InvalidArgument,
     "params has 'page', which this loader sets itself. Leave it out of params."),
    (_messages.not_a_frame, ("frame", [1]), InvalidArgument,
     "frame must be a DataFrame, not list. Pass the frame that a loader returned."),
    (_messages.not_a_frame, ("people", None, f"{PEOPLE} returned"), InvalidArgument,
     f"people must be a DataFrame, not NoneType. Pass the frame that {PEOPLE} returned."),
    (_messages.missing_columns, ("people", ["id", 1], PEOPLE), InvalidArgument,
     f"people lacks the columns: id, 1. Pass the frame that {PEOPLE} returns, or one with these columns."),
    (_messages.layered_columns, ("explore", 2), InvalidArgument,
     "explore needs one name per column, but the columns of this frame have 2 levels. Join them: "
     "frame.columns = [' '.join(map(str, names)) for names in frame.columns]."),
    (_messages.repeated_columns, ("explore", ["a", "b"]), InvalidArgument,
     "explore needs unique column names, but this frame repeats: a, b. Rename these columns, or keep one of each."),
    (_messages.unsupported_provenance, ("before",), InvalidArgument,
     "before has provenance in an unknown format: a later version of pmframes wrote it, or another program. "
     "Update pmframes, or load the frame again."),
    (_messages.not_json, ("Outlign", "text/html", 12_345), UnexpectedResponse,
     f"Outlign did not return JSON (text/html, 12,345 bytes): {PROXY}"),
    (_messages.not_json, ("Outlign", "", 0), UnexpectedResponse,
     f"Outlign did not return JSON (no content type, 0 bytes): {PROXY}"),
    (_messages.unexpected_shape, (CLIENTS,), UnexpectedResponse,
     "Outlign clients: the response is JSON, but not of the shape that the service documents. "
     "Check that url is the address of this service; if it is, report a bug of pmframes."),
    (_messages.unreadable, (CLIENTS, "created_at"), UnexpectedResponse,
     "Outlign clients: the value of created_at is not of the type that the service documents. "
     "No value was changed or dropped. Report this as a bug of pmframes, with the name of the field."),
    (_messages.incomplete, (CLIENTS, 1, 1_000, "it ended"), IncompleteLoad,
     f"Outlign clients could not be loaded completely: it ended (1,000 rows in 1 page received). {KEPT} "
     "Load again; if it keeps failing, load in smaller parts."),
    (_messages.incomplete, (CLIENTS, 2, 1, "it ended", "one company at a time"), IncompleteLoad,
     f"Outlign clients could not be loaded completely: it ended (1 row in 2 pages received). {KEPT} "
     "Load one company at a time."),
    (_messages.offline_miss, (CLIENTS,), OfflineMiss,
     "Outlign clients is not cached, and no request is sent while offline. "
     "Load it once outside of pm.offline(), with the same arguments and the same account."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "arguments", "kind", "message"), ERRORS)
def test_errors(make: Callable[..., errors.PmframesError], arguments: tuple, kind: type, message: str):
    error = make(*arguments)
    assert (type(error), str(error)) == (kind, message)


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


def test_a_warning_points_at_the_line_of_the_caller_outside_pmframes_and_contextlib():
    # The second is compiled as if it were in the package.
    names = {"contextlib": contextlib, "warn_user": _messages.warn_user}
    code = (
        "@contextlib.contextmanager\ndef warn():\n    warn_user('Mind this.')\n    yield\n"
        "def call():\n    with warn():\n        pass\n"
    )
    exec(compile(code, str(Path(_messages.__file__).with_name("made_up.py")), "exec"), names)
    for call in (lambda: _messages.warn_user("Mind this."), lambda: names["call"]()):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
        (found,) = caught
        assert (str(found.message), found.category, found.filename) == ("Mind this.", UserWarning, __file__)
