"""How values are put into a sentence."""

from collections.abc import Iterable
from datetime import timedelta


def listed(values: Iterable[object]) -> str:
    """Put several things into a sentence."""
    return ", ".join(str(value) for value in values)


def quoted(value: object) -> str:
    """Show a value where it is short and plain, else only what kind it is."""
    is_plain = isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 10**20)
    text = repr(value) if is_plain else f"of type {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}…"


def age_of(age: timedelta) -> str:
    """Put an age into words, in its largest unit."""
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if (count := int(age.total_seconds() // seconds)) > 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
