"""The wording of what goes wrong with what is kept: without the network, and in the cache."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pmframes.errors.kinds import OfflineMiss, PmframesError
from pmframes.errors.words import age_of, harmless, said

__all__ = [
    "cache_foreign",
    "cache_stays",
    "cache_trouble",
    "cache_unreadable",
    "no_home",
    "offline_age",
    "offline_miss",
    "offline_never_stored",
    "offline_refresh",
]


# Without the network


def offline_miss(what: str) -> OfflineMiss:
    """Build the error for what would have to be asked of a service, within ``pm.offline()``."""
    where = said("within pm.offline()", "with --offline")
    remedy = said(
        "Load it once outside of the offline block, with the same arguments",
        "Run this once without --offline, with the same --project",
    )
    return OfflineMiss(
        f"What was asked for ({what}) is not stored, and {where} no service is asked. "
        f"{remedy} and the same account."
    )


def offline_never_stored(what: str, never: str) -> OfflineMiss:
    """Build the error for what is never stored, within ``pm.offline()``."""
    return OfflineMiss(
        f"{what} with {never} would have to be asked of the service: these are never stored, and "
        "within pm.offline() no service is asked. Load without them, or outside of the offline block."
    )


def offline_refresh(what: str) -> OfflineMiss:
    """Build the error for a load that is to ask the service, within ``pm.offline()``."""
    return OfflineMiss(
        f"refresh=True asks the service again for {what}, which pm.offline() forbids. "
        "Leave refresh out to get what is stored, or load outside of the offline block."
    )


def offline_age(what: str, fetched_at: datetime) -> str:
    """Word how old what is served without the network is."""
    age = age_of(datetime.now(UTC) - fetched_at)
    return f"Offline: {what} as loaded {fetched_at:%Y-%m-%d %H:%M} UTC, {age} ago."


# The cache


def no_home() -> PmframesError:
    """Build the error for a user without a folder of their own, such as in a container."""
    return PmframesError(
        "This user has no home folder, so the cache has no place. Set PMFRAMES_CACHE_DIR to a folder."
    )


def cache_trouble(done: str, kind: str) -> str:
    """Word the warning for a cache that cannot be used."""
    so = "the service is asked instead" if done == "read" else "what just came is not kept"
    clear = said("pm.cache.clear()", "pmframes cache clear")
    return (
        f"The cache could not be {done} ({kind}), so {so}. "
        f"{clear} makes a new one; PMFRAMES_CACHE_DIR moves it."
    )


def cache_unreadable(files: int) -> PmframesError:
    """Build the error for a list of what is cached from which files are missing."""
    return PmframesError(
        f"Not all that is cached is listed: {files} of its files could not be read. "
        "Correct their rights, or remove what is cached: pmframes cache clear."
    )


def cache_foreign(paths: Sequence[object]) -> str:
    """Word the warning for files that lie in the folder of the cache and are not of this pmframes."""
    more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return (
        f"Not of this pmframes, so neither listed nor removed: {harmless(str(paths[0]))}{more}. "
        "Remove by hand what nobody needs, or set PMFRAMES_CACHE_DIR to a folder that is for the cache alone."
    )


def cache_stays(path: object, error: OSError) -> PmframesError:
    """Build the error for a file of the cache that cannot be removed."""
    return PmframesError(
        f"{path} could not be removed ({error.strerror or type(error).__name__}), so what was cached is "
        "still there. Correct the rights of the file and of its folder, then try again."
    )
