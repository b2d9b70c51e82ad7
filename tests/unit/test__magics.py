"""``%pm``: its commands and options are those of the loaders; a wrong one is refused with what is possible."""

import inspect
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import pmframes as pm
from pmframes import _magics
from pmframes._magics import Command, list_commands
from pmframes._services import SERVICES
from tests.support.loaders import WRITES


@pytest.fixture
def shell(tmp_path: Path) -> InteractiveShell:
    """IPython in this process, with the extension loaded."""
    settings = Config({"HistoryAccessor": {"enabled": False}})
    shell = InteractiveShell(config=settings, ipython_dir=str(tmp_path))
    shell.run_line_magic("load_ext", "pmframes")
    return shell


def refusal(line: str) -> str:
    """Return the message of a line that is refused before any request."""
    with pytest.raises(pm.errors.InvalidArgument) as caught:
        _magics.run_line(line)
    return str(caught.value)


def arguments_of(line: str, name: str = "people") -> dict[str, Any]:
    """Return the arguments with which the line calls a loader."""

    def call(**arguments: Any) -> dict[str, Any]:
        return arguments

    call.__signature__ = inspect.signature(list_commands()[name].function, eval_str=True)
    return Command(name, f"pm.{name}", call).run(line.split())


def test_every_loader_is_a_command_and_no_write():
    known = list_commands()
    for service in SERVICES:
        module = getattr(pm, service)
        for name in module.__all__:
            if name.startswith(WRITES):
                assert not {name, f"{service}.{name}"} & known.keys()
                continue
            assert known[f"{service}.{name}"].function is getattr(module, name)
            assert known[name].path.endswith(name)
    assert known["customers"].function is pm.customers
    assert known["projects"].function is pm.teamwork.projects
    assert known["cache"].function is pm.cache.info


@pytest.mark.parametrize(("line", "arguments"), [
    ("", {}), ("12345", {"projects": 12345}), ("12345 67890", {"projects": [12345, 67890]}),
    ("--projects 1 2", {"projects": [1, 2]}), ("--project 1 --project 2", {"projects": [1, 2]}),
    ("12345 --type collaborator --refresh", {"projects": 12345, "user_type": "collaborator", "refresh": True}),
    ("--user-type=contact", {"user_type": "contact"}), ("--search-term=--x", {"search_term": "--x"}),
    ("--search-term 123", {"search_term": "123"}),
    ("--no-include-clients --deleted", {"include_clients": False, "show_deleted": True}),
    ("--refresh --no-refresh", {"refresh": False}), ("--ids 1 --ids 2", {"ids": [1, 2]}),
    ("--order-by name --order-mode desc", {"order_by": "name", "order_mode": "desc"}),
    ("--last-login 2026-01-01", {"last_login_after": "2026-01-01"}),
])  # fmt: skip
def test_options_become_arguments(line, arguments):
    assert arguments_of(line) == arguments


def test_an_argument_that_only_takes_a_list_gets_one():
    assert arguments_of("--faults teamwork:status=503", "demo") == {"faults": ["teamwork:status=503"]}
    assert arguments_of("50 --seed 3", "demo") == {"people": 50, "seed": 3}


@pytest.mark.parametrize("line", ["connect teamwork", "teamwork", "People", "people.pm", "__class__"])
def test_an_unknown_command_is_refused_with_all_commands(line):
    message = refusal(line)
    assert message.startswith(f"Unknown command '{line.split()[0]}'")
    possible = re.search(r"Use one of: (.*?)\. See %pm help", message)[1].split(", ")
    assert {"people", "permissions", "customers", "demo", "cache", "check", "help"} <= set(possible)
    assert set(possible) <= set(list_commands())
    for word in possible if line == "People" else ():
        assert "Unknown command" not in refusal(f"{word} --nonsense")


