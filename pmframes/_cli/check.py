"""``pmframes check``: test the credentials."""

import argparse

from pmframes._accounts import using
from pmframes._accounts.declarations import read_accounts
from pmframes._cli._accounts import accounts_with, add_accounts, chosen_account
from pmframes._cli._arguments import ERROR, OK, USAGE_ERROR, add_json, add_services, describe_exit_status
from pmframes._cli._remedies import shell_message
from pmframes._cli._table import print_paragraph, print_table
from pmframes._services import SERVICES, ServiceCheck, build_check_frame, check_services
from pmframes._text import format_age
from pmframes._writers.json import json_bytes

_EXIT_STATUS = {
    OK: "every service with a credential works; with SERVICE, each of those named",
    ERROR: "one of them does not, or there is no credential",
    USAGE_ERROR: "usage error",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the services, and --json."""
    parser.epilog = describe_exit_status(_EXIT_STATUS)
    add_services(parser, "check only these services")
    add_json(parser)
    add_accounts(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print whether each credential works, and return the exit status."""
    checks = _check(args)
    with_credential = [check for check in checks if check.source]
    required = checks if args.services else with_credential or checks
    failed = [check for check in required if not check.ok]
    if args.json:
        print(json_bytes(build_check_frame(checks)).decode(), end="", flush=True)
        return ERROR if failed else OK
    headings = ["Account"] * args.all_accounts + ["Service", "Credential", "Works", "Cache age", "Identity, URL"]
    print_table(headings, [[check.account or ""] * args.all_accounts + _cells(check) for check in checks])
    for check in failed:
        print()
        account = f"{check.account}, " if args.all_accounts else ""
        print_paragraph(f"{account}{check.service}: {shell_message(check.problem) if check.problem else ''}")
    return ERROR if failed else OK


def _check(args: argparse.Namespace) -> list[ServiceCheck]:
    if not args.all_accounts:
        with chosen_account(args):
            return check_services(args.services or None)
    checks, wanted = [], args.services or [*SERVICES]
    for account in accounts_with(wanted):
        with using(account):
            checks += check_services([name for name in read_accounts()[account] if name in wanted])
    return checks


def _cells(check: ServiceCheck) -> list[str]:
    if check.source is None:
        return [check.service, "none", "", "", ""]
    works = {True: "yes", False: "no", None: ""}[check.ok]
    age = "not cached" if check.cache_age is None else format_age(check.cache_age)
    where = ", ".join(text for text in (check.identity, check.url) if text)
    return [check.service, check.source.partition(" (")[0], works, age, where]
