"""Declared accounts: the file ``accounts.toml``, which says where credentials are and never holds one."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

from platformdirs import user_config_dir

from pmframes import _connections, _private_files
from pmframes._connections import Connection
from pmframes._credentials import Credential, read_keyring
from pmframes._http.auth import Secret
from pmframes._http.service import Service
from pmframes._messages import describe_os_error, wrong_kind
from pmframes._services import SERVICES
from pmframes._text import join, join_or, safe_repr, strip_control, suggest
from pmframes.errors import InvalidArgument, PmframesError

FILE_VARIABLE = "PMFRAMES_ACCOUNTS"
MAX_NAME_BYTES = 100
FILE_NAME_RULE = f"Use letters, digits, spaces, -, _ and dots within it, at most {MAX_NAME_BYTES} bytes."
_FILE_NAME = re.compile(r"\w(?:[\w .-]*\w)?")
_RESERVED_NAME = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
COMMAND_TIMEOUT_SECONDS = 60
_SOURCES = ("token_env", "keyring", "token_command")
_KEYS = (*_SOURCES, "url", "oauth", "requests_per_minute")
_CREDENTIAL_KEYS = ("token", "key", "api_key", "apikey", "password", "secret", "credential", "access_token")
_REMEDY_FOR_CREDENTIALS = (
    "Take it out of the file, and keep it elsewhere: in an environment variable (token_env), the system's keyring "
    "(keyring = true), or what a command prints (token_command)."
)


@dataclass(frozen=True)
class Declaration:
    """One login: an account at a service, and where its credential is."""

    account: str
    service: str
    url: str
    token_env: str | None = None
    keyring: bool = False
    token_command: tuple[str, ...] = ()
    oauth: bool = False
    requests_per_minute: int | None = None

    @property
    def name(self) -> str:
        """Account and service, as in the heading of the table."""
        return f"{self.account}.{self.service}"

    @property
    def source(self) -> str:
        """Where the credential is."""
        if self.token_env:
            return f"environment ({self.token_env})"
        return f"keyring (pmframes, {self.name})" if self.keyring else f"command ({self.token_command[0]})"

    @property
    def is_available(self) -> bool:
        """Whether there is a credential; a command is only looked for, not run."""
        if self.token_env:
            return bool(os.environ.get(self.token_env))
        return bool(read_keyring(self.name)) if self.keyring else shutil.which(self.token_command[0]) is not None

    def read_token(self) -> str:
        """Return the credential.

        Raises
        ------
        InvalidArgument, PmframesError
            It is not where the declaration says.
        """
        if self.token_env:
            if not (token := os.environ.get(self.token_env)):
                raise InvalidArgument(
                    f"{self.token_env}, the credential of {self.name}, is not set in the environment.",
                    f"Set {self.token_env}.",
                    variable=self.token_env,
                )
            return token
        return self._read_keyring() if self.keyring else self._run_command()

    def _read_keyring(self) -> str:
        if not (token := read_keyring(self.name)):
            raise InvalidArgument(
                f"The system's keyring has no credential for {self.name}, or cannot be read.",
                f"Set it: keyring set pmframes {self.name}",
            )
        return token

    def _run_command(self) -> str:
        """Return what the command prints; no error repeats it, nor what it says on stderr."""
        token, problem = _output_of(self.token_command)
        if not problem:
            return token
        token = ""  # it may be a credential all the same: no traceback has it
        raise PmframesError(
            f"The token_command of {self.name} failed: {problem}.", "Run it in a shell to see why, and correct it."
        )

    def create_connection(self) -> Connection:
        """Return a connection; the credential is read when a load needs it, and again when it is refused."""
        service = replace(SERVICES[self.service], credential_place=self.source)
        return _connections.create(
            service,
            url=Secret(self.url),
            credential=Credential(
                Secret(self.read_token), f"accounts.toml: {self.source}", f"The token for {self.name}"
            ),
            account=self.account,
            oauth=self.oauth,
            requests_per_minute=self.requests_per_minute,
        )


def _output_of(command: Sequence[str]) -> tuple[str, str]:
    """Return what a command prints, and what went wrong."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own file names it
            command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        problem = error.strerror if isinstance(error, OSError) else type(error).__name__
        return "", f"it cannot be run ({problem})"
    problem = (
        f"exit status {done.returncode}" if done.returncode else "" if done.stdout.strip() else "it printed nothing"
    )
    return done.stdout.strip(), problem


