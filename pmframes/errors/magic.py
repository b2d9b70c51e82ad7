"""The wording of what goes wrong with a line of ``%pm``."""

from collections.abc import Iterable
from difflib import get_close_matches

from pmframes.errors.kinds import InvalidArgument
from pmframes.errors.words import listed, quoted

__all__ = [
    "needs_value",
    "no_such_option",
    "no_such_subject",
    "open_quote",
    "several_options",
    "takes_no_value",
    "too_few_words",
    "too_many_words",
]


def no_such_subject(word: str, known: Iterable[str]) -> InvalidArgument:
    """Build the error for a first word that means nothing."""
    names = list(known)
    meant = get_close_matches(word, names, n=1)
    remedy = f"Did you mean {meant[0]}? " if meant else ""
    return InvalidArgument(
        f"%pm knows no {quoted(word)}. {remedy}Use one of: {listed(names)}. %pm help tells of each."
    )


def no_such_option(subject: str, option: str, options: Iterable[str]) -> InvalidArgument:
    """Build the error for an option that means nothing; ``options`` are those that there are."""
    known = listed(f"--{one}" for one in options)
    remedy = f"Use one of: {known}." if known else "Leave it out: there are none."
    return InvalidArgument(f"%pm {subject} has no option {quoted(f'--{option}')}. {remedy}")


def several_options(option: str, options: Iterable[str]) -> InvalidArgument:
    """Build the error for words that several options have."""
    may_be = listed(f"--{one}" for one in options)
    return InvalidArgument(f"{quoted(f'--{option}')} may mean several options. Write one of: {may_be}.")


def needs_value(option: str) -> InvalidArgument:
    """Build the error for an option without its value."""
    return InvalidArgument(f"--{option} needs a value. Write it behind: --{option} VALUE.")


def takes_no_value(option: str) -> InvalidArgument:
    """Build the error for a yes or no with a value."""
    return InvalidArgument(f"--{option} takes no value. Write --{option} for yes, --no-{option} for no.")


def too_many_words(subject: str, usage: str) -> InvalidArgument:
    """Build the error for more words than are taken without the name of an option."""
    return InvalidArgument(
        f"There are too many words in this line of %pm {subject}. Write {usage}, then options by their "
        "names, each once; a text of several words needs quotes."
    )


def too_few_words(usage: str) -> InvalidArgument:
    """Build the error for a line without the word that is needed."""
    return InvalidArgument(f"This line of %pm is not complete. Write {usage}.")


def open_quote() -> InvalidArgument:
    """Build the error for a line in which a quotation mark has no partner."""
    return InvalidArgument(
        "A quotation mark of this line has no partner. Put a text that holds one into those of the other "
        'kind: --search-term "O\'Brien".'
    )
