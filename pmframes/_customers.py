"""One portfolio of the customers and clients of every service, and which of them may be the same."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, cast

import pandas as pd

from pmframes import _connections, _messages, _validation, outlign, projectmanager, spirii
from pmframes._connections import Service
from pmframes._frames import provenance
from pmframes._types import Frame

Loader = Callable[..., pd.DataFrame]
# Teamwork.com is not among them: its companies employ people, and who of them is a customer it does not say.
_SOURCES: dict[str, tuple[Service, Loader, dict[str, str]]] = {
    "projectmanager": (projectmanager.SERVICE, projectmanager.customers, {}),
    "outlign": (outlign.SERVICE, outlign.clients, {"title": "name", "company_title": "company_name"}),
    "spirii": (spirii.SERVICE, spirii.customers, {"owner_id": "company_id", "owner_name": "company_name"}),
}
_DTYPES = {
    "service": "str",
    "id": "str",
    "name": "str",
    "company_id": "str",
    "company_name": "str",
    "type": "str",
    "created_at": "datetime64[us, UTC]",
    "updated_at": "datetime64[us, UTC]",
}
# As they are once points and the like are taken out: A/S is "as", S.p.A. is "spa", Sp. z o.o. is "spzoo".
LEGAL_SUFFIXES = frozenset(
    [
        *("ab", "ag", "aktiebolag", "aktiengesellschaft", "aktieselskab", "aps", "as", "asa", "bv", "co"),
        *("corp", "corporation", "doo", "ehf", "ek", "ev", "gbr", "gesmbh", "gmbh", "hf", "inc"),
        *("incorporated", "is", "ivs", "kft", "kg", "kgaa", "kk", "ks", "limited", "llc", "llp", "lp", "ltd"),
        *("ltda", "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty", "pvt", "sa", "sarl", "sas", "se"),
        *("sl", "snc", "spa", "spolsro", "spzoo", "srl", "sro", "ug", "vof"),
    ]
)
# Letters that Unicode does not take apart into a letter and an accent, and what stands inside of words.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_INSIDE = str.maketrans(dict.fromkeys("./'’‘`´®™"))


def customers(
    services: str | Iterable[str] | None = None, *, refresh: bool = False, progress: bool | None = None
) -> Frame:
    """Load the customers and clients of several services into one portfolio.

    Parameters
    ----------
    services : str or iterable of str, optional
        The services to load from: projectmanager, outlign, spirii; by default those that are connected.
        Teamwork.com knows companies, but not which of them are customers.
    refresh : bool, default False
        Ask the services even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.

    Returns
    -------
    DataFrame
        One row per customer or client: service, id, name, company_id, company_name (str), type (category),
        created_at, updated_at (datetime64[us, UTC]), match (Int64). ``company`` is Outlign's company and
        Spirii's owner. ``match`` is a suggestion: rows that share its number have names that are the same but
        for case, accents, punctuation and legal suffixes (Ltd, GmbH, Inc, A/S …); it is NA for a name that no
        other row has. ``attrs["pmframes"]["sources"]`` has the provenance of each load.

    Raises
    ------
    NotConnected
        None of the services is connected, or one of those named is not.
    InvalidArgument, AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse,
    IncompleteLoad
        One of the services failed; see ``pmframes.errors``. No portfolio is made of the others.

    Notes
    -----
    The loads are those of ``pm.projectmanager.customers``, ``pm.outlign.clients`` and
    ``pm.spirii.customers``, and share what these have stored.
    """
    frames = []
    for name in _chosen(services):
        _, load, renamed = _SOURCES[name]
        frame = load(refresh=refresh, progress=progress).rename(columns=renamed)
        frame["service"] = name
        frames.append(frame)
    portfolio = pd.concat([_brought_together(frame) for frame in frames], ignore_index=True)
    unknown = sorted({*portfolio["type"].dropna()} - {*spirii.TYPES})
    portfolio["type"] = portfolio["type"].astype(pd.CategoricalDtype([*spirii.TYPES, *unknown]))
    portfolio["match"] = matches(portfolio["name"])
    portfolio.attrs = {provenance.KEY: provenance.sources(*frames)}
    return cast("Frame", portfolio)


def _chosen(services: Any) -> list[str]:
    named = _validation.several_of("services", services, tuple(_SOURCES))
    if named is not None:
        return named
    connected = [
        one.service.name
        for one in _connections.registry.available(service for service, *_ in _SOURCES.values())
    ]
    if not connected:
        raise _messages.none_connected(
            _SOURCES, [service.token_variable for service, *_ in _SOURCES.values()]
        )
    return connected


def _brought_together(frame: pd.DataFrame) -> pd.DataFrame:
    missing = dict.fromkeys(_DTYPES.keys() - set(frame), None)
    return frame.assign(**missing)[list(_DTYPES)].astype(_DTYPES)


def matches(names: "pd.Series[str]") -> "pd.Series[int]":
    """Give names that are the same but for how they are written one number; NA to those alone."""
    keys = names.map(key_of, na_action="ignore")
    shared = keys.where(keys.duplicated(keep=False) & (keys != ""))
    codes, _ = pd.factorize(shared)
    return pd.Series(codes + 1, index=names.index, dtype="Int64").where(shared.notna())


def key_of(name: str) -> str:
    """Give what two spellings of a name have in common: no case, accents, punctuation or legal suffixes."""
    words = _words(name)
    while len(words) > 1 and (length := _suffix_length(words)):
        del words[-length:]
    return " ".join(words) or name.strip()


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", name.translate(_INSIDE)).casefold().translate(_PLAIN)
    # Only the accents of European letters: elsewhere such marks make another letter.
    bare = (letter for letter in unicodedata.normalize("NFKD", folded) if not "\u0300" <= letter <= "\u036f")
    return "".join(map(_text_of, bare)).split()


def _text_of(letter: str) -> str:
    """Give a letter, digit or symbol as it is, a space for punctuation, nothing for what is not seen."""
    kind = unicodedata.category(letter)
    return "" if kind == "Cf" else " " if kind[0] in "PZC" else letter


def _suffix_length(words: list[str]) -> int:
    """Count the last words that make a legal suffix, together with a point or not: "a s", "sp z oo"."""
    return next((length for length in (1, 2, 3) if _ends_legally(words, length)), 0)


def _ends_legally(words: list[str], length: int) -> bool:
    return len(words) > length and "".join(words[-length:]) in LEGAL_SUFFIXES
