"""``%load_ext pmframes`` adds ``%pm``: the loaders, called with command-line syntax.

The commands and their options are read from the signatures and docstrings of the loaders.
"""

import inspect
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill, indent
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from IPython.core.magic import no_var_expand
from markupsafe import Markup

from pmframes import _html, cache, outlign, projectmanager, spirii, teamwork
from pmframes._customers import customers
from pmframes._demo import demo
from pmframes._fork import cached_property
from pmframes._services import check
from pmframes._text import join, safe_repr, suggest
from pmframes.errors import InvalidArgument

_EXAMPLES = ("%pm demo", "%pm people 480101 --type collaborator --refresh", "people = %pm people", "%pm people --help")
_PARAMETERS_SECTION = re.compile(r"^Parameters\n-+\n(.*?)(?=\n\n\S|\Z)", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"^(\w.*?) : (.*)\n((?: .*\n?)+)", re.MULTILINE)
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
    return _find_command(name).run(words)


def _find_command(name: str) -> "Command":
    commands = list_commands()
    if name not in commands:
        names = [command.name for command in _unique_commands()]
        raise InvalidArgument(
            f"Unknown command {safe_repr(name)}.",
            f"{suggest(name, names)} Use one of: {join(names)}. See %pm help.".lstrip(),
        )
    return commands[name]


