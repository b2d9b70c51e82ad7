"""Validates the fields of a client as Laravel does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from werkzeug.wrappers import Request

from ._json import decode_body

MAX_TITLE_LENGTH = 255
"""Laravel's default length of a string column."""
Fields = Mapping[str, object]


class InvalidClient(Exception):
    """Fields that are rejected, with the reasons."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = errors
        first, *others = errors.values()
        more = f" (and {len(others)} more error{'s' * (len(others) > 1)})" if others else ""
        super().__init__(first + more)


def parse_fields(request: Request) -> Fields:
    """Return the fields of a JSON object or a form; texts are trimmed, empty ones are null."""
    return {key: _trim(value) for key, value in _decode_fields(request).items()}


def _decode_fields(request: Request) -> Mapping[str, object]:
    if not request.is_json:
        return request.form
    try:
        body = decode_body(request.get_data())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _trim(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


def parse_new_client(fields: Fields, companies: Mapping[int, object]) -> tuple[str, int]:
    """Return title and company id of a new client."""
    errors = dict([*_find_title_errors(fields), *_find_company_errors(fields, companies)])
    if errors:
        raise InvalidClient(errors)
    return str(fields["title"]), int(str(fields["company_id"]))


def parse_new_title(fields: Fields) -> str | None:
    """Return the new title of a client; None if it is not to be changed."""
    if "title" not in fields:
        return None
    if errors := dict(_find_title_errors(fields)):
        raise InvalidClient(errors)
    return str(fields["title"])


def _find_title_errors(fields: Fields) -> Iterator[tuple[str, str]]:
    title = fields.get("title")
    if title is None:
        yield "title", "The title field is required."
    elif not isinstance(title, str):
        yield "title", "The title field must be a string."
    elif len(title) > MAX_TITLE_LENGTH:
        yield "title", f"The title field must not be greater than {MAX_TITLE_LENGTH} characters."


def _find_company_errors(fields: Fields, companies: Mapping[int, object]) -> Iterator[tuple[str, str]]:
    company = fields.get("company_id")
    if company is None:
        yield "company_id", "The company id field is required."
    elif not _is_integer(company):
        yield "company_id", "The company id field must be an integer."
    elif int(str(company)) not in companies:
        yield "company_id", "The selected company id is invalid."


def _is_integer(value: object) -> bool:
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    return text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 20
