"""What a line of ``%pm`` may say: read off the loaders, and refused with what is possible."""

import inspect
import re
from html import unescape

import pytest

import pmframes as pm
from pmframes import _magics
from pmframes._magics import Subject, subjects
from pmframes._services import SERVICES

OPTION = r"--([a-z-]+)(?: VALUE)?(?=,|$)"


def told(line: str) -> str:
    """Give the message of a line that is refused before anything is asked."""
    with pytest.raises(pm.errors.InvalidArgument) as caught:
        _magics.call(line)
    return str(caught.value)


def given(line: str, name: str = "people") -> dict:
    """Give the arguments that a loader would be called with."""
    loader = subjects()[name].function

    def called(**arguments):
        return arguments

    called.__signature__ = inspect.signature(loader, eval_str=True)
    return Subject(name, f"pm.{name}", called).call(line.split())


def test_every_loader_is_a_subject():
    known = subjects()
    for service in SERVICES:
        module = getattr(pm, service)
        for name in module.__all__:
            assert known[f"{service}.{name}"].function is getattr(module, name)
            assert known[name].path.endswith(name)
    assert known["customers"].function is pm.customers
    assert known["projects"].function is pm.teamwork.projects
    assert known["cache"].function is pm.cache.info


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("", {}),
        ("12345", {"projects": 12345}),
        ("12345 67890", {"projects": [12345, 67890]}),
        ("--projects 1 2", {"projects": [1, 2]}),
        (
            "12345 --type collaborator --refresh",
            {"projects": 12345, "user_type": "collaborator", "refresh": True},
        ),
        ("--user-type=contact", {"user_type": "contact"}),
        ("--search-term=--x", {"search_term": "--x"}),
        ("--search-term 123", {"search_term": "123"}),
        ("--no-include-clients --deleted", {"include_clients": False, "show_deleted": True}),
        ("--refresh --no-refresh", {"refresh": False}),
        ("--ids 1 --ids 2", {"ids": [1, 2]}),
        ("--order-by name --order-mode desc", {"order_by": "name", "order_mode": "desc"}),
        ("--last-login 2026-01-01", {"last_login_after": "2026-01-01"}),
    ],
)
def test_words_become_arguments(line, arguments):
    assert given(line) == arguments


def test_what_only_takes_a_list_gets_one():
    assert given("--faults teamwork:status=503", "demo") == {"faults": ["teamwork:status=503"]}
    assert given("50 --seed 3", "demo") == {"people": 50, "seed": 3}


@pytest.mark.parametrize("line", ["connect teamwork", "teamwork", "People", "people.pm", "__class__"])
def test_a_wrong_word_says_what_is_possible(line):
    message = told(line)
    assert message.startswith(f"%pm knows no '{line.split()[0]}'")
    possible = re.search(r"Use one of: (.*?)\. %pm help", message)[1].split(", ")
    assert {"people", "permissions", "customers", "demo", "cache", "check", "help"} <= set(possible)
    assert set(possible) <= set(subjects())


def test_each_word_that_is_possible_is_known():
    for word in re.search(r"Use one of: (.*?)\. %pm help", told("x"))[1].split(", "):
        assert "knows no" not in told(f"{word} --nonsense")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "people --nonsense 1",
            "%pm people has no option '--nonsense'. Use one of: --projects,",
        ),
        ("people --params x", "has no option '--params'"),
        ("people --", "has no option '--'"),
        ("people --no-user-type", "has no option '--no-user-type'"),
        ("cache --refresh", "%pm cache has no option '--refresh'. Leave it out: there are none."),
        ("people --search x", "Write one of: --search-term, --search-user-job-role."),
        ("people --type", "--user-type needs a value."),
        ("people --type --refresh", "--user-type needs a value."),
        ("people --refresh=yes", "--refresh takes no value."),
        ("people --type contact --type account", "too many words"),
        ("projects 12345", "Write %pm projects, then options"),
        ("clients 1 2", "Write %pm clients, then options"),
        ("client", "Write %pm client ID."),
        ("permissions", "Write %pm permissions PROJECTS …."),
        ('people "x', "no partner"),
        ("people --search-term O'Brien", "no partner"),
        ("people zero", "projects is 'zero'. Pass a whole number"),
        ("people --type boss", "Use one of: account, collaborator, contact"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(line, said):
    assert said in told(line)


@pytest.mark.parametrize("name", subjects())
def test_the_help_of_one_tells_each_argument_once(name):
    asked = [
        _magics.call(f"help {name}"),
        _magics.call(f"{name} --help"),
        _magics.call(f"{name} x --help --y"),
    ]
    assert len(set(map(repr, asked))) == 1
    one, (text, html) = subjects()[name], (repr(asked[0]), asked[0]._repr_html_())
    told = re.findall(
        r"--([a-z-]+)(?: VALUE)?(?=,|$)", "\n".join(re.findall("^  --.*", text, re.MULTILINE)), re.M
    )
    first = [one.first.option] if one.first else []
    assert sorted([*told, *first]) == sorted(one.arguments)
    assert text.startswith(f"{one.usage}\n{one.about}\n")
    assert one.about in unescape(html)
    assert "``" not in text
    if one.path:
        assert f"{one.path}? tells more" in text


def test_the_help_of_one_says_what_its_docstring_says():
    text = repr(_magics.call("people --help"))
    assert "  PROJECTS …\n      The ids of the projects" in text
    assert (
        "Only people of this type (query parameter userType). One of: account, collaborator, contact.\n"
        in text
    )
    assert "  --ids VALUE, --exclude-ids VALUE\n      Only these people, or all others" in text
    assert "  --show-deleted, --include-service" in text


def test_help_for_what_there_is_not_says_what_there_is():
    assert told("help poeple").startswith("%pm knows no 'poeple'. Did you mean people? Use one of: customers")
    assert "Write %pm help [SUBJECT]" in told("help people roles")


def test_the_help_lists_everything_once_and_escapes_it():
    text, html = repr(_magics.call("help")), _magics.call("")._repr_html_()
    paths = {one.path for one in subjects().values()}
    for path in paths - {""}:
        assert html.count(f">{path}</code>") == 1
    assert len(re.findall(r"^  %pm ", text, re.MULTILINE)) == len(paths)
    assert "pm.connect" in text
    for one in re.findall(r"^  (%pm .*?)  ", text, re.MULTILINE):
        assert "knows no" not in told(f"{one.removeprefix('%pm ')} --nonsense")
