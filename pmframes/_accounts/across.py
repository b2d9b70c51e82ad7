"""``pm.across``: one frame over many accounts."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from os import PathLike
from secrets import token_hex
from typing import Any, Literal

import pandas as pd

from pmframes import _contexts, _validation
from pmframes._accounts.declarations import find_account, read_accounts
from pmframes._accounts.results import concat_frames, find_misfits
from pmframes._accounts.runs import Run, start_run
from pmframes._accounts.tasks import ALONE, Frames, Result, Task
from pmframes._frames import provenance
from pmframes._http.prefetch import Cancellation, run_in_daemon_thread
from pmframes._loading.progress import ProgressBar
from pmframes._messages import warn_user, wrong_kind
from pmframes._signatures import checks_arguments
from pmframes._text import join, join_limited, pluralize, service_title
from pmframes.errors import AccountsFailed, InvalidArgument, PmframesError

MAX_WORKERS = 64
MAX_SHOWN = 10
_POLL_SECONDS = 0.1


@checks_arguments
def across(
    accounts: str | Iterable[str],
    load: Callable[[], Any],
    *,
    workers: int = 8,
    executor: Any = None,
    on_error: Literal["raise", "collect"] = "raise",
    to: str | PathLike[str] | None = None,
) -> Any:
    """Load the same for many declared accounts, as one frame.

    Parameters
    ----------
    accounts : str or list of str
        The names of the accounts; ``pm.accounts`` lists them.
    load : function
        It takes no argument, loads, and returns a DataFrame, or a dict of DataFrames by name. It is called once
        for each account, as by ``with pm.using(account)``.
    workers : int, default 8
        How many accounts are loaded at a time in this process, 1 to 64. Each has its own rate limit.
    executor : distributed.Client or concurrent.futures.Executor, optional
        Loads elsewhere, one task per account. The name of the account travels, the credential does not: each
        worker reads it as its own ``accounts.toml`` says, which must have the same urls.
    on_error : {"raise", "collect"}, default "raise"
        With "collect", what could be loaded is returned with a warning; ``attrs["pmframes"]`` then says which
        accounts ``failed``, and ``complete`` is False.
    to : path or str, optional
        A folder, or a URL that fsspec knows, to which each account is written as parquet, for results that are
        larger than memory; ``pm.scan`` reads it. It must be empty, or hold an earlier result.

    Returns
    -------
    DataFrame, dict of DataFrame, or str
        The rows of all accounts, in the order of ``accounts``: ``account`` (str), then the columns of the load
        with their dtypes. A dict where ``load`` returns one; the folder with ``to``.

    Raises
    ------
    AccountsFailed
        Some accounts could not be loaded; it has the ``frames`` of the others.
    InvalidArgument
        An account is not declared, or named twice, or two names are the same login.
    """
    names = _parse_names(accounts)
    if not callable(load):
        raise wrong_kind("load", load, "a function without arguments that returns a frame, such as pm.outlign.clients")
    _validation.parse_choice("on_error", on_error, ("raise", "collect"))
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MAX_WORKERS:
        raise wrong_kind("workers", workers, f"a whole number from 1 to {MAX_WORKERS}")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise wrong_kind("executor", executor, "a distributed.Client, or an executor of concurrent.futures")
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(3)}"
    declared = read_accounts()
    urls = {name: {key: login.url for key, login in find_account(name, declared).items()} for name in names}
    run = None if to is None else start_run(to, run_id)
    tasks = [Task(name, urls[name], _shared_services(name, urls), load, run, _contexts.is_offline()) for name in names]
    try:
        results, failed = _run(tasks, workers, executor)
        _refuse_same_logins(results)
    except BaseException:
        if run is not None:
            run.discard()
        raise
    return _finish(names, {name: result.frames for name, result in results.items()}, failed, on_error, run)


def _parse_names(accounts: Any) -> list[str]:
    names = [accounts] if isinstance(accounts, str) else _validation.as_list(accounts)
    if not names:
        raise InvalidArgument("accounts is empty.", "Pass the names of accounts; pm.accounts() lists them.")
    if repeated := [name for name in dict.fromkeys(map(str, names)) if list(map(str, names)).count(name) > 1]:
        raise InvalidArgument(f"accounts has {join(repeated)} more than once.", "Name each account once.")
    return names


def _shared_services(name: str, urls: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """Return the services that another account has at the same url."""
    others = {(service, url) for other, found in urls.items() if other != name for service, url in found.items()}
    return frozenset(service for service, url in urls[name].items() if (service, url) in others)


def _refuse_same_logins(results: Mapping[str, Result]) -> None:
    """Raise where two names are one login: its rows would count twice."""
    seen: dict[object, str] = {}
    for name, result in results.items():
        for login in result.logins:
            other = seen.setdefault(login, name)
            if other != name:
                raise InvalidArgument(
                    f"The accounts {other} and {name} are the same login at {service_title(login[0])}: its rows would "
                    "count twice. Nothing is returned.",
                    "Name one of them.",
                )


def _run(tasks: list[Task], workers: int, executor: Any) -> tuple[dict[str, Result], dict[str, Exception]]:
    """Run all tasks; return their results, and the errors of those that failed."""
    cancellation = Cancellation()
    futures: dict[str, Any] = {}
    try:
        if executor is None:
            futures = _run_in_threads(tasks, workers, cancellation)
        else:
            futures |= ((task.account, _submit(executor, task, cancellation)) for task in tasks)
        with ProgressBar("accounts", None, unit=" accounts") as bar:
            bar.update(0, len(tasks))
            _wait(futures, bar)
    except BaseException:
        cancellation.cancel()
        for future in futures.values():
            future.cancel()
        raise
    results: dict[str, Result] = {}
    failed: dict[str, Exception] = {}
    for name, future in futures.items():
        try:
            results[name] = future.result()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            failed[name] = error if isinstance(error, PmframesError) else _explain(name, error)
    return results, failed


def _run_in_threads(tasks: list[Task], workers: int, cancellation: Cancellation) -> dict[str, Any]:
    futures: dict[str, Future[Result]] = {task.account: Future() for task in tasks}
    waiting = iter(tasks)
    lock = threading.Lock()

    def next_task() -> Task | None:
        with lock:
            return None if cancellation.is_cancelled else next(waiting, None)

    def work() -> None:
        with cancellation.watched():
            while (task := next_task()) is not None:
                try:
                    futures[task.account].set_result(task())
                except BaseException as error:
                    futures[task.account].set_exception(error)

    for _ in range(min(workers, len(tasks))):
        run_in_daemon_thread(work)
    return futures


def _submit(executor: Any, task: Task, cancellation: Cancellation) -> Any:
    if isinstance(executor, ThreadPoolExecutor):
        return executor.submit(copy_context().run, _run_watched, task, cancellation)
    if type(executor).__module__.partition(".")[0] == "distributed":
        # Not pure: the same call loads again. A worker that dies is replaced by the scheduler.
        return executor.submit(task, key=f"pmframes-{task.account}-{token_hex(4)}", pure=False)
    return executor.submit(task)


def _run_watched(task: Task, cancellation: Cancellation) -> Result:
    with cancellation.watched():
        return task()


def _wait(futures: Mapping[str, Any], bar: ProgressBar) -> None:
    """Wait for all, and show how many accounts are done, with their rows, and which are waited for."""
    pending, rows = dict(futures), 0
    while pending:
        done = [name for name, future in pending.items() if future.done()]
        for name in done:
            rows += _count_rows(pending.pop(name))
            bar.update(1, len(futures))
        if done:
            bar.show(f"{rows:,} rows, waiting for {join_limited(list(pending), 3)}" if pending else "")
        else:
            time.sleep(_POLL_SECONDS)


def _count_rows(future: Any) -> int:
    # A result that is on another machine is not fetched for this.
    if not isinstance(future, Future) or future.cancelled() or future.exception() is not None:
        return 0
    return sum(frame.attrs.get("rows", len(frame)) for frame in future.result().frames.values())


def _explain(name: str, error: BaseException) -> Exception:
    """Build the error for what the load itself raised, or for a worker that died."""
    kind = type(error).__name__
    remedy = f'Call it within pm.using("{name}") to see why; with an executor, see the logs of its workers.'
    explained = PmframesError(f"load failed for {name} ({kind}).", remedy)
    explained.__cause__ = error
    return explained


def _finish(
    names: list[str], results: dict[str, Frames], failed: dict[str, Exception], on_error: str, run: Run | None
) -> Any:
    failed |= find_misfits(results)
    if run is not None:
        keys = {key for frames in results.values() for key in frames}
        elsewhere = run.missing(keys, [name for name in results if name not in failed])
        failed |= {name: PmframesError(*_ELSEWHERE) for name in elsewhere}
    loaded = {name: results[name] for name in names if name in results and name not in failed}
    failed = {name: failed[name] for name in names if name in failed}
    if failed and (on_error == "raise" or not loaded):
        if run is not None:
            run.discard()
        frames = {} if run else {name: found.get(ALONE, found) for name, found in loaded.items()}
        raise AccountsFailed(_describe(failed), _remedy(failed), frames, failed)
    if failed:
        warn_user(f"{_describe(failed)} The rows of these accounts are missing.")
    by_key = {key: {name: frames[key] for name, frames in loaded.items()} for key in next(iter(loaded.values()))}
    if run is not None:
        run.finish(by_key, failed)
        return run.address
    joined = {key: _join(list(frames.values()), list(failed)) for key, frames in by_key.items()}
    return joined[ALONE] if list(joined) == [ALONE] else joined


_ELSEWHERE = (
    "The rows were written, but not to this folder.",
    "Pass a folder that all workers share, or a URL that fsspec knows.",
)


def _join(frames: list[pd.DataFrame], failed: list[str]) -> pd.DataFrame:
    """Join the frames; each account that failed is a source without rows, which is not complete."""
    joined = concat_frames(frames)
    if failed:
        first = provenance.read_sources(joined)[0]
        missing = [
            {"service": first.service, "resource": first.resource, "account": name, "rows": 0, "complete": False}
            for name in failed
        ]
        entry = joined.attrs[provenance.ATTRS_KEY]
        entry |= {"sources": [*entry["sources"], *missing], "failed": sorted(failed), "complete": False}
    return joined


def _describe(failed: Mapping[str, Exception]) -> str:
    shown = join_limited([f"{name} ({_cause(error)})" for name, error in failed.items()], MAX_SHOWN)
    return f"{pluralize(len(failed), 'account')} could not be loaded: {shown}."


def _cause(error: Exception) -> str:
    cause = error.cause if isinstance(error, PmframesError) else str(error)
    return cause.rstrip(".")


def _remedy(failed: Mapping[str, Exception]) -> str:
    remedies: Iterator[str] = (error.remedy for error in failed.values() if isinstance(error, PmframesError))
    first = next(filter(None, remedies), "")
    again = "Then load these again: pm.across(list(error.failed), load); the others are in error.frames."
    return f"{first} {again}".lstrip()
