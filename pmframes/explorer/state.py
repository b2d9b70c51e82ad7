"""The state of an explorer: what was chosen and searched for, as a plain dict that can be kept as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from pmframes import errors
from pmframes.explorer.filters import Choice
from pmframes.explorer.offers import Offer

KEYS = ("choices", "search")


def written(choices: Iterable[Choice], search: str) -> dict[str, Any]:
    """Write the state: ``choices`` gives a value for each column chosen by, ``None`` for "(none)"."""
    return {"choices": {choice.column.label: choice.value for choice in choices}, "search": search}


def read(state: Mapping[str, Any], offered: Iterable[Offer], searchable: bool) -> tuple[list[Choice], str]:
    """Read a state against what a frame offers: the choices and the text to search for."""
    _require_mapping("state", state)
    for key in state:
        if key not in KEYS:
            raise errors.unknown_in_state("the key", key)
    return _choices(state.get("choices", {}), offered), _search(state.get("search", ""), searchable)


def _choices(chosen: Mapping[str, Any], offered: Iterable[Offer]) -> list[Choice]:
    _require_mapping("state['choices']", chosen)
    by_label = {offer.column.label: offer for offer in offered}
    for label in chosen:
        if label not in by_label:
            raise errors.unknown_in_state("the column", label)
    return [_choice(by_label[label], value) for label, value in chosen.items()]


def _choice(offer: Offer, value: object) -> Choice:
    for choice in offer.counts:
        # 1 == True, and a category that reads "True" is no flag.
        if choice.value == value and type(choice.value) is type(value):
            return choice
    raise errors.unknown_choice(offer.column.label, value)


def _search(text: object, searchable: bool) -> str:
    if not isinstance(text, str):
        raise errors.wrong_kind("state['search']", text, "the text to search for")
    if text and not searchable:
        raise errors.unknown_in_state("a search for", text)
    return text


def _require_mapping(argument: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise errors.wrong_kind(argument, value, "a dict, as the .state of an explorer is")
