"""The exception classes: what they hold, and of which kind they are."""

import pytest

from pmframes import errors

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
