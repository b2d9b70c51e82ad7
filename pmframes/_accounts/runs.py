"""Results larger than memory: a parquet file per account in a folder, and a manifest that is written last."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from pmframes._accounts.declarations import is_file_name
from pmframes._accounts.results import concat_frames
from pmframes._frames import provenance
from pmframes._messages import describe_os_error, warn_user, wrong_kind
from pmframes._private_files import NotOurs, make_own_folder
from pmframes._signatures import checks_arguments
from pmframes._text import join, safe_repr, strip_control
from pmframes._types import TEXT
from pmframes._version import __version__
from pmframes._writers.atomic import atomic_write, require_writable
from pmframes.errors import InvalidArgument, PmframesError

if TYPE_CHECKING:
    import dask.dataframe as dd

MANIFEST = "manifest.json"
FORMAT = 1
# The account, and the run
_FILE = re.compile(r"[^/\\]+\.\d{8}-\d{6}-[0-9a-f]{6}\.parquet")


class Folder:
    """A folder on a disk, or below a URL that fsspec knows."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._is_url = "://" in address

    def below(self, name: str) -> "Folder":
        """Return a folder in it; itself without a name."""
        return Folder(f"{self.address.rstrip('/')}/{name}" if name else self.address)

    @property
    def parent(self) -> tuple["Folder", str]:
        """The folder that it is in, and its name there."""
        outer, _, name = self.address.rstrip("/").rpartition("/")
        return Folder(outer), name

    def names(self) -> set[str]:
        """Return the names of what is in it; nothing where it does not exist."""
        if not self._is_url:
            folder = Path(self.address)
            return {item.name for item in folder.iterdir()} if folder.is_dir() else set()
        system, path = self._system()
        items = system.ls(path, False) if system.exists(path) else []
        return {item.rstrip("/").rpartition("/")[2] for item in items}

    def files(self) -> set[str]:
        """Return the names of the files in it that a run wrote."""
        return {name for name in self.names() if _FILE.fullmatch(name)}

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        if not self._is_url:
            return (Path(self.address) / name).read_bytes()
        system, path = self._system()
        return bytes(system.cat_file(f"{path}/{name}"))

    def write(self, name: str, content: bytes) -> None:
        """Write a file, replacing one of this name; on a disk, for its owner alone."""
        if not self._is_url:
            make_own_folder(Path(self.address))
            atomic_write(Path(self.address) / name, content, overwrite=True)
            return
        system, path = self._system()
        system.makedirs(path, exist_ok=True)
        system.pipe_file(f"{path}/{name}", content)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            if self._is_url:
                system, path = self._system()
                system.rm_file(f"{path}/{name}")
            else:
                (Path(self.address) / name).unlink(missing_ok=True)

    def remove_folder(self) -> None:
        """Remove the folder, which is empty; below a URL there are no empty folders."""
        if not self._is_url:
            Path(self.address).rmdir()

    def require_writable(self) -> None:
        """Raise InvalidArgument where nothing can be written to it."""
        if self._is_url:
            self._system()
            return
        try:
            make_own_folder(Path(self.address))
            require_writable(Path(self.address) / MANIFEST, True)
        except OSError as error:
            reason = f"It {error}." if isinstance(error, NotOurs) else describe_os_error(error)
            cause = f"{strip_control(self.address)} cannot be used; nothing was loaded. {reason}"
            raise InvalidArgument(cause, "Pass another folder.") from None

    def _system(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise PmframesError(
                f"{safe_repr(self.address)} is a URL, which needs fsspec.", 'Install the extra: "pmframes[remote]".'
            ) from None
        system, path = url_to_fs(self.address)
        return system, path.rstrip("/")


@dataclass(frozen=True)
class Run:
    """One result in a folder: a file per account, named for the account and the run, which may be written twice."""

    id: str
    address: str

    def write(self, key: str, account: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Write the frame of an account; return it without rows, with its number of rows in ``attrs``.

        Raises
        ------
        PmframesError
            The system refuses.
        """
        try:
            Folder(self.address).below(key).write(self.file(account), frame.to_parquet())
        except OSError as error:
            raise PmframesError(f"The rows of {account} cannot be written.", describe_os_error(error)) from None
        empty = frame.iloc[:0].copy()
        empty.attrs = frame.attrs | {"rows": len(frame)}
        return empty

    def file(self, account: str) -> str:
        """Return the name of the file of an account."""
        return f"{account}.{self.id}.parquet"

    def missing(self, keys: Iterable[str], accounts: Iterable[str]) -> list[str]:
        """Return the accounts whose files are not here: workers on other machines may have folders of their own."""
        names = [Folder(self.address).below(key).names() for key in keys]
        return [account for account in accounts if not all(self.file(account) in found for found in names)]

    def finish(self, results: Mapping[str, Mapping[str, pd.DataFrame]], failed: Iterable[str]) -> None:
        """Write the manifest, which makes these frames by key and account the result, and remove other files."""
        parts = {
            key: {
                "files": {self.file(account): frame.attrs["rows"] for account, frame in frames.items()},
                "columns": _describe_columns(concat_frames(list(frames.values()))),
                "sources": provenance.merge_provenance(*frames.values())["sources"],
            }
            for key, frames in results.items()
        }
        manifest = {
            "format": FORMAT,
            "run": self.id,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "failed": sorted(failed),
            "parts": parts,
        }
        root = Folder(self.address)
        root.write(MANIFEST, json.dumps(manifest, indent=1).encode())
        for key in ("", *_parts(root)):
            place = root.below(key)
            place.remove(place.files() - set(parts[key]["files"] if key in parts else ()))
            if key and not place.names():
                place.remove_folder()

    def discard(self) -> None:
        """Remove the files of this run, which did not end well."""
        root = Folder(self.address)
        for place in map(root.below, ("", *_parts(root))):
            place.remove(name for name in place.files() if name.endswith(f".{self.id}.parquet"))


def start_run(to: str | PathLike[str], run_id: str) -> Run:
    """Return a run that writes to a folder, or raise InvalidArgument where the folder holds anything else."""
    root = Folder(parse_address("to", to))
    others = root.names() - root.files() - {MANIFEST} - set(_parts(root))
    if others:
        raise InvalidArgument(
            f"{strip_control(root.address)} holds {safe_repr(min(others))}, which pmframes did not write there; "
            "nothing was loaded.",
            "Pass an empty folder, or one that pm.across wrote.",
        )
    if MANIFEST in root.names():
        _read_manifest(root)
    root.require_writable()
    return Run(run_id, root.address)


def _parts(root: Folder) -> list[str]:
    """Return the folders in a folder that hold files of runs, and nothing else."""
    inner = sorted(root.names() - root.files() - {MANIFEST})
    return [name for name in inner if root.below(name).names() == root.below(name).files() != set()]


def parse_address(argument: str, value: Any) -> str:
    address = fspath(value) if isinstance(value, str | PathLike) else None
    if not isinstance(address, str) or not address.strip() or "\0" in address:
        raise wrong_kind(argument, value, "a folder, or a URL that fsspec knows")
    scheme, separator, path = address.partition("://")
    if not separator or scheme in ("file", "local"):
        return str(Path(path if separator else address).expanduser().absolute())
    if "@" in urlsplit(address).netloc:
        raise InvalidArgument(
            f"{argument} is a URL with a user name, which may hold a credential.",
            "Leave it out: fsspec reads credentials from the environment or its configuration.",
        )
    return address


@checks_arguments
def scan(folder: str | PathLike[str]) -> "dd.DataFrame":
    """Read what ``pm.across(…, to=folder)`` wrote, as a lazy Dask DataFrame with one partition per account.

    Parameters
    ----------
    folder : path or str
        The folder, or the URL; where the load returned a dict, the folder in it that is named for a key.

    Returns
    -------
    dask.dataframe.DataFrame
        The columns of the load with their dtypes, after ``account``. Only files that the manifest names are read.
        A warning names the accounts that could not be loaded.

    Raises
    ------
    InvalidArgument
        There is no finished result.
    PmframesError
        The extra ``dask`` is not installed.
    """
    try:
        import dask
        import dask.dataframe as dd
    except ImportError:
        raise PmframesError("pm.scan needs Dask.", 'Install the extra: "pmframes[dask]".') from None
    place = Folder(parse_address("folder", folder))
    part, failed = _find_part(place)
    if failed:
        shown = strip_control(place.address)
        warn_user(f"{shown} lacks the rows of accounts that could not be loaded: {join(failed)}.")
    meta = _without_rows(part["columns"])
    with dask.config.set({"dataframe.convert-string": False}):
        frame: dd.DataFrame
        files = sorted(part["files"])
        frame = dd.from_map(_read_file, files, address=place.address, like=meta, meta=meta)  # type: ignore[no-untyped-call]
        return frame


def _find_part(place: Folder) -> tuple[dict[str, Any], list[str]]:
    """Return what the manifest says of a folder, and the accounts that failed."""
    outer, name = place.parent
    for root, key in ((place, ""), (outer, name)):
        if MANIFEST in root.names():
            manifest = _read_manifest(root)
            if key in manifest["parts"]:
                return manifest["parts"][key], manifest["failed"]
            if root is place:
                remedy = f"Pass one of the folders in it: {join(manifest['parts'])}."
                raise InvalidArgument(f"{strip_control(place.address)} holds several results.", remedy)
    raise InvalidArgument(f"{strip_control(place.address)} holds no finished result.", "Pass one that pm.across wrote.")


def _describe_columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Describe the dtypes of a frame, with the categories, which parquet does not keep for an empty column."""
    return {
        str(column): [str(values.dtype), values.cat.categories.tolist() if str(values.dtype) == "category" else None]
        for column, values in frame.items()
    }


def _without_rows(columns: Mapping[str, Any]) -> pd.DataFrame:
    dtypes = {
        column: dtype if categories is None else pd.CategoricalDtype(pd.Index(categories, dtype=TEXT))
        for column, (dtype, categories) in columns.items()
    }
    return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in dtypes.items()})


