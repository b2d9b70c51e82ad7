"""The state of an explorer, what is chosen and searched for: outside a plain dict, inside a value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pmframes import _messages
from pmframes._explorer.facets import ColumnRef, Value
from pmframes._explorer.filters import Between, Choice, Contains, RowFilter
from pmframes._explorer.offers import Offer
from pmframes._text import fold, join, safe_repr, suggest
from pmframes._validation import parse_bool
from pmframes.errors import InvalidArgument

Days = tuple[date | None, date | None]
_OTHER_STATE = "Pass the .state of an explorer of a frame with the same columns, or leave state out."


@dataclass(frozen=True)
class State:
    """What is chosen of what a frame offers; every change gives a new state."""

    choices: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    dates: Mapping[str, Days] = field(default_factory=dict)
    search: str = ""
    sort: str | None = None
    descending: bool = False
    picture: str | None = None

    def choose(self, label: str, values: tuple[Value, ...]) -> "State":
        """Choose these values of a column, or with none of them any value."""
        others = {key: chosen for key, chosen in self.choices.items() if key != label}
        return replace(self, choices={**others, label: values} if values else others)

    def between(self, label: str, first: date | None, last: date | None) -> "State":
        """Choose the days of a column, or with neither any day."""
        others = {key: days for key, days in self.dates.items() if key != label}
        return replace(self, dates={**others, label: (first, last)} if first or last else others)

    def filters(self, offer: Offer) -> dict[str | None, RowFilter]:
        """Give the filters, each under the name of its column; that of the search under None."""
        facets, moments = offer.facets, {column.label: column for column in offer.moments}
        found: dict[str | None, RowFilter] = {}
        found |= {label: Choice(facets[label], values) for label, values in self.choices.items()}
        found |= {label: Between(moments[label], first, last) for label, (first, last) in self.dates.items()}
        return found | {None: Contains(offer.texts, self.search)} if fold(self.search) else found

    def written(self) -> dict[str, Any]:
        """Write the state as a dict that can be kept as JSON."""
        choices = {label: list(values) for label, values in self.choices.items()}
        dates = {label: [None if day is None else str(day) for day in days] for label, days in self.dates.items()}
        return {**vars(self), "choices": choices, "dates": dates}


Change = Callable[[Callable[[State], State]], None]


def read(state: Mapping[str, Any], offer: Offer, pictures: Sequence[str]) -> State:
    """Read what was written, against what a frame offers; what is left out is not chosen."""
    _require_mapping("state", state)
    for key in state:
        if key not in State.__dataclass_fields__:
            raise InvalidArgument(
                f"state has the key {safe_repr(key)}.",
                f"{suggest(key, State.__dataclass_fields__)} Use keys of: {join(State.__dataclass_fields__)}.".lstrip(),
            )
    sort, picture = state.get("sort"), state.get("picture")
    _require_offered("sorting by", sort, [column.label for column in offer.sortable])
    _require_offered("the picture", picture, pictures)
    return State(
        choices=_choices(state.get("choices", {}), offer),
        dates=_dates(state.get("dates", {}), offer.moments),
        search=_search(state.get("search", ""), bool(offer.texts)),
        sort=sort,
        descending=parse_bool("state['descending']", state.get("descending", False)),
        picture=picture,
    )


def _choices(chosen: Mapping[str, Any], offer: Offer) -> dict[str, tuple[Value, ...]]:
    _require_mapping("state['choices']", chosen)
    facets = offer.facets
    for label in chosen:
        if label not in facets:
            raise _not_offered("the column", label, facets)
    read = {label: _values(label, values, facets[label].values) for label, values in chosen.items()}
    return {label: values for label, values in read.items() if values}


def _values(label: str, values: object, offered: Sequence[Value]) -> tuple[Value, ...]:
    if not isinstance(values, list | tuple):
        raise _messages.wrong_kind(f"state['choices'][{label!r}]", values, "a list of values")
    # 1 == True, and a category that reads "True" is no flag.
    known = {(type(value), value) for value in offered}
    for value in values:
        if not isinstance(value, str | bool | None) or (type(value), value) not in known:
            raise InvalidArgument(f"state chooses {safe_repr(value)}, which {label} does not offer.", _OTHER_STATE)
    return tuple(value for value in offered if value in values)


def _dates(chosen: Mapping[str, Any], moments: Sequence[ColumnRef]) -> dict[str, Days]:
    _require_mapping("state['dates']", chosen)
    labels = {column.label for column in moments}
    read = {}
    for label, days in chosen.items():
        if label not in labels:
            raise _not_offered("the days of", label, labels)
        read[label] = _days(label, days)
    return {label: days for label, days in read.items() if any(days)}


def _days(label: str, days: object) -> Days:
    try:
        if isinstance(days, list | tuple):
            first, last = days
            return _day(first), _day(last)
    except (TypeError, ValueError):
        pass
    wanted = "two days such as ['2026-01-01', '2026-01-31'], None for no bound"
    raise _messages.wrong_kind(f"state['dates'][{label!r}]", days, wanted)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _search(text: object, searchable: bool) -> str:
    if not isinstance(text, str):
        raise _messages.wrong_kind("state['search']", text, "the text to search for")
    if text and not searchable:
        raise _not_offered("a search for", text)
    return text


def _not_offered(what: str, value: object, offered: Iterable[str] = ()) -> InvalidArgument:
    cause = f"state names {what} {safe_repr(value)}, which this frame does not offer."
    return InvalidArgument(cause, suggest(value, offered) or _OTHER_STATE)


def _require_offered(what: str, value: object, offered: Sequence[str]) -> None:
    if value is not None and value not in offered:
        raise _not_offered(what, value, offered)


def _require_mapping(argument: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise _messages.wrong_kind(argument, value, "a dict, as the .state of an explorer is")
