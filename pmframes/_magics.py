"""``%load_ext pmframes`` brings ``%pm``: the loaders, called with a line of plain words.

What can be called, and with what, is read off the loaders themselves.
"""

import inspect
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import fill
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from IPython.core.magic import no_var_expand
from markupsafe import Markup

import pmframes as pm
from pmframes import _html, _messages
from pmframes._services import SERVICES

_EXAMPLES = (
    "%pm demo",
    "%pm people 480101 --type collaborator --refresh",
    "people = %pm people",
    "%pm people --help",
)
_PARAMETERS = re.compile(r"^Parameters\n-+\n(.*?)(?=\n\n\S|\Z)", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"^(\w.*?) : (.*)\n((?: .*\n?)+)", re.MULTILINE)
_OPTIONS = (
    "Options are the other arguments of the function: --show-deleted for yes, --no-include-clients for no, "
    "--search-term Ann for a value, given twice for a list. Words of a name are enough where only one has "
    "them: --type is --user-type. There is no option for a credential, which is nothing to leave in a "
    "notebook: call pm.connect, or set it in the environment."
)
_INDENTED: Any = {"initial_indent": " " * 6, "subsequent_indent": " " * 6}


def load_ipython_extension(shell: Any) -> None:
    """Add ``%pm`` to IPython; ``%load_ext pmframes`` calls this."""
    shell.register_magic_function(_run, "line", "pm")


@no_var_expand
def _run(line: str) -> Any:
    """Load what a line says, such as ``%pm people 12345``; ``%pm help`` tells what it can say."""
    return call(line)


def call(line: str) -> Any:
    """Call what a line says, and give what that returns.

    Raises
    ------
    InvalidArgument
        There is no such thing to call, or not so.
    PmframesError
        What was called failed.
    """
    try:
        first, *words = shlex.split(line) or ["help"]
    except ValueError:
        raise _messages.open_quote() from None
    return _find(first).call(words)


def _find(name: str) -> "Subject":
    known = subjects()
    if name not in known:
        raise _messages.no_such_subject(name, [one.name for one in _each_once()])
    return known[name]


@dataclass(frozen=True)
class Argument:
    """What an argument takes, as far as it can be written in a line."""

    name: str
    is_flag: bool
    is_number: bool
    takes_one: bool
    takes_several: bool
    is_needed: bool

    @property
    def takes_at_most_one(self) -> bool:
        """Whether it may be written only once; of a yes and a no, the last counts."""
        return not (self.is_flag or self.takes_several)

    @property
    def option(self) -> str:
        """How it is written, without the dashes."""
        return self.name.replace("_", "-")

    def value(self, written: list[Any]) -> Any:
        """Give the value of what was written, once or several times."""
        if self.is_flag:
            return written[-1]
        values = [int(text) if self.is_number and _is_number(text) else text for text in written]
        return values[0] if self.takes_one and len(values) == 1 else values