@dataclass(frozen=True)
class Argument:
    """An argument of a function, as far as it can be written in a line."""

    name: str
    is_flag: bool
    is_number: bool
    takes_value: bool
    takes_list: bool
    is_required: bool

    @property
    def is_writable(self) -> bool:
        """Whether it can be written in a line: a frame or a dict cannot."""
        return self.is_flag or self.takes_value or self.takes_list

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be written more than once; of a flag, the last one counts."""
        return self.is_flag or self.takes_list

    @property
    def option(self) -> str:
        """Name of the option, without the dashes."""
        return self.name.replace("_", "-")

    def convert(self, texts: list[Any]) -> Any:
        """Convert what was written, once or several times, to the value of the argument."""
        if self.is_flag:
            return texts[-1]
        values = [int(text) if self.is_number and _is_number(text) else text for text in texts]
        return values[0] if self.takes_value and len(values) == 1 else values


class ParameterHelp(NamedTuple):
    """What a docstring says about one or more arguments, and how these are written."""

    usages: list[str]
    text: str


@dataclass(frozen=True)
class Command:
    """A function that ``%pm`` can call; ``path`` is its name in Python."""

    name: str
    path: str
    function: Callable[..., Any]

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @cached_property
    def arguments(self) -> dict[str, Argument]:
        """The arguments, by the names of their options."""
        parameters = inspect.signature(self.function, eval_str=True).parameters.values()
        arguments = map(_argument_from, parameters)
        return {argument.option: argument for argument in arguments if argument.is_writable}

    @cached_property
    def positional(self) -> Argument | None:
        """The argument that takes the words without an option: the first one of the function."""
        parameters = inspect.signature(self.function).parameters.values()
        first = next((item for item in parameters if item.kind is item.POSITIONAL_OR_KEYWORD), None)
        return self.arguments.get(first.name.replace("_", "-")) if first else None

    @property
    def usage(self) -> str:
        """How the command is written, without its options."""
        if self.positional is None:
            return f"%pm {self.name}"
        word = self._argument_usage(self.positional)
        return f"%pm {self.name} {word if self.positional.is_required else f'[{word}]'}"

    @property
    def parameters_help(self) -> list[ParameterHelp]:
        """Help for each argument, from the docstring."""
        section = _PARAMETERS_SECTION.search(inspect.getdoc(self.function) or "")
        entries = []
        for names, kind, text in _PARAMETER.findall(section[1] if section else ""):
            options = names.replace("_", "-").split(", ")
            arguments = [self.arguments[option] for option in options if option in self.arguments]
            description = " ".join(text.replace("``", "").split())
            if choices := re.findall(r'"(\w+)"', kind.partition("}")[0]):
                description += f" One of: {join(choices)}."
            if arguments:
                entries.append(ParameterHelp([*map(self._argument_usage, arguments)], description))
        return entries

    def run(self, words: Sequence[str]) -> Any:
        """Call the function with the words that follow its name."""
        if "--help" in words:
            return CommandHelp(self)
        texts: dict[Argument, list[Any]] = {}
        for argument, text in self._parse(iter(words)):
            texts.setdefault(argument, []).append(text)
        if any(len(several) > 1 and not argument.is_repeatable for argument, several in texts.items()):
            raise self._too_many_words()
        if self.positional is not None and self.positional.is_required and self.positional not in texts:
            raise InvalidArgument(f"%pm {self.name} needs a value.", f"Write {self.usage}.")
        values = {argument.name: argument.convert(several) for argument, several in texts.items()}
        return self.function(**values)

    def _argument_usage(self, argument: Argument) -> str:
        if argument == self.positional:
            return argument.option.upper() + (" …" if argument.takes_list else "")
        return f"--{argument.option}{'' if argument.is_flag else ' VALUE'}"

    def _parse(self, words: Iterator[str]) -> Iterator[tuple[Argument, Any]]:
        for word in words:
            if not word.startswith("--"):
                if self.positional is None:
                    raise self._too_many_words()
                yield self.positional, word
                continue
            option, equals_sign, value = word[2:].partition("=")
            argument, is_true = self._find_argument(option)
            option = argument.option
            if argument.is_flag and equals_sign:
                raise InvalidArgument(
                    f"--{option} takes no value.", f"Write --{option} for True, --no-{option} for False."
                )
            if not argument.is_flag and not equals_sign:
                value = next(words, "--")
                if value.startswith("--"):
                    raise InvalidArgument(f"--{option} needs a value:", f"--{option} VALUE.")
            yield argument, is_true if argument.is_flag else value

    def _find_argument(self, option: str) -> tuple[Argument, bool]:
        """Find the argument by its option or a part of it, and whether a flag is true."""
        for part, is_true in ((option, True), (option.removeprefix("no-"), False)):
            matches = self._matching_arguments(part)
            if len(matches) == 1 and (is_true or matches[0].is_flag):
                return matches[0], is_true
        if matches := self._matching_arguments(option):
            matching = join(f"--{match.option}" for match in matches)
            raise InvalidArgument(f"--{option} fits several options.", f"Write one of: {matching}.")
        known = [f"--{name}" for name in self.arguments]
        remedy = f"{suggest(f'--{option}', known)} Use one of: {join(known)}.".lstrip()
        raise InvalidArgument(
            f"%pm {self.name} has no option {safe_repr(f'--{option}')}.",
            remedy if known else "Leave it out: it has no options.",
        )

    def _matching_arguments(self, part: str) -> list[Argument]:
        if part in self.arguments:
            return [self.arguments[part]]
        return [self.arguments[name] for name in self.arguments if part and f"-{part}-" in f"-{name}-"]

    def _too_many_words(self) -> InvalidArgument:
        return InvalidArgument(
            f"Too many values for %pm {self.name}.",
            f"Write {self.usage}, then options, each once; quote a text of several words.",
        )


def list_commands() -> dict[str, Command]:
    """List the commands by name; a loader's name alone stands for the first service that has it."""
    commands = {"customers": Command("customers", "pm.customers", customers)}
    for module in (teamwork, projectmanager, outlign, spirii):
        for name in module.__all__:
            full_name, function = f"{module.SERVICE.name}.{name}", getattr(module, name)
            if "refresh" not in inspect.signature(function).parameters:
                continue  # it writes: no command does
            commands.setdefault(name, Command(name, f"pm.{full_name}", function))
            commands[full_name] = Command(full_name, f"pm.{full_name}", function)
    others = (
        Command("demo", "pm.demo", demo),
        Command("cache", "pm.cache.info", cache.info),
        Command("check", "pm.check", check),
        Command("help", "", show_help),
    )
    return commands | {command.name: command for command in others}


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
        parameters = [
            f"  {', '.join(usages)}\n{indent(fill(text, 94), ' ' * 6)}"
            for usages, text in self._command.parameters_help
        ]
        lines = [self._command.usage, self._command.summary, "", *parameters, self._docstring_hint]
        return "\n".join(lines).rstrip()

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
        commands = _unique_commands()
        width = max(len(command.usage) for command in commands)
        lines = [f"  {command.usage:{width}}  {command.summary}" for command in commands]
        return "\n".join([*_EXAMPLES, "", *lines, "", _SYNTAX])

    def _repr_html_(self) -> str:
        return _html.render_panel(
            _html.render_code_block(_EXAMPLES),
            _html.render_table(("Command", "Description", "Same as"), map(_html_cells, _unique_commands())),
            Markup("<p>{}</p>").format(_SYNTAX),
        )


def _unique_commands() -> list[Command]:
    """List each command once, by the shorter of its names."""
    return list({command.path: command for command in reversed(list_commands().values())}.values())[::-1]


def _html_cells(command: Command) -> tuple[str, ...]:
    options = " ".join(f"--{option}" for option in command.arguments)
    folded = Markup("<details><summary>options</summary>{}</details>").format(options) if options else ""
    description = Markup("{}{}").format(command.summary, folded)
    return (_html.render_code(command.usage), description, _html.render_code(command.path) if command.path else "")


def _argument_from(parameter: inspect.Parameter) -> Argument:
    union = parameter.annotation
    types = get_args(union) if get_origin(union) in (Union, UnionType) else (union,)
    iterables = [kind for kind in types if get_origin(kind) is Iterable]
    item_types = [item for kind in iterables for item in get_args(kind)]
    return Argument(
        name=parameter.name,
        is_flag=bool in types,
        is_number=int in [*types, *item_types],
        takes_value=any(kind in (str, int) or get_origin(kind) is Literal for kind in types),
        takes_list=bool(iterables),
        is_required=parameter.default is parameter.empty,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
