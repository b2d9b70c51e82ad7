"""The loaders as commands with options, read from their signatures and docstrings: for ``%pm`` and the command line."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill, indent
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pmframes import outlign, projectmanager, spirii, teamwork
from pmframes._customers import customers
from pmframes._fork import cached_property
from pmframes._text import join, safe_repr, suggest
from pmframes.errors import InvalidArgument

_PARAMETERS_SECTION = re.compile(r"^Parameters\n-+\n(.*?)(?=\n\n\S|\Z)", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"^(\w.*?) : (.*)\n((?: .*\n?)+)", re.MULTILINE)


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
    """A function that can be called by a line; ``path`` is its name in Python, ``prefix`` begins the line."""

    name: str
    path: str
    function: Callable[..., Any]
    prefix: str = "%pm"

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
            return f"{self.prefix} {self.name}"
        word = self._argument_usage(self.positional)
        return f"{self.prefix} {self.name} {word if self.positional.is_required else f'[{word}]'}"

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

    @property
    def help_lines(self) -> list[str]:
        """Its usage, its summary, and a paragraph per argument."""
        parameters = [
            f"  {', '.join(usages)}\n{indent(fill(text, 94), ' ' * 6)}" for usages, text in self.parameters_help
        ]
        return [self.usage, self.summary, "", *parameters]

    def run(self, words: Sequence[str]) -> Any:
        """Call the function with the words that follow its name."""
        return self.function(**self.parse(words))

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """Parse the words that follow its name into the arguments of the function.

        Raises
        ------
        InvalidArgument
            An option is unknown, lacks its value, or has one too many.
        """
        texts: dict[Argument, list[Any]] = {}
        for argument, text in self._parse(iter(words)):
            texts.setdefault(argument, []).append(text)
        if any(len(several) > 1 and not argument.is_repeatable for argument, several in texts.items()):
            raise self._too_many_words()
        if self.positional is not None and self.positional.is_required and self.positional not in texts:
            raise InvalidArgument(f"{self.prefix} {self.name} needs a value.", f"Write {self.usage}.")
        return {argument.name: argument.convert(several) for argument, several in texts.items()}

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
            f"{self.prefix} {self.name} has no option {safe_repr(f'--{option}')}.",
            remedy if known else "Leave it out: it has no options.",
        )

    def _matching_arguments(self, part: str) -> list[Argument]:
        for name in (part, f"{part}s"):  # --project is one of the --projects
            if name in self.arguments:
                return [self.arguments[name]]
        return [self.arguments[name] for name in self.arguments if part and f"-{part}-" in f"-{name}-"]

    def _too_many_words(self) -> InvalidArgument:
        return InvalidArgument(
            f"Too many values for {self.prefix} {self.name}.",
            f"Write {self.usage}, then options, each once; quote a text of several words.",
        )


def list_loaders(prefix: str = "%pm") -> dict[str, Command]:
    """List the loaders by name; a name alone stands for the first service that has it."""
    commands = {"customers": Command("customers", "pm.customers", customers, prefix)}
    for module in (teamwork, projectmanager, outlign, spirii):
        for name in module.__all__:
            full_name, function = f"{module.SERVICE.name}.{name}", getattr(module, name)
            if "refresh" not in inspect.signature(function).parameters:
                continue  # it writes: no command does
            commands.setdefault(name, Command(name, f"pm.{full_name}", function, prefix))
            commands[full_name] = Command(full_name, f"pm.{full_name}", function, prefix)
    return commands


def find_command(name: str, commands: Mapping[str, Command], remedy: str) -> Command:
    """Return a command by its name, or raise InvalidArgument; ``remedy`` says where they are listed."""
    if name not in commands:
        names = [command.name for command in unique_commands(commands)]
        hint = f"{suggest(name, commands)} Use one of: {join(names)}. {remedy}".lstrip()
        raise InvalidArgument(f"Unknown command {safe_repr(name)}.", hint)
    return commands[name]


def unique_commands(commands: Mapping[str, Command]) -> list[Command]:
    """List each command once, by the shorter of its names."""
    return list({command.path: command for command in [*commands.values()][::-1]}.values())[::-1]


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