Accounts = Mapping[str, Mapping[str, Declaration]]


def accounts_file() -> Path:
    """Return the path of the file: ``PMFRAMES_ACCOUNTS``, else in the platform's configuration folder."""
    path = os.environ.get(FILE_VARIABLE)
    return Path(path).expanduser() if path else Path(user_config_dir("pmframes")) / "accounts.toml"


def read_accounts(file: Path | None = None) -> Accounts:
    """Read the declared accounts, by name and service; none where the default file does not exist.

    Raises
    ------
    InvalidArgument
        The file cannot be read, another user may have written it, or it is malformed.
    """
    path = file or accounts_file()
    if file is None and not os.environ.get(FILE_VARIABLE) and not path.exists():
        return {}
    failure: tuple[str, str] | None = None
    try:
        with path.open("rb") as content:
            status = os.fstat(content.fileno())
            _refuse_foreign(path, status)
            # Read again where it has changed: each of many accounts asks for it.
            return _parse(path, (status.st_ino, status.st_mtime_ns, status.st_size), content.read)
    except OSError as error:
        failure = "The accounts cannot be read.", describe_os_error(error)
    except InvalidArgument as error:
        failure = error.cause, error.remedy
    # Raised out here: the frames that have the content in their variables are over, and it may hold a credential.
    raise InvalidArgument(*failure, argument="account")


_parsed: dict[Path, tuple[object, Accounts]] = {}


def _parse(path: Path, version: object, read: Callable[[], bytes]) -> Accounts:
    known_version, accounts = _parsed.get(path, (None, {}))
    if known_version != version:
        shown = strip_control(str(path))
        tables = _parse_toml(shown, read())
        accounts = {name: _parse_account(shown, name, table) for name, table in tables.items()}
        folded = [normalize("NFC", name).casefold() for name in accounts]
        if repeated := [name for name in accounts if folded.count(normalize("NFC", name).casefold()) > 1]:
            raise InvalidArgument(
                f"{shown}: {join(repeated)} are one name where a file is named for an account.", "Rename one of them."
            )
        _parsed[path] = version, accounts
    return accounts


