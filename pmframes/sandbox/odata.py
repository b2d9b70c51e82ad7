"""OData ``$filter`` and ``$orderby`` over serialized records: parsed, type-checked, compiled to functions.

Null differs from every value, is neither less nor greater than any, and sorts first. A function of null is
null, and so is its negation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from .query_params import InvalidParameter, parse_record_time, parse_time

PropertyType = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A scalar (text, guid, number, boolean, date, time), a record by its properties, or a list of records."""
Scope = Mapping[str, Any]
"""Name of a lambda variable -> record; the record itself has the name ``""``."""
MAX_DEPTH = 60
"""Limit for nested parentheses, negations and lambdas: deeper ones would exhaust the stack."""
MAX_LAMBDAS = 3
"""Limit for nested lambdas: each multiplies the work."""
_TOKENS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])
    | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?!\w)
    | (?P<date>\d{4}-\d\d-\d\d)(?![\w-])
    | (?P<number>-?\d{1,18}(?:\.\d{1,18})?)(?![\w.-])
    | (?P<name>[A-Za-z_]\w*)
    | (?P<symbol>[()/,:])
    )""",
    re.VERBOSE | re.ASCII,
)
_PATH = re.compile(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*", re.ASCII)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
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
_CONSTANTS = {"null": ("null", None), "true": ("boolean", True), "false": ("boolean", False)}


class MalformedQuery(Exception):
    """A query option that cannot be parsed, or does not fit the type of the records."""


class Token(NamedTuple):
    """A token of a filter."""

    kind: str
    text: str


class Expression(NamedTuple):
    """A part of a filter: its type, and the function that evaluates it."""

    type: PropertyType
    evaluate: Callable[[Scope], Any]


def compile_filter(text: str, record: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Compile a ``$filter`` over records of a type; records for which it is null do not match."""
    expression = _Parser(text, record).parse()
    if expression.type not in ("boolean", "null"):
        raise MalformedQuery("The filter is not a condition.")
    return lambda item: expression.evaluate({"": item}) is True


def compile_order(text: str, record: Mapping[str, Any]) -> Callable[[list[Any]], None]:
    """Compile an ``$orderby`` over records of a type into a function that sorts a list in place."""
    keys = [_parse_order_key(part, record) for part in text.split(",")]

    def sort(items: list[Any]) -> None:
        for expression, descending in reversed(keys):
            items.sort(key=_build_sort_key(expression), reverse=descending)

    return sort


def _parse_order_key(text: str, record: Mapping[str, Any]) -> tuple[Expression, bool]:
    path, *direction = text.split()[:3] or [""]
    if not _PATH.fullmatch(path) or direction not in ([], ["asc"], ["desc"]):
        raise MalformedQuery(f"'{text.strip()}' is not a property and a direction.")
    expression = _Parser(path, record).parse()
    if not isinstance(expression.type, str):
        raise MalformedQuery(f"'{path}' cannot be ordered by.")
    return expression, direction == ["desc"]


def _build_sort_key(expression: Expression) -> Callable[[Any], tuple[bool, Any]]:
    def key(item: Any) -> tuple[bool, Any]:
        value = expression.evaluate({"": item})
        return (value is not None, value)

    return key


def _tokenize(text: str) -> list[Token]:
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKENS.match(text, position)
        if match is None or match.lastgroup is None:
            raise MalformedQuery(f"Syntax error at position {position}.")
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return [*tokens, Token("end", "")]


