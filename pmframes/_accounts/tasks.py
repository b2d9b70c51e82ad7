"""Load one account: in a thread, in another process, or on another machine. The credential stays where it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pmframes import _contexts
from pmframes._accounts import open_account
from pmframes._accounts.runs import Run
from pmframes._frames import provenance
from pmframes._loading.progress import bars_hidden
from pmframes._text import join_or, safe_repr
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument

ACCOUNT = "account"
Frames = dict[str, pd.DataFrame]
ALONE = ""
"""The key of a frame that is not one of a dict."""


@dataclass(frozen=True)
class Task:
    """The load of one account; ``urls`` are those of its services where the task was made."""

    account: str
    urls: Mapping[str, str]
    load: Callable[[], Any]
    run: Run | None

    def __call__(self) -> Frames:
        """Load, check and label the frames; with a run, write them and return them without rows.

        Raises
        ------
        InvalidArgument
            The load returns no frame of this account.
        """
        with _contexts.block(open_account(self.account, self.urls), account=self.account), bars_hidden():
            result = self.load()
        frames = result if isinstance(result, dict) else {ALONE: result}
        labelled = {key: self._label(key, frame) for key, frame in frames.items()}
        if self.run is None:
            return labelled
        return {key: self.run.write(key, self.account, frame) for key, frame in labelled.items()}

    def _label(self, key: object, frame: Any) -> pd.DataFrame:
        """Return the frame with the account as its first column."""
        if not isinstance(frame, pd.DataFrame) or not isinstance(key, str):
            raise InvalidArgument(
                f"load returned {safe_repr(frame)} for {self.account}, not a DataFrame or a dict of them by name.",
                "Pass a function that returns what a loader returns.",
            )
        owners = {source.account for source in provenance.read_sources(frame)}
        if owners != {self.account}:
            others = sorted(map(str, owners - {self.account}))
            names = join_or(others) if others else "an unknown account (no provenance)"
            raise InvalidArgument(
                f"load returned rows of {names} for the account {self.account}.",
                "Load within the function, and connect to nothing in it.",
            )
        if ACCOUNT in frame:
            raise InvalidArgument(f"load returned a frame that has a column {ACCOUNT} already.", "Rename it.")
        labelled = frame.reset_index(drop=frame.index.name is None and frame.index.nlevels == 1)
        labelled.insert(0, ACCOUNT, pd.Series([self.account] * len(frame), dtype=TEXT))
        labelled.attrs = {provenance.ATTRS_KEY: provenance.merge_provenance(frame)}
        return labelled
