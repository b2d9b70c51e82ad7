"""Load one account: in a thread, in another process, or on another machine. The credential stays where it runs."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from pmframes import _contexts
from pmframes._accounts import open_account
from pmframes._accounts.declarations import FILE_NAME_RULE, is_file_name
from pmframes._accounts.runs import Run
from pmframes._connections import Connection
from pmframes._frames import provenance
from pmframes._loading.progress import bars_hidden
from pmframes._text import join_or, safe_repr
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument, PmframesError

ACCOUNT = "account"
Frames = dict[str, pd.DataFrame]
ALONE = ""
"""The key of a frame that is not one of a dict."""


class Result(NamedTuple):
    """The frames of an account, and what tells its logins apart: for each service whose url others have too."""

    frames: Frames
    logins: list[tuple[str, str, object]]


@dataclass(frozen=True)
class Task:
    """The load of one account.

    ``urls`` are those of its services where the task was made; other accounts have those of ``shared`` too.
    """

    account: str
    urls: Mapping[str, str]
    shared: frozenset[str]
    load: Callable[[], Any]
    run: Run | None
    is_offline: bool

    def __call__(self) -> Result:
        """Load, check and label the frames; with a run, write them and return them without rows.

        Raises
        ------
        InvalidArgument
            The load returns no frame of this account.
        """
        connections = open_account(self.account, self.urls)
        with _contexts.block(connections, account=self.account, is_offline=self.is_offline), bars_hidden():
            result = self.load()
            frames = result if isinstance(result, dict) else {ALONE: result}
            labelled = {key: self._label(key, frame) for key, frame in frames.items()}
            logins = self._identify(connections, frames)
        if not labelled:
            raise InvalidArgument(f"load returned an empty dict for {self.account}.", "Return at least one frame.")
        if self.run is not None:
            labelled = {key: self.run.write(key, self.account, frame) for key, frame in labelled.items()}
        return Result(labelled, logins)

    def _label(self, key: object, frame: Any) -> pd.DataFrame:
        """Return the frame with the account as its first column."""
        if not isinstance(frame, pd.DataFrame) or not isinstance(key, str):
            raise InvalidArgument(
                f"load returned {safe_repr(frame)} for {self.account}, not a DataFrame or a dict of them by name.",
                "Pass a function that returns what a loader returns.",
            )
        if key != ALONE and not is_file_name(key):
            raise InvalidArgument(f"load returned a dict with the name {safe_repr(key)}.", FILE_NAME_RULE)
        owners = {source.account for source in provenance.read_sources(frame)}
        if owners != {self.account}:
            others = sorted(map(str, owners - {self.account}))
            names = join_or(others) if others else "an unknown account (no provenance)"
            raise InvalidArgument(
                f"load returned rows of {names} for the account {self.account}.",
                "Load within the function, and connect to nothing in it.",
            )
        labelled = frame.reset_index(drop=frame.index.name is None and frame.index.nlevels == 1)
        if not labelled.columns.is_unique or ACCOUNT in labelled:
            raise InvalidArgument(
                f"load returned a frame that has a column twice, or a column {ACCOUNT}.", "Rename one of them."
            )
        labelled.insert(0, ACCOUNT, pd.Series([self.account] * len(frame), dtype=TEXT))
        labelled.attrs = {provenance.ATTRS_KEY: provenance.merge_provenance(frame)}
        return labelled

    def _identify(self, connections: Mapping[str, Connection], frames: Frames) -> list[tuple[str, str, object]]:
        """Ask whose the credentials are that were used, where another account has the same url."""
        used = {source.service for source in provenance.read_sources(*frames.values())} & self.shared
        keys: list[tuple[str, str, object]] = []
        for service in sorted(filter(None, used)):
            connection = connections[service]
            keys.append((service, connection.url, connection.credential_hash()))
            if not self.is_offline:
                with suppress(PmframesError):  # then the credentials alone are compared
                    keys.append((service, connection.url, connection.identity_key()))
        return [(service, url, key) for service, url, key in keys if key is not None]
