"""How values are put into a sentence."""

from collections.abc import Iterable


def listed(values: Iterable[object]) -> str:
    """Put several things into a sentence."""
    return ", ".join(str(value) for value in values)


def quoted(value: object) -> str:
    """Show a value where it is short and plain, else only what kind it is."""
    is_plain = isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 10**20)
    text = repr(value) if is_plain else f"of type {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}…"
