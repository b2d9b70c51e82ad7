"""Which names of customers are similar: case, accents, punctuation and legal suffixes make no difference."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmframes._customers import LEGAL_SUFFIXES, match_names, normalize_name

SIMILAR = [
    ("Acme", "ACME"), ("Acme", " acme  "), ("Acmé", "Acme"), ("Müller Optik GmbH", "MULLER OPTIK"),
    ("Søndergaard Byg A/S", "Sondergaard Byg"), ("Weißenfels AG", "WEISSENFELS"), ("Acme A/S", "Acme AS"),
    ("Acme A / S", "Acme, ApS"), ("Steinbach Logistik GmbH & Co. KG", "Steinbach Logistik"),
    ("Coca-Cola Inc.", "Coca Cola"), ("O'Brien Ltd", "O’BRIEN LIMITED"), ("Foo S.p.A.", "Foo SpA"),
    ("Bar Sp. z o.o.", "Bar"), ("Nordlys™", "Nordlys"), ("子会社", "子会社"), ("e\u0301toile", "étoile"), ("A/S", "as"),
    ("🎨", "🎨"),
]  # fmt: skip
DIFFERENT = [
    ("Acme", "Acme Foods"), ("North Star", "Northstar"), ("C++ Ltd", "C Ltd"), ("ガラス", "カラス"), ("Limited", "Ltd"),
    ("GmbH", "AG"), ("Acme 1", "Acme 2"), ("🎨", "🚀"), ("A/S", "Ltd"),
]  # fmt: skip


def _match(*names: str | None) -> list[int | None]:
    matches = match_names(pd.Series(names, dtype="str"))
    assert str(matches.dtype) == "Int64"
    return [None if pd.isna(number) else int(number) for number in matches]


@pytest.mark.parametrize(("first", "second"), SIMILAR)
def test_similar_names_share_a_number(first: str, second: str):
    assert _match(first, "Somebody else", second) == [1, None, 1]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_names_have_no_number(first: str, second: str):
    assert _match(first, second) == [None, None]


def test_groups_are_numbered_in_order_and_missing_names_never_match():
    assert _match("b", None, "a", "B", None, "", " ", "  ", "A.", "c") == [1, None, 2, 1, *[None] * 4, 2, None]
    # Legal suffixes are spelled as they are compared.
    assert {normalize_name(f"Acme {suffix}") for suffix in LEGAL_SUFFIXES} == {"acme"}


WORDS = st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=1, max_size=8)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
PUNCTUATION = st.text(st.sampled_from(' ,;:!?()-"«»'), min_size=1, max_size=3)


@given(name=NAMES, suffix=st.sampled_from(["Ltd", "Ltd.", "GmbH", "Inc", "A/S", "AS", "S.A.", "Co. KG"]))
@example(name="Ltd", suffix="A/S")
@example(name="0 A", suffix="S.A.")
def test_legal_suffix_makes_no_difference(name: str, suffix: str):
    assert normalize_name(f"{name} {suffix}") == normalize_name(f"{name}, {suffix.upper()}") == normalize_name(name)


@given(name=NAMES)
def test_case_makes_no_difference(name: str):
    assert normalize_name(name.upper()) == normalize_name(name.lower()) == normalize_name(name)


@given(name=NAMES, data=st.data())
def test_punctuation_between_words_makes_no_difference(name: str, data: st.DataObject):
    punctuated = "".join(data.draw(PUNCTUATION) if letter == " " else letter for letter in name)
    assert normalize_name(punctuated) == normalize_name(name)


@given(name=NAMES, accents=st.lists(st.sampled_from("\u0300\u0301\u0308\u030a\u0327"), max_size=3))
def test_accents_make_no_difference(name: str, accents: list[str]):
    accented = "".join(letter + "".join(accents) * letter.isalpha() for letter in name)
    composed = unicodedata.normalize("NFC", accented)
    assert normalize_name(accented) == normalize_name(composed) == normalize_name(name)


@given(names=st.lists(st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["Acme", "acme Ltd", "Foo"]))))
def test_rows_share_a_number_exactly_where_their_normalized_names_are_equal(names: list[str | None]):
    keys = [(name and normalize_name(name)) or None for name in names]
    repeated = [key for key in dict.fromkeys(keys) if key is not None and keys.count(key) > 1]
    assert _match(*names) == [repeated.index(key) + 1 if key in repeated else None for key in keys]
