"""What Outlign takes for a client, checked and refused as Laravel does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from werkzeug.wrappers import Request

from ._json import decode

LONGEST_TITLE = 255
"""Laravel's length of a text."""
Input = Mapping[str, object]


class Invalid(Exception):
    """Fields that are refused, with the reasons."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = errors
        first, *others = errors.values()
        more = f" (and {len(others)} more error{'s' * (len(others) > 1)})" if others else ""
        super().__init__(first + more)


def read_input(request: Request) -> Input:
    """Read the fields of a JSON object or a form; texts are trimmed, and empty ones count as null."""
    return {key: _tidy(value) for key, value in _fields(request).items()}


def _fields(request: Request) -> Mapping[str, object]:
    if not request.is_json:
        return request.form
    try:
        found = decode(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _tidy(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


def check_new_client(given: Input, companies: Mapping[int, object]) -> tuple[str, int]:
    """Read the title and the company of a client that is to be made."""
    errors = dict([*_title_errors(given), *_company_errors(given, companies)])
    if errors:
        raise Invalid(errors)
    return str(given["title"]), int(str(given["company_id"]))


def check_title(given: Input) -> str | None:
    """Read the title that a client is to have; None leaves it."""
    if "title" not in given:
        return None
    if errors := dict(_title_errors(given)):
        raise Invalid(errors)
    return str(given["title"])


def _title_errors(given: Input) -> Iterator[tuple[str, str]]:
    title = given.get("title")
    if title is None:
        yield "title", "The title field is required."
    elif not isinstance(title, str):
        yield "title", "The title field must be a string."
    elif len(title) > LONGEST_TITLE:
        yield "title", f"The title field must not be greater than {LONGEST_TITLE} characters."


def _company_errors(given: Input, companies: Mapping[int, object]) -> Iterator[tuple[str, str]]:
    company = given.get("company_id")
    if company is None:
        yield "company_id", "The company id field is required."
    elif not _is_integer(company):
        yield "company_id", "The company id field must be an integer."
    elif int(str(company)) not in companies:
        yield "company_id", "The selected company id is invalid."


def _is_integer(value: object) -> bool:
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    return text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 20
