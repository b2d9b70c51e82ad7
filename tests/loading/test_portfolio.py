"""One portfolio of every service's customers: its rows, and which of them may be one and the same."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pmframes as pm
from pmframes._customers import LEGAL_SUFFIXES, match_names, normalize_name

COLUMNS = {
    "service": "str",
    "id": "str",
    "name": "str",
    "company_id": "str",
    "company_name": "str",
    "type": "category",
    "created_at": "datetime64[us, UTC]",
    "updated_at": "datetime64[us, UTC]",
    "match": "Int64",
}
THREE = ("projectmanager.customers", "outlign.clients", "spirii.customers")


@pytest.fixture
def served(site, loader):
    """Connect some services, and serve rows of them."""

    def serve(**rows: list[dict[str, object]]) -> None:
        for name in THREE:
            case = loader(name)
            if case.service in rows:
                case.connect(site)
                case.serve(site, [case.row(n) | row for n, row in enumerate(rows[case.service], 1)])

    return serve


def test_warnings_point_at_the_line_of_the_user(served):
    served(outlign=[{"title": "Acme"}], spirii=[{"name": "Acme"}])
    pm.customers()
    with pm.offline(), pytest.warns(UserWarning, match="Offline: ") as warned:
        pm.customers()
    assert [warning.filename for warning in warned] == [__file__] * 2
    assert len({warning.lineno for warning in warned}) == 1


def test_one_row_per_customer_of_every_connected_service(served, loader, records_of):
    served(
        projectmanager=[{"name": "Acme Ltd"}],
        outlign=[{"title": "ACMÉ"}, {"title": None, "company": None}],
        spirii=[{"name": "Other"}, {"name": "acme, Ltd.", "type": "Fleet"}],
    )
    frame = pm.customers()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    rows = records_of(frame)
    assert [(row["service"], row["id"], row["match"]) for row in rows] == [
        ("projectmanager", loader("projectmanager.customers").key(1), 1),
        ("outlign", "1", 1),
        ("outlign", "2", None),
        ("spirii", "1", None),
        ("spirii", "2", 1),
    ]
    assert (rows[1]["company_id"], rows[1]["company_name"]) == ("456", "Design Studio Inc")
    assert (rows[2]["name"], rows[2]["company_id"], rows[2]["company_name"]) == (None, None, None)
    assert (rows[3]["company_id"], rows[3]["company_name"]) == ("234", "Company Inc.")
    assert [row["type"] for row in rows] == [None, None, None, "Business", "Fleet"]
    assert rows[0]["created_at"] is None
    assert rows[4]["updated_at"] == "2023-11-08T05:31:56+00:00"
    sources = frame.attrs["pmframes"]["sources"]
    assert [source["service"] for source in sources] == ["projectmanager", "outlign", "spirii"]
    assert list(frame.attrs) == ["pmframes"]


def test_no_rows_at_all(served):
    served(projectmanager=[], outlign=[], spirii=[])
    frame = pm.customers()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    assert frame.empty


def test_the_loads_are_shared_with_the_loaders_of_each_service(served, site):
    served(outlign=[{}], spirii=[{}])
    pm.outlign.clients()
    asked = len(site.requests)
    first = pm.customers()
    assert len(site.requests) == asked + 1
    assert pm.customers(["outlign", "spirii"]).equals(first)
    assert len(site.requests) == asked + 1
    pm.customers("outlign", refresh=True, progress=False)
    assert len(site.requests) == asked + 2


def test_services_that_are_named(served, site):
    served(outlign=[{}], spirii=[{}])
    assert pm.customers(["spirii", "outlign"])["service"].tolist() == ["spirii", "outlign"]
    assert pm.customers("spirii")["service"].tolist() == ["spirii"]


def test_one_that_fails_fails_the_portfolio(served, site, answer_with):
    served(outlign=[{}], spirii=[{}])
    site.serve("/spirii/v2/customers", answer_with({"message": "no"}, status=403))
    with pytest.raises(pm.errors.PermissionDenied, match="Spirii"):
        pm.customers()
    assert len(pm.customers("outlign")) == 1


def test_one_that_is_named_must_be_connected(served):
    served(outlign=[{}])
    with pytest.raises(pm.errors.NotConnected, match="Spirii"):
        pm.customers(["outlign", "spirii"])


def test_none_connected(site):
    pm.connect("teamwork", url=site.url("teamwork"), token="x")
    with pytest.raises(pm.errors.NotConnected, match="None of the services with customers"):
        pm.customers()


@pytest.mark.parametrize("services", ["teamwork", "Spirii", [], 5, ["outlign", None]], ids=repr)
def test_services_without_customers_are_refused(services, served, site):
    served(outlign=[{}])
    with pytest.raises(pm.errors.InvalidArgument, match="projectmanager, outlign, spirii"):
        pm.customers(services)
    assert not site.requests


# Which may be the same

SAME = [
    ("Acme", "ACME"),
    ("Acme", " acme  "),
    ("Acmé", "Acme"),
    ("Müller Optik GmbH", "MULLER OPTIK"),
    ("Søndergaard Byg A/S", "Sondergaard Byg"),
    ("Weißenfels AG", "WEISSENFELS"),
    ("Acme A/S", "Acme AS"),
    ("Acme A / S", "Acme, ApS"),
    ("Steinbach Logistik GmbH & Co. KG", "Steinbach Logistik"),
    ("Coca-Cola Inc.", "Coca Cola"),
    ("O'Brien Ltd", "O’BRIEN LIMITED"),
    ("Foo S.p.A.", "Foo SpA"),
    ("Bar Sp. z o.o.", "Bar"),
    ("Nordlys™", "Nordlys"),
    ("子会社", "子会社"),
    ("e\u0301toile", "étoile"),
    ("A/S", "as"),
    ("🎨", "🎨"),
]
OTHER = [
    ("Acme", "Acme Foods"),
    ("North Star", "Northstar"),
    ("C++ Ltd", "C Ltd"),
    ("ガラス", "カラス"),
    ("Limited", "Ltd"),
    ("GmbH", "AG"),
    ("Acme 1", "Acme 2"),
    ("🎨", "🚀"),
    ("A/S", "Ltd"),
]


def _match(*names: str | None) -> list[int | None]:
    found = match_names(pd.Series(names, dtype="str"))
    assert str(found.dtype) == "Int64"
    return [None if pd.isna(number) else int(number) for number in found]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_that_are_the_same_but_for_how_they_are_written(one, other):
    assert _match(one, "Somebody else", other) == [1, None, 1]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_names_that_are_not(one, other):
    assert _match(one, other) == [None, None]


def test_groups_are_numbered_as_they_come_and_nobody_is_grouped_with_no_name():
    assert _match("b", None, "a", "B", None, "", " ", "  ", "A.", "c") == [1, None, 2, 1, *[None] * 4, 2, None]


WORDS = st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=1, max_size=8)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
PUNCTUATION = st.text(st.sampled_from(' ,;:!?()-"«»'), min_size=1, max_size=3)


@given(name=NAMES, suffix=st.sampled_from(["Ltd", "Ltd.", "GmbH", "Inc", "A/S", "AS", "S.A.", "Co. KG"]))
@example(name="Ltd", suffix="A/S")
@example(name="0 A", suffix="S.A.")
def test_a_legal_suffix_makes_no_difference(name, suffix):
    assert normalize_name(f"{name} {suffix}") == normalize_name(f"{name}, {suffix.upper()}") == normalize_name(name)


@given(name=NAMES)
def test_case_makes_no_difference(name):
    assert normalize_name(name.upper()) == normalize_name(name.lower()) == normalize_name(name)


@given(name=NAMES, data=st.data())
def test_punctuation_between_words_makes_no_difference(name, data):
    assert normalize_name(
        "".join(data.draw(PUNCTUATION) if letter == " " else letter for letter in name)
    ) == normalize_name(name)


@given(name=NAMES, accents=st.lists(st.sampled_from("\u0300\u0301\u0308\u030a\u0327"), max_size=3))
def test_accents_make_no_difference(name, accents):
    spelt = "".join(letter + "".join(accents) * letter.isalpha() for letter in name)
    assert normalize_name(spelt) == normalize_name(unicodedata.normalize("NFC", spelt)) == normalize_name(name)


@settings(deadline=None)
@given(names=st.lists(st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["Acme", "acme Ltd", "Foo"]))))
def test_rows_share_a_number_exactly_where_their_names_agree(names):
    found = _match(*names)
    keys = [None if not name else normalize_name(name) or None for name in names]
    for one, key in zip(found, keys, strict=True):
        assert (one is not None) == (key is not None and keys.count(key) > 1)
    pairs = {(key, one) for key, one in zip(keys, found, strict=True) if one is not None}
    assert len(pairs) == len({key for key, _ in pairs}) == len({one for _, one in pairs})
    assert sorted(one for _, one in pairs) == list(range(1, len(pairs) + 1))


def test_suffixes_are_written_as_they_are_compared():
    assert {normalize_name(f"Acme {suffix}") for suffix in LEGAL_SUFFIXES} == {"acme"}


def test_firms_of_the_sandbox_are_found_again_under_their_other_spellings():
    """The sandbox respells one list of firms for each service; its own table says which are one firm."""
    with pm.demo(people=10):
        frame = pm.customers()
    heads = frame[frame["service"] != "spirii"].groupby("service").head(100)
    both = heads.groupby("match")["service"].nunique()
    assert (both == 2).sum() > 80, "the first firms are customers of every service"
    for _, group in frame.groupby("match"):
        assert group["name"].map(normalize_name).nunique() == 1