@pytest.mark.parametrize(("line", "said"), [
    ("people --nonsense 1", "%pm people has no option '--nonsense'. Use one of: --projects,"),
    ("people --params x", "has no option '--params'"), ("people --", "has no option '--'"),
    ("people --no-user-type", "has no option '--no-user-type'"),
    ("cache --refresh", "%pm cache has no option '--refresh'. Leave it out: it has no options."),
    ("people --search x", "Write one of: --search-term, --search-user-job-role."),
    ("people --type", "--user-type needs a value: --user-type VALUE."),
    ("people --type --refresh", "--user-type needs a value: --user-type VALUE."),
    ("people --refresh=yes", "--refresh takes no value."),
    ("people --type contact --type account", "Too many values"),
    ("projects 12345", "Write %pm projects, then options"), ("clients 1 2", "Write %pm clients, then options"),
    ("client", "Write %pm client ID."), ("permissions", "Write %pm permissions PROJECTS …."),
    ('people "x', "Unbalanced quote"), ("people --search-term O'Brien", "Unbalanced quote"),
    ("people zero", "projects is 'zero'. Pass ids such as 12345"),
    ("people --type boss", "Use one of: account, collaborator, contact"),
])  # fmt: skip
def test_a_wrong_option_is_refused_with_a_remedy(line, said):
    assert said in refusal(line)


def test_a_credential_in_a_line_is_not_repeated():
    for line in ("connect teamwork --token=s3cret", "people --token s3cret", "people --token=s3cret"):
        assert "s3cret" not in refusal(line)


@pytest.mark.parametrize("name", list_commands())
def test_the_help_of_a_command_lists_each_argument_once(name):
    pages = [_magics.run_line(line) for line in (f"help {name}", f"{name} --help", f"{name} x --help --y")]
    assert len(set(map(repr, pages))) == 1
    one, (text, html) = list_commands()[name], (repr(pages[0]), pages[0]._repr_html_())
    listed = re.findall(r"--([a-z-]+)(?: VALUE)?(?=,|$)", "\n".join(re.findall("^  --.*", text, re.MULTILINE)), re.M)
    first = [one.positional.option] if one.positional else []
    assert sorted([*listed, *first]) == sorted(one.arguments)
    assert text.startswith(f"{one.usage}\n{one.summary}\n")
    assert one.summary in unescape(html)
    assert "``" not in text
    if one.path:
        assert f"See {one.path}? for" in text


def test_the_help_of_a_command_is_its_docstring_and_of_an_unknown_one_all_commands():
    text = repr(_magics.run_line("people --help"))
    assert "  PROJECTS …\n      The ids of the projects" in text
    assert "Only people of this type (query parameter userType). One of: account, collaborator, contact.\n" in text
    assert "  --ids VALUE, --exclude-ids VALUE\n      Only these people, or all others" in text
    assert "  --show-deleted, --include-service" in text
    assert refusal("help poeple").startswith("Unknown command 'poeple'. Did you mean 'people'? Use one of: customers")
    assert "Write %pm help [COMMAND]" in refusal("help people roles")


def test_the_help_lists_every_command_once():
    text, html = repr(_magics.run_line("help")), _magics.run_line("")._repr_html_()
    paths = {one.path for one in list_commands().values()}
    for path in paths - {""}:
        assert html.count(f">{path}</code>") == 1
    assert len(re.findall(r"^  %pm ", text, re.MULTILINE)) == len(paths)
    assert "pm.connect" in text
    for one in re.findall(r"^  (%pm .*?)  ", text, re.MULTILINE):
        assert "Unknown command" not in refusal(f"{one.removeprefix('%pm ')} --nonsense")


def test_the_extension_adds_the_line_magic(shell: InteractiveShell):
    assert shell.find_line_magic("pm") is not None
    assert repr(shell.run_cell("%pm").result) == repr(_magics.Help())
    shell.run_cell("page = %pm people --help")
    assert repr(shell.user_ns["page"]) == repr(_magics.run_line("help people"))


@pytest.mark.parametrize("word", ["{secret}", "$secret", "{secret.upper()}", "$(touch_ran)"])
def test_variables_and_code_in_a_line_are_not_expanded(shell: InteractiveShell, word: str):
    shell.user_ns["secret"] = "from a variable"
    with pytest.raises(pm.errors.InvalidArgument) as caught:
        shell.run_line_magic("pm", f"people {word}")
    assert f"'{word}'" in str(caught.value)
    assert "from a variable" not in str(caught.value).lower()
