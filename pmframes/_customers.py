"""The customers and clients of all services in one frame, with suggestions which may be the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import pandas as pd

from pmframes import _registry, _validation, outlign, projectmanager, spirii
from pmframes._connect_hint import ConnectHint
from pmframes._frames import provenance
from pmframes._http.service import Service
from pmframes._signatures import checks_arguments
from pmframes._text import join
from pmframes._types import TEXT, Frame, Names
from pmframes.errors import NotConnected


class _CustomerList(NamedTuple):
    """A service with customers, and how its columns are renamed."""

    service: Service
    load: Callable[..., pd.DataFrame]
    renamed: dict[str, str]


# Not Teamwork.com: it does not say which of its companies are customers.
CUSTOMER_SERVICES = {
    "projectmanager": _CustomerList(projectmanager.SERVICE, projectmanager.customers, {}),
    "outlign": _CustomerList(outlign.SERVICE, outlign.clients, {"title": "name", "company_title": "company_name"}),
    "spirii": _CustomerList(spirii.SERVICE, spirii.customers, {"owner_id": "company_id", "owner_name": "company_name"}),
}
DTYPES = {
    "service": "str",
    "id": "str",
    "name": "str",
    "company_id": "str",
    "company_name": "str",
    "type": "str",
    "created_at": "datetime64[us, UTC]",
    "updated_at": "datetime64[us, UTC]",
}
# Without punctuation: A/S is "as", S.p.A. is "spa", Sp. z o.o. is "spzoo".
LEGAL_SUFFIXES = {
    "ab", "ag", "aktiebolag", "aktiengesellschaft", "aktieselskab", "aps", "as", "asa", "bv", "co", "corp",
    "corporation", "doo", "ehf", "ek", "ev", "gbr", "gesmbh", "gmbh", "hf", "inc", "incorporated", "is", "ivs",
    "kft", "kg", "kgaa", "kk", "ks", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "ohg", "oy", "oyj",
    "plc", "pte", "pty", "pvt", "sa", "sarl", "sas", "se", "sl", "snc", "spa", "spolsro", "spzoo", "srl", "sro",
    "ug", "vof",
}  # fmt: skip
# Letters that Unicode does not decompose into a letter and an accent, and punctuation within words.
_ASCII_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_INSIDE_WORDS = str.maketrans(dict.fromkeys("./'’‘`´®™"))


@checks_arguments
def customers(services: Names = None, *, refresh: bool = False, progress: bool | None = None) -> Frame:
    """Load the customers and clients of several services into one frame.

    Parameters
    ----------
    services : str or iterable of str, optional
        The services to load from: projectmanager, outlign, spirii; by default those that are connected.
        Teamwork.com has companies, but does not say which of them are customers.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.

    Returns
    -------
    DataFrame
        One row per customer or client: service, id, name, company_id, company_name (str), type (category),
        created_at, updated_at (datetime64[us, UTC]), match (Int64). ``company`` is Outlign's company and
        Spirii's owner. Rows with the same ``match`` have similar names: the same but for case, accents,
        punctuation and legal suffixes (Ltd, GmbH, Inc, A/S …). It is NA where no other row has such a name.
        ``attrs["pmframes"]["sources"]`` has the provenance of each load.

    Raises
    ------
    NotConnected
        None of the services is connected, or one of ``services`` is not.
    InvalidArgument, AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse,
    IncompleteLoad
        One of the services failed; see ``pmframes.errors``. Nothing is returned then.

    Notes
    -----
    The loads are those of ``pm.projectmanager.customers``, ``pm.outlign.clients`` and
    ``pm.spirii.customers``, and share their cache.
    """
    frames = []
    for name in _choose_services(services):
        customer_list = CUSTOMER_SERVICES[name]
        frame = customer_list.load(refresh=refresh, progress=progress).rename(columns=customer_list.renamed)
        frame["service"] = name
        frames.append(frame)
    dtypes: dict[str, Any] = {name: TEXT if dtype == "str" else dtype for name, dtype in DTYPES.items()}
    common = [frame.reindex(columns=list(dtypes)).astype(dtypes) for frame in frames]
    joined = pd.concat(common, ignore_index=True)
    unknown = sorted({*joined["type"].dropna()} - {*spirii.TYPES})
    joined["type"] = joined["type"].astype(pd.CategoricalDtype(pd.Index([*spirii.TYPES, *unknown], dtype=TEXT)))
    joined["match"] = match_names(joined["name"])
    # With the number of rows, by which it is noticed if the frame was filtered afterwards.
    joined.attrs = {provenance.ATTRS_KEY: {**provenance.merge_provenance(*frames), "rows": len(joined)}}
    return cast("Frame", joined)


def _choose_services(services: Names) -> list[str]:
    if services is not None:
        return _validation.parse_choices("services", services, CUSTOMER_SERVICES)
    available = _registry.registry.available(customer_list.service for customer_list in CUSTOMER_SERVICES.values())
    if not available:
        cause = f"None of the services with customers is connected: {join(CUSTOMER_SERVICES)}."
        variables = [customer_list.service.token_variable for customer_list in CUSTOMER_SERVICES.values()]
        needs = "The credential of one of them is enough."
        raise NotConnected(
            cause,
            "Call pm.connect for one of them; to try pmframes without an account, call pm.demo().",
            hint=ConnectHint(cause, needs, dict.fromkeys(CUSTOMER_SERVICES, ""), variables),
        )
    return [connection.service for connection in available]


def match_names(names: pd.Series[str]) -> pd.Series[int]:
    """Return the same number for similar names, and NA for a name without a similar one."""
    keys = names.map(normalize_name, na_action="ignore")
    shared = keys.where(keys.duplicated(keep=False) & (keys != ""))
    codes, _ = pd.factorize(shared)
    return pd.Series(codes + 1, index=names.index, dtype="Int64").where(shared.notna())


def normalize_name(name: str) -> str:
    """Return what similar names share: no case, accents, punctuation or legal suffixes."""
    words = _split_words(name)
    while length := _count_suffix_words(words):
        del words[-length:]
    return " ".join(words) or name.strip()


def _split_words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", name.translate(_INSIDE_WORDS)).casefold().translate(_ASCII_LETTERS)
    letters = unicodedata.normalize("NFC", _drop_accents(unicodedata.normalize("NFKD", folded)))
    return "".join(map(_clean_letter, letters)).split()


def _drop_accents(decomposed: str) -> str:
    """Drop the accents of Latin and Greek letters: elsewhere such a mark makes another letter, as й of и."""
    kept, is_accented = [], False
    for letter in decomposed:
        if not "\u0300" <= letter <= "\u036f":
            is_accented = not letter.isalpha() or unicodedata.name(letter, "").startswith(("LATIN ", "GREEK "))
        elif is_accented:
            continue
        kept.append(letter)
    return "".join(kept)


def _clean_letter(letter: str) -> str:
    """Return a letter, digit or symbol, a space for punctuation, nothing for an invisible character."""
    category = unicodedata.category(letter)
    return "" if category == "Cf" else " " if category[0] in "PZC" else letter


def _count_suffix_words(words: list[str]) -> int:
    """Count the last words, but never all, that make a legal suffix, which may be split: "a s", "sp z oo"."""
    lengths = range(1, min(len(words), 4))
    return next((length for length in lengths if "".join(words[-length:]) in LEGAL_SUFFIXES), 0)
