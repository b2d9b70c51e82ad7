"""Where a frame came from: a small plain dict in ``frame.attrs["pmframes"]``."""

from collections.abc import Mapping, Set
from typing import Any

import pandas as pd

KEY = "pmframes"


def sources(*frames: pd.DataFrame) -> dict[str, Any]:
    """Give the provenance of what was made from these frames: ``{"sources": [one dict per source]}``.

    A frame that is itself made from others contributes their sources; one that pmframes did not load
    contributes nothing, and neither does what others wrote there that is no provenance.
    """
    found: list[dict[str, Any]] = []
    for frame in frames:
        found += [one for one in _stamps(frame.attrs.get(KEY)) if one not in found]
    return {"sources": found}


def _stamps(written: Any) -> list[dict[str, Any]]:
    if not isinstance(written, dict):
        return []
    several = written.get("sources", [written] if written else [])
    return [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []


def in_words(params: Mapping[Any, Any]) -> str:
    """Put parameters into a sentence."""
    return ", ".join(f"{key}={value}" for key, value in params.items())


def is_fictional(*frames: pd.DataFrame) -> bool:
    """Whether any source of these frames is the sandbox."""
    return any(one.get("fictional", False) for one in sources(*frames)["sources"])


def resources(*frames: pd.DataFrame) -> set[str]:
    """Name the resources that frames are of, as far as they say."""
    return {str(one.get("resource", "rows")) for one in sources(*frames)["sources"]}


def projects(frame: pd.DataFrame) -> set[int]:
    """Give the projects that a frame was loaded for: none for a whole site, or where it does not say."""
    params = [one.get("params", {}) for one in sources(frame)["sources"]]
    return {number for one in params for number in one.get("projects", ())}


def is_legible(frame: pd.DataFrame) -> bool:
    """Whether the provenance is of the form that is written here: a later version may write another."""
    params = [one.get("params", {}) for one in sources(frame)["sources"]]
    return all(isinstance(one, dict) and _are_numbers(one.get("projects", [])) for one in params)


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, int) for one in values)


def labels(frame: pd.DataFrame) -> list[str]:
    """Name the service and resource of each source of a frame, with a space between, each once."""
    found = [f"{one.get('service')} {one.get('resource')}" for one in sources(frame)["sources"]]
    return list(dict.fromkeys(found))


def differences(
    source: Mapping[str, Any], other: Mapping[str, Any], ignored: Set[str] = frozenset()
) -> list[str]:
    """Name in what two loads differ, as far as it decides what is in them; these parameters are ignored.

    An account counts only where both say whose it is.
    """
    scopes = _scope(source), _scope(other)
    if not all("account" in scope for scope in scopes):
        ignored = ignored | {"account"}
    names = {name: None for scope in scopes for name in scope if name not in ignored}
    return [name for name in names if scopes[0].get(name) != scopes[1].get(name)]


def _scope(source: Mapping[str, Any]) -> dict[str, Any]:
    scope = {name: source[name] for name in ("service", "resource", "account") if name in source}
    params = dict(source.get("params", {}))
    if "projects" in params:
        params["projects"] = sorted(params["projects"])
    return scope | params
