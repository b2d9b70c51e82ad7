"""Write values as text: in sentences, in cells, and in a number of columns."""

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import accumulate
from typing import Any, Protocol
from weakref import WeakValueDictionary

# Frames and files name services by their keys, people by these names.
SERVICE_TITLES = {
    "teamwork": "Teamwork.com",
    "projectmanager": "ProjectManager.com",
    "outlign": "Outlign",
    "spirii": "Spirii",
}

_MAX_NAMES = 20

# Sentences


def service_title(service: str) -> str:
    """Return the name of a service as people write it; an unknown one is returned unchanged."""
    return SERVICE_TITLES.get(service, service)


def pluralize(number: int, singular: str, plural: str = "") -> str:
    """Write a number with the noun that it counts."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def join(values: Iterable[object]) -> str:
    """Join values by commas."""
    return ", ".join(str(value) for value in values)


def join_or(values: Sequence[object]) -> str:
    """Join alternatives by commas, with "or" before the last one."""
    return _join_last(values, "or")


def join_and(values: Sequence[object]) -> str:
    """Join values by commas, with "and" before the last one."""
    return _join_last(values, "and")


def _join_last(values: Sequence[object], word: str) -> str:
    *first, last = map(str, values)
    return f"{', '.join(first)} {word} {last}" if first else last


def join_limited(texts: Sequence[str], limit: int) -> str:
    """Join texts by commas; of more than ``limit``, count the last ones."""
    if len(texts) <= limit:
        return ", ".join(texts)
    return f"{', '.join(texts[: limit - 1])} and {len(texts) - limit + 1:,} more"


def suggest(value: object, options: Iterable[object]) -> str:
    """Return a question such as "Did you mean 'teamwork'?", or nothing where no option is similar."""
    similar = nearest(value, options)
    return "" if similar is None else f"Did you mean {safe_repr(similar)}?"


def nearest(value: object, options: Iterable[object]) -> str | None:
    """Return the option most similar to a value, else in any case, else the only one that has it as a word."""
    texts, word = [str(option) for option in options], str(value)
    for spelling in (str, str.casefold):
        spelled = {spelling(text): text for text in texts}
        if matches := get_close_matches(spelling(word), spelled, n=1, cutoff=0.65):
            return spelled[matches[0]]
    containing = [text for text in texts if word in re.split(r"[\W_]+", text)]
    return containing[0] if len(containing) == 1 else None


def unknown_name(place: str, name: str, names: Mapping[str, str]) -> AttributeError:
    """Build the error for a name that a module or accessor lacks; ``names`` are those to suggest, as they are written.

    It has no object, so that Python does not add a suggestion of its own below a traceback.
    """
    listed = f"Use one of: {join_limited([*names.values()], _MAX_NAMES)}." if names else ""
    remedy = listed if (similar := nearest(name, names)) is None else f"Did you mean {names[similar]}?"
    return AttributeError(f"{place} has no attribute {safe_repr(name)}. {remedy}".rstrip(), name=name, obj=None)


def refuse_other_names(place: str, names: Iterable[str]) -> Callable[[str], Any]:
    """Build the ``__getattr__`` of a module, which Python calls for names that the module lacks."""

    def refuse(name: str) -> Any:
        raise unknown_name(place, name, {known: f"{place}.{known}" for known in names})

    return refuse


def safe_repr(value: object) -> str:
    """Return the repr of a short plain value, else only its type: the value may be long, or private."""
    is_plain = isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 10**20)
    return truncate(repr(value), 60) if is_plain else f"of type {type(value).__name__}"


def format_age(age: timedelta) -> str:
    """Write an age in its largest unit; it is unknown where the clock was changed."""
    if age < timedelta(minutes=-1):
        return "an unknown time"
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if (count := int(age.total_seconds() // seconds)) > 0:
            return pluralize(count, unit)
    return "less than a minute"


def format_time(time: datetime | None) -> str:
    """Write a time in UTC to the minute; nothing where it is not known."""
    return "" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"


def format_percent(share: float) -> str:
    """Write a share with one decimal; a small one is never 0.0%, and less than all never 100.0%."""
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.1%}"


# Labels


def capitalize(text: str) -> str:
    """Write the first letter of a text as a capital."""
    return text[:1].upper() + text[1:]


def format_label(label: Hashable, missing: str = "None") -> str:
    """Write the label of a column; the levels of a label are joined by a space."""
    levels = label if isinstance(label, tuple) else (label,)
    texts = [missing if level is None else str(level) for level in levels]
    return replace_surrogates(" ".join(filter(None, texts)))


_ABBREVIATIONS = {"id": "ID", "ids": "IDs", "url": "URL", "email": "e-mail"}


def format_heading(label: Hashable, drop: str = "$^") -> str:
    """Write the name of a column for people: "created_at" as "Created at", without what matches ``drop``."""
    name = show_hidden(format_label(label))
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return name or '""'
    words = (re.sub(drop, "", name) or name).split("_")
    text = " ".join(_ABBREVIATIONS.get(word, word) for word in words if word)
    return capitalize(text)


# Characters

_INTERNATIONAL_LABEL = re.compile(r"xn--[a-z0-9-]+")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")


def fold(text: str) -> str:
    """Return what e-mail addresses, or search terms, have in common that people take for the same.

    Composed and decomposed letters, widths and cases are the same (NFKC, case folding), invisible characters
    count for nothing, and international domains are read as letters.
    """
    folded = _fold_letters(text.translate(_DOTS))
    return _fold_letters(_INTERNATIONAL_LABEL.sub(_decode_label, folded)).strip()


def _fold_letters(text: str) -> str:
    if text.isascii():
        return text.casefold()
    visible = "".join(letter for letter in text if not _is_invisible(letter))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


def _is_invisible(letter: str) -> bool:
    # Format characters, the grapheme joiner, and selectors of variants.
    return unicodedata.category(letter) == "Cf" or letter == "\u034f" or "\ufe00" <= letter <= "\ufe0f"


def _decode_label(label: re.Match[str]) -> str:
    try:
        return label[0].removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label[0]


def replace_surrogates(text: str) -> str:
    r"""Replace each lone surrogate, which UTF-8 cannot encode, by its ``\u`` escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