class _Parser:
    """A recursive descent parser; the operator with the lowest precedence is parsed first."""

    def __init__(self, text: str, record: Mapping[str, Any]) -> None:
        self._tokens = _tokenize(text)
        self._position = 0
        self._depth = 0
        self._variables: dict[str, Mapping[str, Any]] = {"": record}

    def parse(self) -> Expression:
        """Parse the whole text."""
        expression = self._parse_or()
        if self._next.kind != "end":
            raise MalformedQuery(f"'{self._next.text}' was not expected.")
        return expression

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += token.kind != "end"
        return token

    def _accept(self, text: str) -> bool:
        """Consume the next token if it is this symbol or name; a quoted text never is."""
        is_next = self._next == Token("symbol" if text in "()/,:" else "name", text)
        self._position += is_next
        return is_next

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise MalformedQuery(f"'{text}' was expected before '{self._next.text}'.")

    def _parse_or(self) -> Expression:
        parts = [self._parse_and()]
        while self._accept("or"):
            parts.append(self._parse_and())
        return _join(parts, decided_by=True)

    def _parse_and(self) -> Expression:
        parts = [self._parse_comparison()]
        while self._accept("and"):
            parts.append(self._parse_comparison())
        return _join(parts, decided_by=False)

    def _parse_comparison(self) -> Expression:
        left = self._parse_unary()
        if self._next.kind == "name" and self._next.text in ("eq", "ne", *_COMPARISONS):
            return _compare(self._take().text, left, self._parse_unary())
        return left

    def _parse_unary(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MalformedQuery(f"More than {MAX_DEPTH} levels deep.")
        expression = self._parse_negation() if self._accept("not") else self._parse_primary()
        self._depth -= 1
        return expression

    def _parse_negation(self) -> Expression:
        expression = _require_condition(self._parse_unary())
        return Expression("boolean", lambda scope: _negate(expression.evaluate(scope)))

    def _parse_primary(self) -> Expression:
        if self._accept("("):
            expression = self._parse_or()
            self._expect(")")
            return expression
        token = self._take()
        if token.kind != "name":
            return _parse_literal(token)
        if token.text in _CONSTANTS:
            type_, value = _CONSTANTS[token.text]
            return Expression(type_, lambda scope: value)
        if token.text in _FUNCTIONS and self._accept("("):
            return self._parse_function(_FUNCTIONS[token.text])
        return self._parse_path(token.text)

    def _parse_function(self, function: Callable[[str, str], bool]) -> Expression:
        text = _require_text(self._parse_or())
        self._expect(",")
        argument = _require_text(self._parse_or())
        self._expect(")")

        def evaluate(scope: Scope) -> bool | None:
            first, second = text.evaluate(scope), argument.evaluate(scope)
            return None if first is None or second is None else function(first, second)

        return Expression("boolean", evaluate)

    def _parse_path(self, name: str) -> Expression:
        """Parse ``name``, ``status/name``, ``variable/name`` or ``teams/any(…)``."""
        expression = self._parse_variable(name)
        while self._accept("/"):
            step = self._take().text
            expression = (
                self._parse_any(expression)
                if step == "any" and not isinstance(expression.type, Mapping)
                else _access_property(expression, step)
            )
        return expression

    def _parse_variable(self, name: str) -> Expression:
        if name and name in self._variables:
            return Expression(self._variables[name], lambda scope: scope[name])
        return _access_property(Expression(self._variables[""], lambda scope: scope[""]), name)

    def _parse_any(self, items: Expression) -> Expression:
        """Parse the parentheses after ``any``: empty, or a variable and a condition for it."""
        if isinstance(items.type, str | Mapping):
            raise MalformedQuery("'any' needs a list.")
        self._expect("(")
        if self._accept(")"):
            return Expression("boolean", lambda scope: bool(items.evaluate(scope)))
        name = self._take()
        if name.kind != "name" or name.text in self._variables:
            raise MalformedQuery(f"'{name.text}' cannot name a variable.")
        if len(self._variables) > MAX_LAMBDAS:
            raise MalformedQuery(f"More than {MAX_LAMBDAS} lambdas within each other.")
        self._expect(":")
        self._variables[name.text] = items.type[0]
        condition = _require_condition(self._parse_or())
        del self._variables[name.text]
        self._expect(")")
        return Expression("boolean", _evaluate_any(items, name.text, condition))


def _evaluate_any(items: Expression, name: str, condition: Expression) -> Callable[[Scope], bool]:
    def evaluate(scope: Scope) -> bool:
        return any(condition.evaluate({**scope, name: item}) is True for item in items.evaluate(scope) or ())

    return evaluate


def _access_property(expression: Expression, name: str) -> Expression:
    if not isinstance(expression.type, Mapping) or name not in expression.type:
        raise MalformedQuery(f"Could not find a property named '{name}'.")
    type_: PropertyType = expression.type[name]
    parse = _PROPERTY_PARSERS.get(type_) if isinstance(type_, str) else None

    def evaluate(scope: Scope) -> Any:
        record = expression.evaluate(scope)
        raw = None if record is None else record[name]
        return raw if parse is None or raw is None else parse(raw)

    return Expression(type_, evaluate)


def _parse_date(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise MalformedQuery(f"'{text}' is not a date.") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _parse_literal_time(text: str) -> datetime:
    try:
        return parse_time("", text)
    except InvalidParameter:
        raise MalformedQuery(f"'{text}' is not a date and time.") from None


_PROPERTY_PARSERS: dict[str, Callable[[str], Any]] = {"date": _parse_date, "time": parse_record_time, "guid": str.lower}
"""Parsers for values of records; an unset time becomes null."""
_LITERAL_PARSERS: dict[str, Callable[[str], Any]] = {
    "date": _parse_date,
    "time": _parse_literal_time,
    "guid": str.lower,
    "text": lambda text: text[1:-1].replace("''", "'"),
    "number": float,
}


def _parse_literal(token: Token) -> Expression:
    if token.kind not in _LITERAL_PARSERS:
        raise MalformedQuery(f"'{token.text}' was not expected." if token.text else "The expression is incomplete.")
    value = _LITERAL_PARSERS[token.kind](token.text)
    return Expression(token.kind, lambda scope: value)


def _require_condition(expression: Expression) -> Expression:
    if expression.type not in ("boolean", "null"):
        raise MalformedQuery("A condition was expected.")
    return expression


def _require_text(expression: Expression) -> Expression:
    if expression.type not in ("text", "null"):
        raise MalformedQuery("A text was expected.")
    return expression


def _negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def _join(parts: list[Expression], *, decided_by: bool) -> Expression:
    """Join conditions by ``or`` (decided by one true part) or ``and`` (decided by one false part)."""
    if len(parts) == 1:
        return parts[0]
    conditions = [_require_condition(part) for part in parts]

    def evaluate(scope: Scope) -> bool | None:
        values = [condition.evaluate(scope) for condition in conditions]
        if decided_by in values:
            return decided_by
        return None if None in values else not decided_by

    return Expression("boolean", evaluate)


def _compare(operator: str, left: Expression, right: Expression) -> Expression:
    types = {_get_comparable_type(left.type), _get_comparable_type(right.type)} - {"null"}
    if len(types) > 1 or (types == {"boolean"} and operator in _COMPARISONS):
        raise MalformedQuery(f"'{operator}' cannot compare these types.")
    if types == {"list"} or (types == {"record"} and "null" not in (left.type, right.type)):
        raise MalformedQuery(f"'{operator}' cannot compare these types.")
    if operator in ("eq", "ne"):
        expected = operator == "eq"
        return Expression("boolean", lambda scope: (left.evaluate(scope) == right.evaluate(scope)) is expected)
    compare = _COMPARISONS[operator]

    def evaluate(scope: Scope) -> bool:
        left_value, right_value = left.evaluate(scope), right.evaluate(scope)
        return left_value is not None and right_value is not None and compare(left_value, right_value)

    return Expression("boolean", evaluate)


def _get_comparable_type(type_: PropertyType) -> str:
    """Return the type that is compared: a date is compared as its midnight."""
    if isinstance(type_, str):
        return "time" if type_ == "date" else type_
    return "record" if isinstance(type_, Mapping) else "list"
