"""How values are put into a sentence."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from difflib import get_close_matches


def pluralize(number: int, one: str, several: str = "") -> str:
    """Write a number with what it counts."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def join(values: Iterable[object]) -> str:
    """Put several things into a sentence."""
    return ", ".join(str(value) for value in values)


def join_limited(texts: Sequence[str], limit: int) -> str:
    """Join texts for a sentence; of more than ``limit``, count the last ones."""
    if len(texts) <= limit:
        return ", ".join(texts)
    return f"{', '.join(texts[: limit - 1])} and {len(texts) - limit + 1:,} more"


def suggest(value: object, options: Iterable[object]) -> str:
    """Return a question such as "Did you mean 'teamwork'?", or nothing where no option is similar."""
    matches = get_close_matches(str(value), [str(option) for option in options], n=1)
    return f"Did you mean {safe_repr(matches[0])}?" if matches else ""


def safe_repr(value: object) -> str:
    """Show a value where it is short and plain, else only what kind it is."""
    is_plain = isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 10**20)
    text = repr(value) if is_plain else f"of type {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}…"


def strip_control(text: str) -> str:
    """Write a text on one line: nothing in it moves the cursor, sets a colour or turns letters round."""
    return "".join(letter if letter.isprintable() else _stand_in(letter) for letter in text)


def _stand_in(letter: str) -> str:
    # Python counts all spaces but the usual one among what does not print.
    return " " if unicodedata.category(letter) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def format_age(age: timedelta) -> str:
    """Put an age into words, in its largest unit."""
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if (count := int(age.total_seconds() // seconds)) > 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