# Characters without a shape, or that move what stands beside them: controls but tab and line breaks, direction marks,
# tags, surrogates. Not the joiners of emoji and of Persian. With the bracket itself, every text can be restored.
_HIDDEN = re.compile(
    r"[⟦\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_STAND_IN = re.compile(r"⟦(?:U\+([0-9A-F]{4,5}))?⟧")


def show_hidden(text: str) -> str:
    """Write each hidden character as its number, such as ``⟦U+202E⟧``, so that a text reads as what it is."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda character: f"⟦U+{ord(character[0]):04X}⟧", text)


def restore_hidden(text: str) -> str:
    """Return the text of which ``show_hidden`` made this one; of ``⟦⟧``, an empty one."""
    return _STAND_IN.sub(lambda number: chr(int(number[1], 16)) if number[1] else "", text)


def is_encodable(text: str) -> bool:
    """Whether UTF-8 can encode a text: it cannot encode a lone surrogate."""
    return replace_surrogates(text) == text


def strip_control(text: str) -> str:
    """Write a text on one line: nothing in it moves the cursor, sets a colour or reverses the direction."""
    return "".join(character if character.isprintable() else _substitute(character) for character in text)


def _substitute(character: str) -> str:
    # To Python no space but the ASCII one is printable.
    return " " if unicodedata.category(character) == "Zs" else "\N{REPLACEMENT CHARACTER}"


class Sensitive(Protocol):
    """Holds a text that no message may repeat."""

    def spellings(self) -> Iterable[str]:
        """Return the text in each way in which it may be written; empty ones count for nothing."""


_sensitive: "WeakValueDictionary[int, Sensitive]" = WeakValueDictionary()
REDACTED = "•••"
MAX_MESSAGE_LENGTH = 2_000
# Shorter texts would replace parts of words; no service has such credentials.
_MIN_SENSITIVE_LENGTH = 8


def keep_out_of_messages(value: Sensitive) -> None:
    """Redact a text in all messages, as long as its holder exists."""
    _sensitive[id(value)] = value


def clean_message(text: str) -> str:
    """Return a message, which may quote a service or a file, as one line without credentials, of limited length."""
    for sensitive in list(_sensitive.values()):
        for spelling in sensitive.spellings():
            if len(spelling) >= _MIN_SENSITIVE_LENGTH:
                text = re.sub(re.escape(spelling), REDACTED, text, flags=re.IGNORECASE)
    text = text if len(text) <= MAX_MESSAGE_LENGTH else f"{text[: MAX_MESSAGE_LENGTH - 1]}…"
    return strip_control(re.sub(r"[\t\n\v\f\r]+", " ", text))


def display_width(text: str) -> int:
    """Count the columns that a text takes in a monospaced font: a Chinese character takes two."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def truncate(text: str, width: int) -> str:
    """Cut a text to ``width`` columns; "…" stands for what was cut."""
    if display_width(text) <= width:
        return text
    kept = sum(end < width for end in accumulate(map(_character_width, text)))
    return f"{text[:kept].rstrip()}…"


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0  # an accent, or a mark that is not drawn
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
