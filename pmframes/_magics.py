"""``%load_ext pmframes`` adds ``%pm``: the loaders, called with command-line syntax."""

import shlex
from typing import Any

from IPython.core.magic import no_var_expand
from markupsafe import Markup

from pmframes import _html, cache
from pmframes._commands import Command, find_command, list_loaders, unique_commands
from pmframes._demo import demo
from pmframes._services import check
from pmframes.errors import InvalidArgument

_EXAMPLES = ("%pm demo", "%pm people 480101 --type collaborator --refresh", "people = %pm people", "%pm people --help")
_SYNTAX = (
    "Options are the keyword arguments of the function: --show-deleted for True, --no-include-clients for "
    "False, --search-term Ann for a value, repeated for a list. Part of an option's name is enough where it "
    "fits no other: --type is --user-type. There is no option for a credential, which should never be in a "
    "cell: call pm.connect, or set environment variables."
)


def load_ipython_extension(shell: Any) -> None:
    """Add ``%pm`` to IPython; ``%load_ext pmframes`` calls this."""
    shell.register_magic_function(run_line, "line", "pm")


@no_var_expand
def run_line(line: str) -> Any:
    """Run a command, such as ``%pm people 12345``, and return its result; see ``%pm help``.

    Raises
    ------
    InvalidArgument
        The command or one of its options is unknown or malformed.
    PmframesError
        The function that was called failed.
    """
    try:
        name, *words = shlex.split(line) or ["help"]
    except ValueError:
        raise InvalidArgument(
            "Unbalanced quote.", 'Put a text that contains one into the other kind: --search-term "O\'Brien".'
        ) from None
    command = _find_command(name)
    return CommandHelp(command) if "--help" in words else command.run(words)


def _find_command(name: str) -> Command:
    return find_command(name, list_commands(), "See %pm help.")


def list_commands() -> dict[str, Command]:
    """List the commands by name; a loader's name alone stands for the first service that has it."""
    others = (
        Command("demo", "pm.demo", demo),
        Command("cache", "pm.cache.info", cache.info),
        Command("check", "pm.check", check),
        Command("help", "", show_help),
    )
    return list_loaders() | {command.name: command for command in others}


def show_help(command: str | None = None) -> "Help | CommandHelp":
    """Show this page, or the help of one command.

    Parameters
    ----------
    command : str, optional
        The command, such as people.
    """
    return Help() if command is None else CommandHelp(_find_command(command))


class CommandHelp:
    """The help of one command, shown as text or HTML."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._docstring_hint = f"See {command.path}? for the columns and errors." if command.path else ""

    def __repr__(self) -> str:
        return "\n".join([*self._command.help_lines, self._docstring_hint]).rstrip()

    def _repr_html_(self) -> str:
        rows = [
            (Markup("<br>").join(map(_html.render_code, usages)), text)
            for usages, text in self._command.parameters_help
        ]
        return _html.render_panel(
            _html.render_code_block([self._command.usage]),
            Markup("<p>{}</p>").format(self._command.summary),
            *([_html.render_table(("Option", "Description"), rows)] if rows else []),
            Markup("<p>{}</p>").format(self._docstring_hint),
        )


class Help:
    """The list of commands, shown as text or HTML."""

    def __repr__(self) -> str:
        commands = unique_commands(list_commands())
        width = max(len(command.usage) for command in commands)
        lines = [f"  {command.usage:{width}}  {command.summary}" for command in commands]
        return "\n".join([*_EXAMPLES, "", *lines, "", _SYNTAX])

    def _repr_html_(self) -> str:
        return _html.render_panel(
            _html.render_code_block(_EXAMPLES),
            _html.render_table(
                ("Command", "Description", "Same as"), map(_html_cells, unique_commands(list_commands()))
            ),
            Markup("<p>{}</p>").format(_SYNTAX),
        )


def _html_cells(command: Command) -> tuple[str, ...]:
    options = " ".join(f"--{option}" for option in command.arguments)
    folded = Markup("<details><summary>options</summary>{}</details>").format(options) if options else ""
    description = Markup("{}{}").format(command.summary, folded)
    return (_html.render_code(command.usage), description, _html.render_code(command.path) if command.path else "")
