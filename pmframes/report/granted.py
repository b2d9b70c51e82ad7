"""One text for the many permissions of a row: what is granted or, where shorter, all but what is not."""

from __future__ import annotations

import numpy as np
import pandas as pd


def granted_texts(permissions: pd.DataFrame) -> list[str]:
    """Write for each row of yes-or-no columns which are granted; what was not sent is said at the end."""
    # With spaces, at which a line can break.
    names = np.array([str(name).replace("_", " ") for name in permissions.columns], dtype=object)
    sent = permissions.notna().to_numpy(dtype=bool)
    granted = permissions.fillna(False).to_numpy(dtype=bool)
    # Few rows differ from all others, and each combination is only written once.
    both, places = np.unique(np.hstack([granted, sent]), axis=0, return_inverse=True)
    texts = [_text(names, row[: len(names)], row[len(names) :]) for row in both]
    return [texts[place] for place in places.ravel()]


def _text(names: np.ndarray, granted: np.ndarray, sent: np.ndarray) -> str:
    refused, unsent = sent & ~granted, ~sent
    if unsent.all():
        return "not sent"
    unknown = f"; not sent: {', '.join(names[unsent])}" if unsent.any() else ""
    if not granted.any():
        return f"nothing{unknown}"
    if not refused.any() and unsent.sum() <= granted.sum():
        return f"all{unknown}"
    if 0 < refused.sum() < granted.sum():
        return f"all but {', '.join(names[refused])}{unknown}"
    return f"{', '.join(names[granted])}{unknown}"