def _read_file(file: str, address: str, like: pd.DataFrame) -> pd.DataFrame:
    """Read the rows of an account; a flag that only others have is NA."""
    frame = pd.read_parquet(BytesIO(Folder(address).read(file))).reindex(columns=like.columns).astype(like.dtypes)
    for column in [name for name, dtype in frame.dtypes.items() if pd.api.types.is_object_dtype(dtype)]:
        # Parquet gives lists back as arrays.
        frame[column] = [value.tolist() if isinstance(value, np.ndarray) else value for value in frame[column]]
    return frame


def _read_manifest(folder: Folder) -> dict[str, Any]:
    """Read a manifest of ours; it names files, so that nothing in it is taken on trust."""
    try:
        manifest: dict[str, Any] = json.loads(folder.read(MANIFEST))
        if manifest["format"] == FORMAT and isinstance(manifest["failed"], list) and manifest["parts"]:
            for key, part in manifest["parts"].items():
                files, columns = part["files"], part["columns"]
                if not (files and columns and (key == "" or is_file_name(key)) and all(map(_FILE.fullmatch, files))):
                    raise ValueError
            return manifest
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise InvalidArgument(
        f"{strip_control(folder.address)}/{MANIFEST} is damaged, of another version of pmframes, or not of pmframes.",
        "Pass another folder.",
    )
