"""Calls of public functions: checked against the signature, and with pandas frames in place of other tables."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from pmframes._text import join, join_and, join_limited, pluralize, safe_repr, suggest
from pmframes.errors import InvalidArgument

_Callable = TypeVar("_Callable", bound=Callable[..., Any])
_MAX_LISTED = 5


def checks_arguments(function: _Callable) -> _Callable:
    """Decorate a public function or class: a call that does not fit its signature raises InvalidArgument.

    A table of polars, Arrow or DuckDB, or a list of them, is passed on as a pandas frame.
    """
    if isinstance(function, type):
        function.__init__ = _check_calls(function.__init__, function.__name__)  # type: ignore[misc]
        return function
    return cast("_Callable", _check_calls(function, function.__name__))


def _check_calls(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        # Out of the variables at once: this frame is in each traceback of the function, and shows no credential.
        passed: list[Any] = [named, args]
        del args, named
        if error := _find_misfit(name, inspect.signature(function).parameters, *passed):
            passed.clear()
            raise error
        return function(
            *map(_to_pandas, passed.pop()), **{key: _to_pandas(value) for key, value in passed.pop().items()}
        )

    return call


def _to_pandas(value: Any) -> Any:
    if isinstance(value, list | tuple) and any(map(_is_other_table, value)):
        return [*map(_to_pandas, value)]
    if not _is_other_table(value):
        return value
    from pmframes._frames.arrow import frame_from_arrow

    return frame_from_arrow(value)


def _is_other_table(value: Any) -> bool:
    kind = type(value)
    return hasattr(kind, "__arrow_c_stream__") and kind.__module__.partition(".")[0] != "pandas"


def _find_misfit(
    name: str, parameters: Mapping[str, inspect.Parameter], named: Mapping[str, Any], args: Sequence[Any]
) -> InvalidArgument | None:
    """Return the error for arguments that do not fit; no value is in it, since it may be a credential."""
    if is_method := "self" in parameters:
        parameters = {key: parameter for key, parameter in parameters.items() if key != "self"}
    args = args[is_method:]
    kinds = {parameter.kind for parameter in parameters.values()}
    takes_any, takes_more = inspect.Parameter.VAR_KEYWORD in kinds, inspect.Parameter.VAR_POSITIONAL in kinds
    positional = [key for key, parameter in parameters.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    given = {*positional[: len(args)], *named}
    for key in named:
        if key not in parameters and not takes_any:
            known = f"Its arguments are: {join(parameters)}." if parameters else "It takes none."
            return InvalidArgument(f"{name}() has no argument {safe_repr(key)}.", suggest(key, parameters) or known)
    if len(args) > len(positional) and not takes_more:
        return _too_many(name, positional, [key for key in parameters if key not in positional], args)
    if twice := [key for key in positional[: len(args)] if key in named]:
        return InvalidArgument(f"{name}() was given {join_and(twice)} twice.", "Pass it once.")
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [key for key, one in parameters.items() if one.default is one.empty and one.kind not in variadic]
    if missing := [key for key in needed if key not in given]:
        example = f"{name}({join(f'{key}=…' for key in missing)})"
        return InvalidArgument(
            f"{name}() needs {join_and(missing)}.", f"Pass {'it' if len(missing) == 1 else 'them'}, such as {example}."
        )
    return None


def _too_many(name: str, positional: list[str], others: list[str], args: Sequence[Any]) -> InvalidArgument:
    if not positional and not others:
        return InvalidArgument(f"{name}() takes no arguments.", "Leave them out.")
    remedies = []
    # Several ids or names, where the last argument takes a list of them.
    if positional and positional[-1].endswith("s") and {*map(type, args[len(positional) - 1 :])} in ({int}, {str}):
        remedies.append(f"several {positional[-1]} as a list")
    if others:
        names = join_limited([f"{key}=" for key in others], _MAX_LISTED)
        remedies.append(f"{'all others' if positional else 'all'} by name: {names}")
    taken = f"{pluralize(len(positional), 'argument')} by position ({join(positional)}), not {len(args)}"
    return InvalidArgument(
        f"{name}() takes {taken if positional else 'no argument by position'}.",
        f"Pass {join_and(remedies)}." if remedies else "Leave the others out.",
    )
