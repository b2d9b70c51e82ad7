"""Results larger than memory: a parquet file per account in a folder, and a manifest that is written last."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pmframes._frames import provenance
from pmframes._messages import wrong_kind
from pmframes._private_files import make_own_folder
from pmframes._signatures import checks_arguments
from pmframes._text import join, safe_repr
from pmframes._version import __version__
from pmframes._writers.atomic import atomic_write
from pmframes.errors import InvalidArgument, PmframesError

if TYPE_CHECKING:
    import dask.dataframe as dd

MANIFEST = "manifest.json"
FORMAT = 1


class Folder:
    """A folder on a disk, or below a URL that fsspec knows."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._is_url = "://" in address

    def below(self, name: str) -> "Folder":
        """Return a folder in it."""
        return Folder(f"{self.address.rstrip('/')}/{name}" if name else self.address)

    def names(self) -> set[str]:
        """Return the names of what is in it; nothing where it does not exist."""
        if not self._is_url:
            folder = Path(self.address)
            return {item.name for item in folder.iterdir()} if folder.is_dir() else set()
        system, path = self._system()
        items = system.ls(path, False) if system.exists(path) else []
        return {item.rstrip("/").rpartition("/")[2] for item in items}

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

    def _system(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise PmframesError(
                f"{safe_repr(self.address)} is a URL, which needs fsspec.", 'Install the extra: "pmframes[dask]".'
            ) from None
        system, path = url_to_fs(self.address)
        return system, path.rstrip("/")


@dataclass(frozen=True)
class Run:
    """One result in a folder: a file per account, named for the account and the run, which may be written twice."""

    id: str
    address: str

    def write(self, key: str, account: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Write the frame of an account; return it without rows, with its number of rows in ``attrs``."""
        Folder(self.address).below(key).write(self.file(account), frame.to_parquet())
        empty = frame.iloc[:0].copy()
        empty.attrs = frame.attrs | {"rows": len(frame)}
        return empty

    def file(self, account: str) -> str:
        """Return the name of the file of an account."""
        return f"{account}.{self.id}.parquet"

    def finish(self, key: str, frames: Mapping[str, pd.DataFrame], failed: Iterable[str]) -> None:
        """Write the manifest, which makes these files the result, and remove those of the run before."""
        folder = Folder(self.address).below(key)
        old = _read_manifest(folder) if MANIFEST in folder.names() else {"files": {}}
        files = {self.file(account): frame.attrs["rows"] for account, frame in frames.items()}
        manifest = {
            "format": FORMAT,
            "run": self.id,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "files": files,
            "failed": sorted(failed),
            "sources": provenance.merge_provenance(*frames.values())["sources"],
        }
        folder.write(MANIFEST, json.dumps(manifest, indent=1).encode())
        folder.remove(old["files"].keys() - files.keys())

    def discard(self, keys: Iterable[str], accounts: Iterable[str]) -> None:
        """Remove the files of a run that did not end well."""
        for key in keys:
            folder = Folder(self.address).below(key)
            folder.remove({*map(self.file, accounts)} & folder.names())


def start_run(to: str | PathLike[str], run_id: str) -> Run:
    """Return a run that writes to a folder, or raise InvalidArgument where the folder holds anything else."""
    address = fspath(to) if isinstance(to, str | PathLike) else None
    if not isinstance(address, str) or not address.strip():
        raise wrong_kind("to", to, "a folder, or a URL that fsspec knows")
    address = address if "://" in address else str(Path(address).expanduser().absolute())
    folder = Folder(address)
    for sub in (folder, *map(folder.below, folder.names() - {MANIFEST})):
        if MANIFEST in sub.names():
            _read_manifest(sub)
            return Run(run_id, address)
    if folder.names():
        raise InvalidArgument(
            f"{address} is not empty, and holds no finished result of pmframes; nothing was loaded.",
            "Pass an empty folder, or one that pm.across wrote.",
        )
    return Run(run_id, address)


@checks_arguments
def scan(folder: str | PathLike[str]) -> "dd.DataFrame":
    """Read what ``pm.across(…, to=folder)`` wrote, as a lazy Dask DataFrame with one partition per account.

    Parameters
    ----------
    folder : path or str
        The folder, or the URL; where the load returned a dict, the one of them that is named for its key.

    Returns
    -------
    dask.dataframe.DataFrame
        The columns of the load with their dtypes, after ``account``. Only files that the manifest names are read.

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
    place = Folder(fspath(folder))
    if MANIFEST not in place.names():
        below = sorted(name for name in place.names() if MANIFEST in place.below(name).names())
        remedy = f"Pass one of the folders in it: {join(below)}." if below else "Pass one that pm.across wrote."
        raise InvalidArgument(f"{place.address} holds no finished result.", remedy)
    files = sorted(_read_manifest(place)["files"])
    meta = _read_file(files[0], place.address).iloc[:0]
    with dask.config.set({"dataframe.convert-string": False}):
        frame: dd.DataFrame
        frame = dd.from_map(_read_file, files, address=place.address, meta=meta)  # type: ignore[no-untyped-call]
        return frame


def _read_file(file: str, address: str) -> pd.DataFrame:
    return pd.read_parquet(BytesIO(Folder(address).read(file)))


def _read_manifest(folder: Folder) -> dict[str, Any]:
    try:
        manifest = json.loads(folder.read(MANIFEST))
        if manifest["format"] == FORMAT:
            return dict(manifest)
    except (ValueError, KeyError, TypeError):
        pass
    raise InvalidArgument(
        f"{folder.address}/{MANIFEST} is damaged, or of another version of pmframes.", "Pass another folder."
    )
