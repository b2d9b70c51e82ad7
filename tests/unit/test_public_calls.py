"""Calls that no public function takes, and names that no module has: one clear error, with the nearest name."""

import inspect
import traceback
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

import pmframes as pm

MODULES = {
    "pm": pm,
    **{f"pm.{name}": value for name in pm.__all__ if isinstance(value := getattr(pm, name), ModuleType)},
}
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
PEOPLE = pd.DataFrame({"id": [1], "name": ["Ada"]})
OBJECTS = {"Report": pm.report.Report("Review"), "frame.pm": PEOPLE.pm, "History": pm.history("nowhere")}


def _functions() -> dict[str, Any]:
    """Find every public function, class and method that a user calls, but for exceptions."""
    functions = {
        f"{place}.{name}": getattr(module, name)
        for place, module in MODULES.items()
        if module is not pm.errors
        for name in module.__all__
        if callable(getattr(module, name))
    }
    methods = {
        f"{place}.{name}": method
        for place, value in OBJECTS.items()
        for name, method in inspect.getmembers(value, inspect.ismethod)
        if not name.startswith("_")
    }
    return functions | methods


FUNCTIONS = _functions()


def test_the_functions_are_found():
    assert len(FUNCTIONS) > 50
    assert {"pm.connect", "pm.cache.clear", "pm.report.Rule", "Report.to_html", "frame.pm.plot"} <= FUNCTIONS.keys()


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> Any:
    """Every public function in turn."""
    return FUNCTIONS[request.param]


def _refused(function: Any, *args: Any, **named: Any) -> pm.errors.InvalidArgument:
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        function(*args, **named)
    assert raised.value.__context__ is None
    return raised.value


def test_every_function_refuses_a_misspelt_keyword_and_suggests_the_nearest(function):
    name, parameters = function.__name__, inspect.signature(function).parameters
    if "params" in parameters and parameters["params"].kind in VARIADIC:
        return  # History.at and History.changes take the parameters of any loader
    for parameter in parameters:
        error = _refused(function, **{f"{parameter}x": 1})
        assert error.cause == f"{name}() has no argument '{parameter}x'."
        assert error.remedy.startswith(("Did you mean ", "Its arguments are: ")), error.remedy
        # Of a word of one or two letters, nothing is similar.
        assert (
            len(parameter) < 3
            or parameters[parameter].kind in VARIADIC
            or f"Did you mean '{parameter}'?" in error.remedy
        )
    assert _refused(function, xyzzy=1).cause == f"{name}() has no argument 'xyzzy'."


def test_every_function_refuses_too_many_values_by_position(function):
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return  # History.keep takes any number of frames
    positional = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    error = _refused(function, *range(len(positional) + 2))
    assert error.cause.startswith(f"{function.__name__}() takes ")
    assert all(name in error.cause for name in positional)


def test_every_function_names_an_argument_that_is_missing(function):
    parameters = inspect.signature(function).parameters.values()
    needed = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind not in VARIADIC
    ]
    if needed:
        error = _refused(function)
        assert all(name in error.cause for name in needed)


def test_what_a_function_is_stays_visible(function):
    assert inspect.getdoc(function)
    assert "kwargs" not in inspect.signature(function).parameters


