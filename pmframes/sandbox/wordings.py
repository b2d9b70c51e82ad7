"""Lists of words, written as one reads them."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Split a text into its words."""
    return tuple(text.split())
