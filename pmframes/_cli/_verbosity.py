"""-q and -v: what a command says of its work, beside its data."""

import argparse
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout


def is_quiet(args: argparse.Namespace) -> bool:
    """Return whether only data, warnings and errors are wanted."""
    return getattr(args, "quiet", False)


def status_output(args: argparse.Namespace) -> AbstractContextManager[object]:
    """Drop with -q what is printed within a ``with`` block: it tells what was done, and is no data."""
    return redirect_stdout(io.StringIO()) if is_quiet(args) else nullcontext()


@contextmanager
def verbosity(args: argparse.Namespace) -> Iterator[None]:
    """Show no progress bar with -q or -v; print what the logger says with -v, its waits where no bar shows them."""
    is_verbose = getattr(args, "verbose", False)
    if not (is_verbose or is_quiet(args)) and sys.stderr is not None and sys.stderr.isatty():
        yield
        return
    from pmframes._loading.progress import bars_hidden

    log = logging.getLogger("pmframes" if is_verbose else "pmframes.waits")
    level, handler = log.level, logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("pmframes: %(message)s"))
    if not is_quiet(args):
        log.addHandler(handler)
        log.setLevel(logging.INFO)
    try:
        with bars_hidden():
            yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
