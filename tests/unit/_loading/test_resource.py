"""Declarations of resources, and the arguments that all loaders have."""

from datetime import timedelta
from typing import Annotated

import pytest

from pmframes import errors
from pmframes._frames.schema import Id, Record, field
from pmframes._http.pagination import PageNumber
from pmframes._loading.resource import Listing, Options, ParsedPage, RelatedColumns, Resource
from pmframes.outlign import SERVICE


class Item(Record):
    """A record."""

    id: Annotated[Id, field("Id")]


ITEMS = Resource(SERVICE, "items", Item, "/items", PageNumber("page", "per_page", size=40), ParsedPage)


def test_a_resource_is_named_with_its_service_and_cached_for_one_hour_and_starts_at_the_first_page():
    assert (ITEMS.title, ITEMS.ttl, ITEMS.dedupe_key) == ("Outlign items", timedelta(hours=1), "id")
    assert ITEMS.listing == Listing("/items", "Outlign items")
    assert ITEMS.first_page_query == {"page": "1", "per_page": "40"}
    # The first related column decides which rows are looked up.
    related = RelatedColumns(ITEMS, "id", "id", {"company_id": "id", "company_title": "title"}, lambda rows: [], "")
    assert related.main_column == "company_id"


@pytest.mark.parametrize("name", ["refresh", "progress", "extra_columns"])
def test_options_are_true_or_false_and_only_progress_may_be_none(name):
    for value in (0, 1, "yes", [], "all", *([] if name == "progress" else [None])):
        with pytest.raises(errors.InvalidArgument, match=rf"^{name} is "):
            Options(**{name: value})
    assert Options(progress=None).progress is None


@pytest.mark.parametrize("value", ["x=1", ["x"], 5, [("x", 1)]], ids=repr)
def test_params_are_a_dict(value):
    with pytest.raises(errors.InvalidArgument) as raised:
        Options(params=value)
    assert raised.value.remedy == "Pass a dict of query parameters and their values."
    assert Options(params={}).params == {}
