"""Declared accounts on the command line: --account and --all-accounts, for every command that loads."""

import argparse
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pmframes._accounts import using
from pmframes._accounts.across import across
from pmframes._accounts.declarations import accounts_file, read_accounts
from pmframes._contexts import offline
from pmframes._messages import warn_user
from pmframes._text import join, join_or
from pmframes.errors import InvalidArgument


def add_accounts(parser: argparse._ActionsContainer) -> None:
    """Add the options, of which one at most is used."""
    group = parser.add_mutually_exclusive_group()
    account = group.add_argument("--account", metavar="NAME", help="load as this account of accounts.toml")
    account.completer = lambda **_: [*read_accounts()]  # type: ignore[attr-defined]  # argcomplete reads it
    group.add_argument("--all-accounts", action="store_true", help="load as each account of accounts.toml")


def chosen_account(args: argparse.Namespace) -> AbstractContextManager[None]:
    """Speak as the account of --account, where there is one."""
    return nullcontext() if args.account is None else using(args.account)


def accounts_with(services: Iterable[str]) -> list[str]:
    """Return the declared accounts that have one of these services; a warning names the others.

    Raises
    ------
    InvalidArgument
        None has.
    """
    wanted = set(services)
    names = [name for name, logins in read_accounts().items() if wanted & logins.keys()]
    if not names:
        raise InvalidArgument(
            f"No account in {accounts_file()} has {join_or(sorted(wanted))}.",
            "Declare one there, or leave out --all-accounts.",
        )
    if others := [name for name in read_accounts() if name not in names]:
        warn_user(f"Left out, since they have no {join_or(sorted(wanted))}: {join(others)}.")
    return names


def network(args: argparse.Namespace) -> AbstractContextManager[None]:
    """Send no request with --offline."""
    return offline() if args.offline else nullcontext()


def load_as(args: argparse.Namespace, load: Callable[[], Any], services: Iterable[str]) -> Any:
    """Call a loader as the account of --account; with --all-accounts, as each that has one of the services."""
    if args.all_accounts and args.account is not None:  # one before the loader, the other after it
        raise InvalidArgument("--account and --all-accounts do not go together.", "Leave one out.")
    if args.all_accounts:
        return across(accounts_with(services), load)
    with chosen_account(args):
        return load()