@dataclass(frozen=True)
class Subject:
    """What can follow ``%pm``: a function, and ``path``, where it is found in Python."""

    name: str
    path: str
    function: Callable[..., Any]

    @property
    def about(self) -> str:
        """What it does, in a line."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @cached_property
    def arguments(self) -> dict[str, Argument]:
        """What it takes, by the names of options."""
        parameters = inspect.signature(self.function, eval_str=True).parameters.values()
        found = [_argument(one) for one in parameters]
        return {one.option: one for one in found if one.is_flag or one.takes_one or one.takes_several}

    @cached_property
    def first(self) -> Argument | None:
        """The argument that takes the words without a name."""
        parameters = inspect.signature(self.function).parameters.values()
        names = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
        return next((one for one in self.arguments.values() if one.name in names[:1]), None)

    @property
    def usage(self) -> str:
        """How it is written, but for its options."""
        if self.first is None:
            return f"%pm {self.name}"
        word = self._written(self.first)
        return f"%pm {self.name} {word if self.first.is_needed else f'[{word}]'}"

    @property
    def told(self) -> list[tuple[list[str], str]]:
        """How its arguments are written, and what its docstring says of them; they may share a line."""
        section = _PARAMETERS.search(inspect.getdoc(self.function) or "")
        found = []
        for names, kind, text in _PARAMETER.findall(section[1] if section else ""):
            shared = [one for one in self.arguments.values() if one.name in names.split(", ")]
            choices = ", ".join(re.findall(r'"(\w+)"', kind.partition("}")[0]))
            said = " ".join([*text.replace("``", "").split(), *([f"One of: {choices}."] if choices else [])])
            found.append(([*map(self._written, shared)], said))
        return [one for one in found if one[0]]

    def call(self, words: Sequence[str]) -> Any:
        """Call the function with the words that follow its name."""
        if "--help" in words:
            return HelpOn(self)
        given: dict[Argument, list[Any]] = {}
        for argument, value in self._read(iter(words)):
            given.setdefault(argument, []).append(value)
        if any(len(values) > 1 and argument.takes_at_most_one for argument, values in given.items()):
            raise _messages.too_many_words(self.name, self.usage)
        if self.first is not None and self.first.is_needed and self.first not in given:
            raise _messages.too_few_words(self.usage)
        return self.function(**{argument.name: argument.value(values) for argument, values in given.items()})

    def _written(self, argument: Argument) -> str:
        if argument == self.first:
            return argument.option.upper() + (" …" if argument.takes_several else "")
        return f"--{argument.option}{'' if argument.is_flag else ' VALUE'}"

    def _read(self, words: Iterator[str]) -> Iterator[tuple[Argument, Any]]:
        for word in words:
            if not word.startswith("--"):
                if self.first is None:
                    raise _messages.too_many_words(self.name, self.usage)
                yield self.first, word
                continue
            option, is_joined, value = word[2:].partition("=")
            argument, yes = self._named(option)
            if argument.is_flag and is_joined:
                raise _messages.takes_no_value(argument.option)
            if not argument.is_flag and not is_joined:
                value = next(words, "--")
                if value.startswith("--"):
                    raise _messages.needs_value(argument.option)
            yield argument, yes if argument.is_flag else value

    def _named(self, option: str) -> tuple[Argument, bool]:
        """Find the argument that an option, or a part of its name, means, and whether it says yes."""
        for word, yes in ((option, True), (option.removeprefix("no-"), False)):
            found = self._with(word)
            if len(found) == 1 and (yes or found[0].is_flag):
                return found[0], yes
        if several := self._with(option):
            raise _messages.several_options(option, [one.option for one in several])
        raise _messages.no_such_option(self.name, option, self.arguments)

    def _with(self, part: str) -> list[Argument]:
        if part in self.arguments:
            return [self.arguments[part]]
        return [one for name, one in self.arguments.items() if part and f"-{part}-" in f"-{name}-"]


def subjects() -> dict[str, Subject]:
    """List what can follow ``%pm``; a loader's name alone means the first service that has it."""
    found = {"customers": Subject("customers", "pm.customers", pm.customers)}
    for service in SERVICES:
        module = getattr(pm, service)
        for name in module.__all__:
            path, function = f"{service}.{name}", getattr(module, name)
            found.setdefault(name, Subject(name, f"pm.{path}", function))
            found[path] = Subject(path, f"pm.{path}", function)
    others = (
        Subject("demo", "pm.demo", pm.demo),
        Subject("cache", "pm.cache.info", pm.cache.info),
        Subject("check", "pm.check", pm.check),
        Subject("help", "", show_help),
    )
    return found | {one.name: one for one in others}


def show_help(subject: str | None = None) -> "Help | HelpOn":
    """Show this page, or what one of these takes.

    Parameters
    ----------
    subject : str, optional
        What to tell of, such as people.
    """
    return Help() if subject is None else HelpOn(_find(subject))


class HelpOn:
    """What one subject takes."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._more = f"{subject.path}? tells more: what it gives, and its errors." if subject.path else ""

    def __repr__(self) -> str:
        told = (
            f"  {', '.join(written)}\n{fill(text, 100, **_INDENTED)}" for written, text in self._subject.told
        )
        return "\n".join([self._subject.usage, self._subject.about, "", *told, self._more]).rstrip()

    def _repr_html_(self) -> str:
        told = [(Markup("<br>").join(map(_html.code, written)), text) for written, text in self._subject.told]
        return _html.panel(
            _html.block([self._subject.usage]),
            Markup("<p>{}</p>").format(self._subject.about),
            *([_html.table(("write", "what it does"), told)] if told else []),
            Markup("<p>{}</p>").format(self._more),
        )


class Help:
    """What there is."""

    def __repr__(self) -> str:
        known = _each_once()
        width = max(len(one.usage) for one in known)
        lines = [f"  {one.usage:{width}}  {one.about}" for one in known]
        return "\n".join([*_EXAMPLES, "", *lines, "", _OPTIONS])

    def _repr_html_(self) -> str:
        return _html.panel(
            _html.block(_EXAMPLES),
            _html.table(("write", "what it does", "same as"), map(_line, _each_once())),
            Markup("<p>{}</p>").format(_OPTIONS),
        )


def _each_once() -> list[Subject]:
    """List the subjects, those that have two names by the shorter."""
    return list({one.path: one for one in reversed(subjects().values())}.values())[::-1]


def _line(one: Subject) -> tuple[str, ...]:
    options = " ".join(f"--{option}" for option in one.arguments)
    folded = Markup("<details><summary>options</summary>{}</details>").format(options) if options else ""
    about = Markup("{}{}").format(one.about, folded)
    return _html.code(one.usage), about, _html.code(one.path) if one.path else ""


def _argument(parameter: inspect.Parameter) -> Argument:
    union = parameter.annotation
    kinds = get_args(union) if get_origin(union) in (Union, UnionType) else (union,)
    several = [kind for kind in kinds if get_origin(kind) is Iterable]
    items = [item for kind in several for item in get_args(kind)]
    return Argument(
        name=parameter.name,
        is_flag=bool in kinds,
        is_number=int in [*kinds, *items],
        takes_one=any(kind in (str, int) or get_origin(kind) is Literal for kind in kinds),
        takes_several=bool(several),
        is_needed=parameter.default is parameter.empty,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
