"""Where a frame came from: a small plain dict in ``frame.attrs["pmframes"]``."""

from typing import Any

import pandas as pd

KEY = "pmframes"


def sources(*frames: pd.DataFrame) -> dict[str, Any]:
    """Give the provenance of what was made from these frames: ``{"sources": [one dict per source]}``.

    A frame that is itself made from others contributes their sources; one that pmframes did not load
    contributes nothing.
    """
    found: list[dict[str, Any]] = []
    for frame in frames:
        stamp = frame.attrs.get(KEY, {})
        found += [one for one in stamp.get("sources", [stamp] if stamp else []) if one not in found]
    return {"sources": found}


def is_fictional(*frames: pd.DataFrame) -> bool:
    """Whether any source of these frames is the sandbox."""
    return any(one.get("fictional", False) for one in sources(*frames)["sources"])
