"""What a reader must know of the data of a report before anything else: what is unknown, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pmframes._frames.provenance import Source
from pmframes._text import join
from pmframes.report._parts import Part

FICTIONAL = "Fictional data from the pmframes sandbox"
_WITHOUT_PROVENANCE = (
    "Unknown provenance: not loaded by pmframes, or dropped by a later step, so whom the load left out is not known"
)


def collect_sources(parts: Iterable[Part]) -> list[Source]:
    """Return the sources of all parts, each once."""
    distinct: list[Source] = []
    for part in parts:
        distinct += [source for source in part.sources or () if source not in distinct]
    return distinct


def describe_gaps(parts: Sequence[Part]) -> list[str]:
    """Describe in what the data of parts are not whole loads, or may not be, and in which parts."""
    titles_by_notice: dict[str, dict[str, None]] = {}
    for part in parts:
        for notice in _find_gaps(part.sources):
            titles_by_notice.setdefault(notice, {})[part.title] = None
    return [f"{notice}: {join(titles)}." for notice, titles in titles_by_notice.items()]


def _find_gaps(sources: tuple[Source, ...] | None) -> list[str]:
    if sources is None:
        return []
    if not sources:
        return [_WITHOUT_PROVENANCE]
    return [f"Not all of {source.title} as loaded ({source.partiality})" for source in sources if source.partiality]
