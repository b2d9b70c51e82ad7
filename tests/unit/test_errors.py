"""The exception classes: what they hold, and of which kind they are."""

import warnings
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmframes import _messages, errors
from pmframes._http.auth import Secret, basic_header
from pmframes._text import MAX_MESSAGE_LENGTH

CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_has_its_cause_and_remedy_apart_and_may_have_none(kind: type[errors.PmframesError]):
    assert issubclass(kind, errors.PmframesError)
    for remedy, text in (("Try again.", "It failed. Try again."), ("", "It failed.")):
        error = kind("It failed.", *([remedy] if remedy else []))
        assert (str(error), error.cause, error.remedy) == (text, "It failed.", remedy)


def test_only_an_invalid_argument_is_a_value_error():
    assert [kind for kind in CLASSES if issubclass(kind, ValueError)] == [errors.InvalidArgument]


@pytest.mark.parametrize(("kind", "name", "value"), [
    (errors.NotConnected, "hint", object()), (errors.AuthenticationError, "variable", "PMFRAMES_OUTLIGN_TOKEN"),
    (errors.ServiceError, "status", 503), (errors.InvalidArgument, "argument", "overwrite"),
    (errors.InvalidArgument, "variable", "PMFRAMES_OUTLIGN_URL"),
])  # fmt: skip
def test_attributes_are_none_unless_given(kind: type[errors.PmframesError], name: str, value: object):
    assert getattr(kind("It failed.", "Try again."), name) is None
    assert getattr(kind("It failed.", "Try again.", **{name: value}), name) is value


def test_all_classes_are_exported():
    found = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert sorted(found) == errors.__all__


# What they may quote

TOKEN = "tok-7f3a91c2+never/shown="
HOSTILE = st.one_of(
    st.text(st.characters()),
    st.text(st.sampled_from("\x1b]52;c;QUJD\x07\u202e\ud83d\r\n\t\x9b\u2028")),
    st.builds(lambda text, count: text * count, st.text(min_size=1), st.integers(1, 100_000)),
    st.builds(
        str.__add__, st.text(), st.sampled_from([TOKEN, TOKEN.upper(), basic_header(TOKEN), quote(TOKEN, safe="")])
    ),
)


def warning_of(cause: str, remedy: str) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _messages.warn_user(f"{cause} {remedy}")
    return str(caught[0].message)


@pytest.mark.parametrize("build", [*CLASSES, _messages.CacheWarning, warning_of], ids=lambda build: build.__name__)
@given(cause=HOSTILE, remedy=HOSTILE)
def test_a_message_is_one_short_line_without_control_characters_and_credentials(build, cause: str, remedy: str):
    secret = Secret(TOKEN)
    secret.validate("The token", "a token")
    error = build(cause, remedy)
    for text in (str(error), getattr(error, "cause", ""), getattr(error, "remedy", "")):
        assert text.isprintable()
        assert len(text) <= 2 * MAX_MESSAGE_LENGTH + 1
        held = text.lower()
        spellings = {TOKEN, basic_header(TOKEN).partition(" ")[2], quote(TOKEN, safe="")}
        assert [one for one in spellings if one.lower() in held] == []


def test_words_of_a_message_are_not_taken_for_a_short_credential():
    secret = Secret("fail")
    secret.validate("The token", "a token")
    assert str(errors.ServiceError("It failed.")) == "It failed."