@pytest.mark.parametrize(("call", "cause", "remedy"), [
    (lambda: pm.teamwork.people(include_service_account=True), "people() has no argument 'include_service_account'.",
     "Did you mean 'include_service_accounts'?"),
    (lambda: pm.teamwork.people(type="account"), "people() has no argument 'type'.", "Did you mean 'user_type'?"),
    (lambda: pm.teamwork.people(placeholders=True), "people() has no argument 'placeholders'.",
     "Did you mean 'include_placeholders'?"),
    (lambda: pm.outlign.clients(company="acme"), "clients() has no argument 'company'.",
     "Did you mean 'company_id'?"),
    (lambda: pm.projectmanager.roles(limit=5), "roles() has no argument 'limit'.",
     "Its arguments are: refresh, progress, params, extra_columns."),
    (lambda: pm.cache.info(5), "info() takes no arguments.", "Leave them out."),
    (lambda: pm.cache.info(service="teamwork"), "info() has no argument 'service'.", "It takes none."),
    (lambda: pm.teamwork.people(480101, 480102), "people() takes 1 argument by position (projects), not 2.",
     "Pass several projects as a list and all others by name: everyone=, user_type=, search_term=, "
     "search_user_job_role= and 27 more."),
    (lambda: pm.disconnect("teamwork", "spirii"), "disconnect() takes 1 argument by position (services), not 2.",
     "Pass several services as a list."),
    (lambda: pm.teamwork.projects("acme", 5), "projects() takes no argument by position.",
     "Pass all by name: search_term=, project_ids=, exclude_project_ids=, project_company_ids= and 12 more."),
    (lambda: pm.report.people_by_type(PEOPLE, "type", 5),
     "people_by_type() takes 2 arguments by position (people, by), not 3.", "Leave the others out."),
    (lambda: pm.teamwork.people(7, projects=8), "people() was given projects twice.", "Pass it once."),
    (lambda: pm.teamwork.permissions(), "permissions() needs projects.", "Pass it, such as permissions(projects=…)."),
    (lambda: pm.report.role_differences(PEOPLE), "role_differences() needs left and right.",
     "Pass them, such as role_differences(left=…, right=…)."),
])  # fmt: skip
def test_the_message_names_the_argument_and_the_nearest(call, cause, remedy):
    error = _refused(call)
    assert (error.cause, error.remedy) == (cause, remedy)


TOKEN = "tkn-" + "4f7d1c9e"


@pytest.mark.parametrize("call", [
    lambda: pm.connect("teamwork", "acme", TOKEN), lambda: pm.connect("teamwork", "acme", tokn=TOKEN),
    lambda: pm.connect("teamwork", TOKEN, service="spirii"), lambda: pm.connect(url="acme", token=TOKEN),
    # Refused by the function itself, below the check.
    lambda: pm.connect("teamwrk", url="acme", token=TOKEN),
])  # fmt: skip
def test_a_token_in_a_wrong_call_is_in_no_message_and_no_frame_of_the_traceback(call):
    error = _refused(call)
    assert TOKEN not in str(error)
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The first frames are this test's own.
    ours = [frame for frame in shown.stack if "pmframes" in frame.filename and "tests" not in frame.filename]
    assert ours
    assert all(TOKEN not in str(value) for frame in ours for value in (frame.locals or {}).values())


def test_a_positional_connect_shows_the_names_to_use():
    error = _refused(pm.connect, "teamwork", "acme", TOKEN)
    assert error.cause == "connect() takes 1 argument by position (service), not 3."
    assert error.remedy == "Pass all others by name: url=, token=, account=, oauth= and 3 more."


@pytest.mark.parametrize("place", MODULES)
def test_a_misspelt_name_of_each_module_suggests_the_nearest(place):
    module = MODULES[place]
    for name in module.__all__:
        with pytest.raises(AttributeError) as raised:
            getattr(module, f"{name}z")
        assert str(raised.value) == f"{place} has no attribute '{name}z'. Did you mean {place}.{name}?"
        # Python would add a question of its own below a traceback.
        assert "Did you mean:" not in "".join(traceback.format_exception(raised.value))
    listed = rf"^{place} has no attribute 'xyzzy'\. Use one of: {place}\.{module.__all__[0]}[,.]"
    with pytest.raises(AttributeError, match=listed):
        _ = module.xyzzy
    assert not hasattr(module, "__wrapped__")


@pytest.mark.parametrize(("name", "nearest"), [
    ("people", "pm.teamwork.people"), ("peoples", "pm.teamwork.people"),
    ("projects", "pm.teamwork.projects or pm.projectmanager.projects"),
    ("clients", "pm.outlign.clients"), ("findings", "pm.report.findings"), ("clear", "pm.cache.clear"),
    ("NotConnected", "pm.errors.NotConnected"),
])  # fmt: skip
def test_a_name_of_a_module_is_found_from_the_package(name, nearest):
    with pytest.raises(AttributeError) as raised:
        getattr(pm, name)
    assert str(raised.value) == f"pm has no attribute '{name}'. Did you mean {nearest}?"


def test_a_misspelt_name_of_frame_pm_suggests_the_nearest():
    for name in ("source", "summary", "plot", "explore", "report", "join"):
        with pytest.raises(AttributeError) as raised:
            getattr(PEOPLE.pm, f"{name}z")
        assert str(raised.value) == f"frame.pm has no attribute '{name}z'. Did you mean frame.pm.{name}?"
