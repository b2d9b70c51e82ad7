"""Hand-made frames that stand for what the loaders give, with text as hostile as services send it."""

import numpy as np
import pandas as pd

from pmframes._types import TEXT

CANARY = '<img src=x onerror="window.ran = true">'
HOSTILE = [CANARY, "$x^$", "שלום עולם", "株式会社テスト", "=HYPERLINK(1)", 'O\'Neil & "Sons" \\']


def people(rows: int = 60) -> pd.DataFrame:
    """Give people of every type, with hostile names and, in some rows, nothing known of them."""
    turn = np.arange(rows)
    types = pd.Index(["account", "contact", *HOSTILE[:4]], dtype=TEXT)
    frame = pd.DataFrame(
        {
            "id": 9007199254740993 + turn,
            "name": pd.Series([f"{HOSTILE[i // 2 % 6]} {i}" if i % 2 else f"Ada {i}" for i in turn], dtype=TEXT),
            "email": pd.Series([None if i % 5 == 0 else f"p{i}@example.com" for i in turn], dtype=TEXT),
            "type": pd.Categorical.from_codes(turn % 7 - 1, types),
            "is_admin": pd.array([[True, False, None][i % 3] for i in turn], dtype="boolean"),
            "deleted": turn % 4 == 0,
            "teams": [["Nord", CANARY][: i % 3] for i in turn],
            "created_at": pd.to_datetime(["2026-01-05T09:12:33Z"] * rows, utc=True).as_unit("us"),
        }
    )
    frame.attrs["pmframes"] = {
        "service": "teamwork",
        "resource": "people",
        "fetched_at": "2026-01-05T09:12:33+00:00",
        "fictional": True,
    }
    return frame


def permissions(rows: int = 12) -> pd.DataFrame:
    """Give a frame of as many flags as Teamwork has permissions."""
    turn = np.arange(rows)
    flag = pd.array([[True, False, None][i % 3] for i in turn], dtype="boolean")
    named = {"is_admin": flag, "is_client_user": flag, "deleted": flag}
    return pd.DataFrame(
        {
            "name": pd.Series([f"person {i}" for i in turn], dtype=TEXT),
            **{f"permission_{i}": flag for i in range(46)},
            **named,
            "type": pd.Categorical(pd.Series(["account"] * rows, dtype=TEXT)),
        }
    )
