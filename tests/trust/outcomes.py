"""What a fault comes to: the exact frame, or the exact error with its words."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

import pmframes as pm

from .services import TOKEN, Case, first_asked
from .wire import Answer, Reply, Wire

AUTHENTICATION = pm.errors.AuthenticationError
REFUSED = (AUTHENTICATION, pm.errors.PermissionDenied)
SERVICE = pm.errors.ServiceError
UNEXPECTED = pm.errors.UnexpectedResponse
INCOMPLETE = pm.errors.IncompleteLoad

# What a retry is in these tests: one more attempt, at once.
ONCE, TWICE = 1, 2


@dataclass(frozen=True)
class Rows:
    """The whole frame: these rows in this order, and nothing else."""

    numbers: tuple[int, ...] = ()
    asked: int | None = None


@dataclass(frozen=True)
class Fails:
    """An error whose message holds these words, and the first page asked for so often."""

    error: type[Exception] | tuple[type[Exception], ...]
    words: tuple[str, ...] = ()
    asked: int | None = None
    status: int | None = None


Outcome = Rows | Fails


@dataclass(frozen=True)
class Fault:
    """One row of the table; ``but`` has what is different for a service or for a loader."""

    name: str
    script: Callable[[Case, str], Answer | Reply]
    outcome: Outcome
    but: dict[str, Outcome] = field(default_factory=dict)

    def expected(self, case: Case) -> Outcome:
        return self.but.get(case.name, self.but.get(case.service, self.outcome))


def holds(outcome: Outcome, case: Case, wire: Wire) -> None:
    """Check an outcome, and that an error leaves nothing behind in the cache."""
    if isinstance(outcome, Rows):
        frame = case.load()
        assert frame[case.id_column].tolist() == [case.key(number) for number in outcome.numbers]
        assert list(frame.columns) == list(case.columns)
        assert frame.attrs["pmframes"]["rows"] == len(outcome.numbers)
        assert frame.attrs["pmframes"]["complete"] is True
    else:
        with pytest.raises(outcome.error) as raised:
            case.load()
        says(raised.value, outcome, case)
        assert pm.cache.info().empty
    assert outcome.asked in (None, first_asked(case, wire))


def says(error: BaseException, outcome: Fails, case: Case) -> None:
    """An error is of exactly its class, names the service, and shows neither the token nor a page's code."""
    kinds = outcome.error if isinstance(outcome.error, tuple) else (outcome.error,)
    assert type(error) in kinds
    text = str(error)
    assert case.service in text.lower() or type(error) is INCOMPLETE
    assert [words for words in outcome.words if not _found(words, text)] == []
    assert TOKEN not in text
    assert "alert(1)" not in text
    assert len(text) < 700
    if outcome.status is not None:
        assert error.status == outcome.status


def _found(words: str, text: str) -> bool:
    return any(word.lower() in text.lower() for word in words.split("|"))
