"""Python processes on the package under test, with an environment of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pmframes as pm

PATHS = [str(Path(pm.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]


def environment(folder: Path, cache: Path, **more: str) -> dict[str, str]:
    """Return an environment with nothing of this machine's user in it."""
    return {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(PATHS),
        "PMFRAMES_CACHE_DIR": str(cache),
        "PMFRAMES_DEMO_DATE": os.environ["PMFRAMES_DEMO_DATE"],
        **more,
    }


def start(code: str, *arguments: str, folder: Path, cache: Path, **more: str) -> subprocess.Popen[str]:
    """Start ``code`` in ``folder``; whoever starts it ends it, best by ``with``."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment(folder, cache, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], within: float) -> tuple[str, str]:
    """Wait for the end; return what was written. A hang is killed and fails."""
    try:
        out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {within} s:\n{out}\n{err}") from None
    return out, err


def run(code: str, *arguments: str, folder: Path, cache: Path, within: float = 60, **more: Any) -> str:
    """Run ``code`` to its good end and return what it printed."""
    process = start(code, *arguments, folder=folder, cache=cache, **more)
    out, err = ended(process, within)
    assert process.returncode == 0, err
    return out
