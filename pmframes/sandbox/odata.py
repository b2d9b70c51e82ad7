"""OData ``$filter`` and ``$orderby`` over records as they are sent: read, checked against a type, compiled.

A missing value is unequal to any other, smaller and greater than none, and sorts first. What a function says
of a missing value is missing too, and so is its negation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from .query_params import Refused, moment, when

Kind = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A scalar (text, guid, number, boolean, date, moment), a record by its properties, or a list of records."""
Scope = Mapping[str, Any]
"""Name of a lambda variable, or ``""`` for the record itself -> record."""
DEEPEST = 60
"""So many parentheses, negations and lambdas within each other are read, and no more."""
MOST_VARIABLES = 3
"""So many lambdas within each other: each multiplies the work."""
_TOKENS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])
    | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?!\w)
    | (?P<date>\d{4}-\d\d-\d\d)(?![\w-])
    | (?P<number>-?\d{1,18}(?:\.\d{1,18})?)(?![\w.-])
    | (?P<name>[A-Za-z_]\w*)
    | (?P<symbol>[()/,:])
    )""",
    re.VERBOSE | re.ASCII,
)
_PATH = re.compile(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*", re.ASCII)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_WORDS = {"null": ("null", None), "true": ("boolean", True), "false": ("boolean", False)}


class Malformed(Exception):
    """A query option that makes no sense, or none for this type."""


class Token(NamedTuple):
    """One word of a filter."""

    kind: str
    text: str


class Expression(NamedTuple):
    """What part of a filter stands for: its kind, and how to find its value."""

    kind: Kind
    value: Callable[[Scope], Any]


def compile_filter(text: str, record: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Read a ``$filter`` over records of a type; only what is true passes, what is missing does not."""
    found = _Parser(text, record).whole()
    if found.kind not in ("boolean", "null"):
        raise Malformed("The filter is not a condition.")
    return lambda item: found.value({"": item}) is True


def compile_order(text: str, record: Mapping[str, Any]) -> Callable[[list[Any]], None]:
    """Read an ``$orderby`` over records of a type, and give what sorts a list of them in place."""
    keys = [_order_key(part, record) for part in text.split(",")]

    def sort(items: list[Any]) -> None:
        for expression, descending in reversed(keys):
            items.sort(key=_sort_key(expression), reverse=descending)

    return sort


def _order_key(text: str, record: Mapping[str, Any]) -> tuple[Expression, bool]:
    path, *direction = text.split()[:3] or [""]
    if not _PATH.fullmatch(path) or direction not in ([], ["asc"], ["desc"]):
        raise Malformed(f"'{text.strip()}' is not a property and a direction.")
    found = _Parser(path, record).whole()
    if not isinstance(found.kind, str):
        raise Malformed(f"'{path}' cannot be ordered by.")
    return found, direction == ["desc"]


def _sort_key(expression: Expression) -> Callable[[Any], tuple[bool, Any]]:
    def key(item: Any) -> tuple[bool, Any]:
        value = expression.value({"": item})
        return (value is not None, value)

    return key


