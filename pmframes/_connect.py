"""``pm.connect`` and ``pm.disconnect``."""

from collections.abc import Iterable
from typing import overload

from pmframes import _connections, _registry, _validation, errors
from pmframes._accounts import checked, connect_account
from pmframes._accounts.declarations import read_accounts
from pmframes._connections import Connection
from pmframes._credentials import Credential
from pmframes._http.auth import Secret, Token
from pmframes._services import SERVICES, find_service, find_services
from pmframes._signatures import checks_arguments


@overload
def connect(
    service: str,
    *,
    url: str | None = None,
    token: Token | None = None,
    account: str | None = None,
    oauth: bool = False,
    integration_name: str | None = None,
    requests_per_minute: int | None = None,
    check: bool = False,
) -> Connection: ...
@overload
def connect(*, account: str, check: bool = False) -> None: ...
@checks_arguments
def connect(
    service: str | None = None,
    *,
    url: str | None = None,
    token: Token | None = None,
    account: str | None = None,
    oauth: bool = False,
    integration_name: str | None = None,
    requests_per_minute: int | None = None,
    check: bool = False,
) -> Connection | None:
    """Connect to a service, or to all services of a declared account; nothing is sent yet, unless ``check=True``.

    Parameters
    ----------
    service : {"teamwork", "projectmanager", "outlign", "spirii"}, optional
        The service. Without it, ``account`` names a declared account, whose connections replace all others: what
        it lacks is ``NotConnected``.
    url : str, optional
        Its address; needed for Teamwork.com, in any form ("acme", "acme.eu.teamwork.com", a pasted link). By
        default ``PMFRAMES_<SERVICE>_URL``, else the service's own address.
    token : str or function that returns one, optional
        The credential; by default ``PMFRAMES_<SERVICE>_TOKEN``, else the one in the system's keyring
        (``keyring set pmframes teamwork``, with the extra ``keyring``). A function is called when a load
        needs the token, and again when the service rejects it. It may not load from the same service.
    account : str, optional
        The name of the account; each has a cache of its own. One that ``pm.accounts`` lists has the url that is
        declared there. By default accounts are distinguished by a hash
        of the credential; with a token function the cache is in memory only. Set it if your token changes
        between sessions: otherwise each token leaves a cache until ``pm.cache.clear()``.
    oauth : bool, default False
        For Teamwork.com: the token is an OAuth token, not an API key.
    integration_name : str, optional
        For ProjectManager.com: the value of the header ``x-integration-name``; by default
        ``pmframes/<version>``.
    requests_per_minute : int, optional
        The rate limit; all of them may be sent at once. By default the documented limit: 150 (Teamwork.com),
        60 (Outlign), 120 (Spirii), none (ProjectManager.com).
    check : bool, default False
        Send the service's cheapest request, and print the site and your identity there. If it fails, an
        earlier connection stays as it was.

    Returns
    -------
    Connection
        The connection; it prints its service, url, account and whether it was checked, never the credential.
        None for a declared account.

    Raises
    ------
    InvalidArgument
        The service is unknown, the address is malformed or plain HTTP to another machine, or the token is
        malformed.
    NotConnected
        There is no token, neither as an argument nor in the environment or the keyring.
    AuthenticationError, PermissionDenied, RateLimited, ServiceError, UnexpectedResponse, OfflineMiss
        The check failed.
    """
    # At once, so that no traceback shows them; an address may hold a credential.
    secret, token = None if token is None else Secret(token), None
    address, url = None if url is None else Secret(url), None
    _validation.parse_bool("check", check)
    if service is None:
        if account is None or any((secret, address, oauth, integration_name, requests_per_minute)):
            raise errors.InvalidArgument(
                "connect() needs a service, or the name of a declared account alone.",
                'Call pm.connect("teamwork", …), or pm.connect(account="…") with nothing else.',
            )
        connect_account(account, check=check)
        return None
    definition = find_service(service)
    if secret is None and (current := _registry.registry.account) is not None:
        raise errors.InvalidArgument(
            f"token is missing, and only the credentials of the account {current} count here.",
            "Pass it, or call pm.disconnect() first.",
        )
    label = f"The token for {definition.title}"
    connection = _connections.create(
        definition,
        url=address,
        credential=None if secret is None else Credential(secret, "connect()", label),
        account=account,
        oauth=oauth,
        integration_name=integration_name,
        requests_per_minute=requests_per_minute,
    )
    if account is not None:
        _require_declared_url(connection)
    connection = checked(connection) if check else connection
    _registry.registry.set(connection)
    return connection


def _require_declared_url(connection: Connection) -> None:
    """Raise where an account of this name is declared with another url: one name would stand for two logins."""
    declaration = read_accounts().get(connection.account, {}).get(connection.service)
    if declaration is not None and declaration.url != connection.url:
        raise errors.InvalidArgument(
            f"The account {connection.account} is declared with another url: {declaration.url}.",
            f'Call pm.connect(account="{connection.account}"), or use another name for this account.',
        )


@checks_arguments
def disconnect(services: str | Iterable[str] | None = None) -> None:
    """Forget the credentials for one service, several, or all, and remove what was cached with them.

    The cache of earlier connections to the same account is removed as well. A credential in the environment
    or the keyring is not used again, until the environment changes or ``connect`` is called.

    Parameters
    ----------
    services : str or list of str, optional
        The services; by default all four.

    Raises
    ------
    InvalidArgument
        A service is unknown.
    PmframesError
        A file of the cache could not be removed. The connections are closed; call it again to remove the
        rest.
    """
    related = {service.name: _registry.registry.related(service) for service in find_services(services)}
    for caches in related.values():
        for cache in caches:
            if (client := cache.client()) is not None:
                client.close()
    for name, caches in related.items():
        for cache in caches:
            cache.store.discard()
        _registry.registry.remove(SERVICES[name])
