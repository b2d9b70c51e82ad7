"""What a notebook shows above the error for a missing connection."""

from html import unescape

import pytest

from pmframes._connect_hint import ConnectHint

ONE = ConnectHint("None is.", "It needs a token.", {"spirii": ""}, ["PMFRAMES_SPIRII_TOKEN"])
WITH_URL = ConnectHint("None is.", "It needs a key.", {"teamwork": "acme.teamwork.com"}, ["A_URL", "A_TOKEN"])
SEVERAL = ConnectHint("None is.", "One is enough.", {"outlign": "", "spirii": ""}, ["A_TOKEN", "B_TOKEN"])


@pytest.fixture(params=[lambda hint: unescape(hint._repr_html_()), repr], ids=["html", "text"])
def form(request):
    """Both forms in turn."""
    return request.param


def test_of_one_service_all_variables_are_needed_and_its_address_with_an_example(form):
    assert 'pm.connect("spirii", token=getpass("Credential: "))' in form(ONE)
    assert "Or set this in the environment, before Jupyter starts:" in form(ONE)
    assert "Or set these in the environment" in form(WITH_URL)
    assert "Run its line alone" not in form(ONE) + form(WITH_URL)
    assert 'pm.connect("teamwork", url=input("Address, such as acme.teamwork.com: "),\n' in form(WITH_URL)
    assert "url=" not in form(ONE)


def test_of_several_services_one_is_enough(form):
    page = form(SEVERAL)
    assert "One is enough. Run its line alone, below the import." in page
    assert page.count("from getpass import getpass") == 1
    assert 'pm.connect("outlign", token=' in page
    assert 'pm.connect("spirii", token=' in page
    assert "Or set one of these in the environment" in page


@pytest.mark.parametrize("hint", [ONE, WITH_URL, SEVERAL], ids=["one", "with an address", "several"])
def test_it_begins_with_the_cause_then_the_demo(hint, form):
    parts = [form(hint).index(part) for part in ("None is.", "Try it without an account.", "pm.demo()", "Or connect.")]
    assert parts == sorted(parts)


def test_it_is_escaped():
    assert "<i>" not in ConnectHint("<i>", "<i>", {"<i>": "<i>"}, ["<i>"])._repr_html_()