def _split(text: str) -> list[Token]:
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        found = _TOKENS.match(text, position)
        if found is None or found.lastgroup is None:
            raise Malformed(f"Syntax error at position {position}.")
        tokens.append(Token(found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return [*tokens, Token("end", "")]


class _Parser:
    """Reads one expression from left to right; what binds loosest is read first."""

    def __init__(self, text: str, record: Mapping[str, Any]) -> None:
        self._tokens = _split(text)
        self._position = 0
        self._depth = 0
        self._variables: dict[str, Mapping[str, Any]] = {"": record}

    def whole(self) -> Expression:
        """Read everything there is."""
        found = self._or()
        if self._next.kind != "end":
            raise Malformed(f"'{self._next.text}' was not expected.")
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += token.kind != "end"
        return token

    def _accept(self, text: str) -> bool:
        """Take the next word if it is this one; a text in quotes never is."""
        found = self._next == Token("symbol" if text in "()/,:" else "name", text)
        self._position += found
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise Malformed(f"'{text}' was expected before '{self._next.text}'.")

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._accept("or"):
            parts.append(self._and())
        return _join(parts, decided_by=True)

    def _and(self) -> Expression:
        parts = [self._comparison()]
        while self._accept("and"):
            parts.append(self._comparison())
        return _join(parts, decided_by=False)

    def _comparison(self) -> Expression:
        left = self._unary()
        if self._next.kind == "name" and self._next.text in ("eq", "ne", *_COMPARE):
            return _compare(self._take().text, left, self._unary())
        return left

    def _unary(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Malformed(f"More than {DEEPEST} levels deep.")
        found = self._negation() if self._accept("not") else self._primary()
        self._depth -= 1
        return found

    def _negation(self) -> Expression:
        found = _condition(self._unary())
        return Expression("boolean", lambda scope: _negate(found.value(scope)))

    def _primary(self) -> Expression:
        if self._accept("("):
            found = self._or()
            self._expect(")")
            return found
        token = self._take()
        if token.kind != "name":
            return _literal(token)
        if token.text in _WORDS:
            kind, value = _WORDS[token.text]
            return Expression(kind, lambda scope: value)
        if token.text in _FUNCTIONS and self._accept("("):
            return self._function(_FUNCTIONS[token.text])
        return self._path(token.text)

    def _function(self, says: Callable[[str, str], bool]) -> Expression:
        text = _text(self._or())
        self._expect(",")
        part = _text(self._or())
        self._expect(")")

        def value(scope: Scope) -> bool | None:
            whole, wanted = text.value(scope), part.value(scope)
            return None if whole is None or wanted is None else says(whole, wanted)

        return Expression("boolean", value)

    def _path(self, name: str) -> Expression:
        """Read ``name``, ``status/name``, ``variable/name`` or ``teams/any(…)``."""
        found = self._variable(name)
        while self._accept("/"):
            step = self._take().text
            found = (
                self._any(found)
                if step == "any" and not isinstance(found.kind, Mapping)
                else _step(found, step)
            )
        return found

    def _variable(self, name: str) -> Expression:
        if name and name in self._variables:
            return Expression(self._variables[name], lambda scope: scope[name])
        return _step(Expression(self._variables[""], lambda scope: scope[""]), name)

    def _any(self, items: Expression) -> Expression:
        """Read what follows ``any``: nothing, or a variable and a condition for it."""
        if isinstance(items.kind, str | Mapping):
            raise Malformed("'any' needs a list.")
        self._expect("(")
        if self._accept(")"):
            return Expression("boolean", lambda scope: bool(items.value(scope)))
        name = self._take()
        if name.kind != "name" or name.text in self._variables:
            raise Malformed(f"'{name.text}' cannot name a variable.")
        if len(self._variables) > MOST_VARIABLES:
            raise Malformed(f"More than {MOST_VARIABLES} lambdas within each other.")
        self._expect(":")
        self._variables[name.text] = items.kind[0]
        test = _condition(self._or())
        del self._variables[name.text]
        self._expect(")")
        return Expression("boolean", _some(items, name.text, test))


def _some(items: Expression, name: str, test: Expression) -> Callable[[Scope], bool]:
    def value(scope: Scope) -> bool:
        return any(test.value({**scope, name: item}) is True for item in items.value(scope) or ())

    return value


def _step(found: Expression, name: str) -> Expression:
    """Go from a record to one of its properties."""
    if not isinstance(found.kind, Mapping) or name not in found.kind:
        raise Malformed(f"Could not find a property named '{name}'.")
    kind: Kind = found.kind[name]
    read = _READ.get(kind) if isinstance(kind, str) else None

    def value(scope: Scope) -> Any:
        record = found.value(scope)
        raw = None if record is None else record[name]
        return raw if read is None or raw is None else read(raw)

    return Expression(kind, value)


def _at_midnight(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"'{text}' is not a date.") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(text: str) -> datetime:
    try:
        return moment("", text)
    except Refused:
        raise Malformed(f"'{text}' is not a date and time.") from None


_READ: dict[str, Callable[[str], Any]] = {"date": _at_midnight, "moment": when, "guid": str.lower}
"""How the values of records are read; an unset time is missing."""
_LITERALS: dict[str, Callable[[str], Any]] = {
    "date": _at_midnight,
    "moment": _moment,
    "guid": str.lower,
    "text": lambda text: text[1:-1].replace("''", "'"),
    "number": float,
}


def _literal(token: Token) -> Expression:
    if token.kind not in _LITERALS:
        raise Malformed(
            f"'{token.text}' was not expected." if token.text else "The expression is incomplete."
        )
    value = _LITERALS[token.kind](token.text)
    return Expression(token.kind, lambda scope: value)


def _condition(found: Expression) -> Expression:
    if found.kind not in ("boolean", "null"):
        raise Malformed("A condition was expected.")
    return found


def _text(found: Expression) -> Expression:
    if found.kind not in ("text", "null"):
        raise Malformed("A text was expected.")
    return found


def _negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def _join(parts: list[Expression], *, decided_by: bool) -> Expression:
    """Join conditions by ``or``, which one true part decides, or by ``and``, which one false part does."""
    if len(parts) == 1:
        return parts[0]
    conditions = [_condition(part) for part in parts]

    def value(scope: Scope) -> bool | None:
        values = [condition.value(scope) for condition in conditions]
        if decided_by in values:
            return decided_by
        return None if None in values else not decided_by

    return Expression("boolean", value)


def _compare(operator: str, left: Expression, right: Expression) -> Expression:
    kinds = {_family(left.kind), _family(right.kind)} - {"null"}
    if len(kinds) > 1 or (kinds == {"boolean"} and operator in _COMPARE):
        raise Malformed(f"'{operator}' cannot compare these types.")
    if kinds == {"list"} or (kinds == {"record"} and "null" not in (left.kind, right.kind)):
        raise Malformed(f"'{operator}' cannot compare these types.")
    if operator in ("eq", "ne"):
        wanted = operator == "eq"
        return Expression("boolean", lambda scope: (left.value(scope) == right.value(scope)) is wanted)
    compare = _COMPARE[operator]

    def value(scope: Scope) -> bool:
        one, other = left.value(scope), right.value(scope)
        return one is not None and other is not None and compare(one, other)

    return Expression("boolean", value)


def _family(kind: Kind) -> str:
    """Tell what can be compared with what: a day counts as its first moment."""
    if isinstance(kind, str):
        return "moment" if kind == "date" else kind
    return "record" if isinstance(kind, Mapping) else "list"