def _parse_toml(shown: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise InvalidArgument(f"{shown} is not UTF-8.", "Save it as UTF-8.") from None
    except RecursionError:
        raise InvalidArgument(f"{shown} is nested too deeply.", "Correct it there.") from None
    except tomllib.TOMLDecodeError as error:
        # What stands before "(at line 3, column 5)" may quote the file.
        position = str(error)[str(error).rfind("(") :]
        raise InvalidArgument(f"{shown} is not valid TOML {position}.", "Correct it there.") from None


def find_account(name: str, declared: Accounts) -> Mapping[str, Declaration]:
    """Return the declarations of an account, or raise InvalidArgument."""
    if not isinstance(name, str):
        raise wrong_kind("account", name, "the name of a declared account as text")
    if name not in declared:
        if not declared:
            raise InvalidArgument(
                f"The account {safe_repr(name)} is not declared: there is no account in {accounts_file()}.",
                'Declare it there: [acme.teamwork], and below it url = "acme" and token_env = "ACME_KEY".',
                argument="account",
            )
        remedy = f"{suggest(name, declared)} Use one of: {join(declared)}.".lstrip()
        cause = f"The account {safe_repr(name)} is not declared in {accounts_file()}."
        raise InvalidArgument(cause, remedy, argument="account")
    return declared[name]


def is_file_name(name: str) -> bool:
    """Return whether a file can be named so on every system."""
    is_short = len(name.encode("utf-8", "replace")) <= MAX_NAME_BYTES
    return is_short and bool(_FILE_NAME.fullmatch(name)) and not _RESERVED_NAME.fullmatch(name)


def _refuse_foreign(path: Path, status: os.stat_result) -> None:
    """Raise where another user may have written the file: it names a command to run."""
    shown, danger = strip_control(str(path)), "who could name a command in it"
    if not _private_files.is_of(status, 0):
        raise InvalidArgument(f"{shown} belongs to another user, {danger}.", "Make a file of your own.")
    if os.name != "nt" and stat.S_IMODE(status.st_mode) & 0o022:
        raise InvalidArgument(f"{shown} may be written by other users, {danger}.", f"Run: chmod go-w {shown}")


def _parse_account(path: str, name: str, tables: object) -> dict[str, Declaration]:
    place = f"{path}: [{name}]"
    if not is_file_name(name):
        raise InvalidArgument(f"{path}: {safe_repr(name)} cannot be the name of an account.", FILE_NAME_RULE)
    if tables == {}:
        raise InvalidArgument(f"{place} declares no service.", f"Declare one, such as [{name}.teamwork].")
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        example = f'[{name}.teamwork], below it url = "acme" and token_env = "ACME_KEY"'
        _refuse_credentials(place, tables if isinstance(tables, dict) else {name: tables})
        raise InvalidArgument(f"{place} has values outside of a table for a service.", f"Write {example}.")
    for service in tables:
        if service not in SERVICES:
            remedy = f"{suggest(service, SERVICES)} Use one of: {join(SERVICES)}.".lstrip()
            raise InvalidArgument(f"{path}: [{name}.{service}] is no service.", remedy)
    return {service: _parse_login(path, name, SERVICES[service], table) for service, table in tables.items()}


def _parse_login(path: str, account: str, service: Service, table: dict[str, Any]) -> Declaration:
    place = f"{path}: [{account}.{service.name}]"
    _refuse_credentials(place, table)
    for key in table:
        if key not in _KEYS:
            remedy = f"{suggest(key, _KEYS)} Use one of: {join(_KEYS)}.".lstrip()
            raise InvalidArgument(f"{place} has an unknown key {safe_repr(key)}.", remedy)
    sources = [key for key in _SOURCES if key in table and table[key] is not False]
    if len(sources) != 1:
        cause = f"names {len(sources)} places for the credential" if sources else "does not say where the credential is"
        raise InvalidArgument(f"{place} {cause}.", f"Write one of: {join_or(_SOURCES)}.")
    for key, (is_right, wanted) in _CHECKS.items():
        if key in table and not is_right(table[key]):
            raise InvalidArgument(f"{place}: {key} must be {wanted}.", f"Correct {key}.")
    declaration = Declaration(
        account=account,
        service=service.name,
        url=_parse_url(place, service, table.get("url")),
        token_env=table.get("token_env"),
        keyring=table.get("keyring", False),
        token_command=tuple(table.get("token_command", ())),
        oauth=table.get("oauth", False),
        requests_per_minute=table.get("requests_per_minute"),
    )
    if declaration.oauth and service.auth != "basic":
        raise InvalidArgument(f"{place}: {service.title} has no oauth.", "Leave it out.")
    return declaration


def _refuse_credentials(place: str, table: Mapping[str, Any]) -> None:
    for key in table:
        if key.lower().replace("-", "_") in _CREDENTIAL_KEYS:
            cause = f"{place} holds a credential ({key}), which anybody who reads the file has."
            raise InvalidArgument(cause, _REMEDY_FOR_CREDENTIALS)


def _parse_url(place: str, service: Service, url: Any) -> str:
    if url is None:
        if service.url is None:
            example = f'url = "{service.example_url}"'
            raise InvalidArgument(f"{place} needs the url of your site.", f"Write it, such as {example}.")
        return service.url
    base_url = service.normalize_url(url.strip(), f"{place}: url")
    if isinstance(base_url, InvalidArgument):
        raise base_url
    return base_url


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_command(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_variable(value: Any) -> bool:
    # In capitals, so that no key that was pasted here is repeated as the name of a variable.
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Z_][A-Z0-9_]*", value))


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "url": (_is_text, "an address as text"),
    "token_env": (_is_variable, "the name of an environment variable, in capitals"),
    "keyring": (lambda value: isinstance(value, bool), "true or false"),
    "token_command": (_is_command, 'a list of a program and its arguments, such as ["pass", "show", "acme"]'),
    "oauth": (lambda value: isinstance(value, bool), "true or false"),
    "requests_per_minute": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0, "a whole number above zero",
    ),
}  # fmt: skip
