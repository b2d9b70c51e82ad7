"""Base URLs: how an address is normalised, and which ones are refused without being repeated."""

import pytest

from pmframes._http.service import is_loopback, normalize_url
from pmframes._services import SERVICES
from pmframes.errors import InvalidArgument

NORMALIZE = [normalize_url, SERVICES["teamwork"].normalize_url]
each_function = pytest.mark.parametrize("normalize", NORMALIZE, ids=["any service", "teamwork"])


@each_function
@pytest.mark.parametrize(("url", "normalized"), [
    ("https://acme.example.com", "https://acme.example.com"), ("acme.example.com", "https://acme.example.com"),
    ("https://intranet/api", "https://intranet/api"), ("localhost:8765", "https://localhost:8765"),
    ("http://127.0.0.1.", "http://127.0.0.1"),
    ("https://nic.xn--clchc0ea0b2g2a9gcd", "https://nic.xn--clchc0ea0b2g2a9gcd"),
    ("https://0a1b2c3d4e5f6a7b8c9d.example.com", "https://0a1b2c3d4e5f6a7b8c9d.example.com"),
    ("https://acme.example.com/?token=s3cret", "https://acme.example.com"),
    ("HTTPS://ACME.example.com./a?x=1#y", "https://acme.example.com/a"),
    ("https://münchen.example.com", "https://xn--mnchen-3ya.example.com"),
    ("MÜNCHEN.example.com/", "https://xn--mnchen-3ya.example.com"),
    ("https://acme.example.com/a/../b/./c", "https://acme.example.com/b/c"),
    ("https://acme.example.com/../../a//", "https://acme.example.com/a"),
    ("https://acme.example.com:8443/ä", "https://acme.example.com:8443/%C3%A4"),
    ("http://127.0.0.1:8765/x", "http://127.0.0.1:8765/x"), ("http://localhost", "http://localhost"),
    ("http://[::1]:8765/x/", "http://[::1]:8765/x"),
])  # fmt: skip
def test_an_address_is_normalised_to_what_is_requested(url, normalized, normalize):
    assert normalize(url, "url") == normalized


@each_function
@pytest.mark.parametrize("url", [
    *("", "https://", "///", "https://..", "https://*.example.com", "https://[x", "https://[::1"),
    *("acme teamwork", "https://a b.example.com", "https:// acme.example.com", "https://acme.example.com/a b"),
    *("https://acme.example.com:port", "https://acme.example.com:99999", "https://acme\n.example.com"),
    *("ftp://127.0.0.1/x", "file:///etc/passwd", "ftp://me:s3cret@acme.example.com"),
    *("https://me:s3cret@acme.example.com", "https://me:s3cret@acme.example.com:8443/path"),
    *("https://me:s3cret@acme.example.com:port", "https://me:s3cret@[::1", "https://:s3cret@acme.example.com"),
    *("https://s3cret@acme.example.com", "http://me:s3cret@acme.example.com", "http://me:s3cret@127.0.0.1:1"),
    *("me:s3cret@acme.example.com", "http://127.0.0.1@evil.example.com/"),
    # A scheme, a colon or slashes that are mistyped
    *("https:/acme.example.com", "https:acme.example.com", "https//acme.example.com", "https", "https."),
    *("https://https://acme.example.com", "https.//acme.example.com", "http:443/acme", "HTTPS:/acme.example.com"),
    *("htps://acme.example.com", "ttps//acme.example.com", "https;//acme.example.com", "://acme.example.com"),
    *("https:\\\\acme.example.com", "https:///acme.example.com", "http:/localhost", "wss://acme.example.com"),
    # Characters that another program may read as the end of the host
    *("https://acme.example.com\\@evil.example.com", "https://acme.example.com%2eevil.example.com"),
    *("https://acme.example.com\u3002evil.example.com", "https://acme.example.com\u2044.evil.example.com"),
    *("'https://acme.example.com'", '"acme.example.com"', "https://acme_", "https://-acme.example.com"),
])  # fmt: skip
def test_what_is_no_address_or_has_a_password_is_refused_and_not_repeated(url, normalize):
    error = normalize(url, "SOME_URL")
    assert isinstance(error, InvalidArgument)
    assert error.args == (
        "SOME_URL is not a valid address. Write it as https://host, without user name, password, quotes or spaces.",
    )
    assert (error.__cause__, error.__context__) == (None, None)


@each_function
@pytest.mark.parametrize("url", [
    "0a1b2c3d4e5f6a7b8c9d", "twp_0a1b2c3d4e5f6a7b8c9d", "https://0a1b2c3d4e5f6a7b8c9d/",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
])  # fmt: skip
def test_a_credential_in_place_of_an_address_is_refused_and_not_looked_up(url, normalize):
    error = normalize(url, "url")
    assert str(error) == "url looks like a credential, not like an address. Write it as https://host."


@pytest.mark.parametrize(("url", "normalized"), [
    *((url, "https://acme.teamwork.com") for url in ("acme", "ACME/", "https://acme", "acme.teamwork.com/app?x=1")),
    ("https://acme.eu.teamwork.com:443/#/projects", "https://acme.eu.teamwork.com"),
    ("https://0a1b2c3d4e5f6a7b8c9d.teamwork.com", "https://0a1b2c3d4e5f6a7b8c9d.teamwork.com"),
])  # fmt: skip
def test_a_site_of_teamwork_may_be_given_by_its_name(url, normalized):
    assert SERVICES["teamwork"].normalize_url(url, "url") == normalized


def test_a_name_without_a_dot_is_no_address_of_another_service():
    assert isinstance(normalize_url("acme", "url"), InvalidArgument)


@each_function
@pytest.mark.parametrize(("url", "host"), [
    ("http://acme.teamwork.com", "acme.teamwork.com"), ("HTTP://acme.teamwork.com/app", "acme.teamwork.com"),
    ("http://example.com:8765/x", "example.com"), ("http://192.168.1.10/api", "192.168.1.10"),
    ("http://0.0.0.0:8765", "0.0.0.0"), ("http://127.0.0.1.evil.com", "127.0.0.1.evil.com"),
    ("http://localhost.evil.com", "localhost.evil.com"), ("http://evil.com/127.0.0.1", "evil.com"),
    ("http://evil.com#@127.0.0.1", "evil.com"),
])  # fmt: skip
def test_plain_http_to_another_machine_is_refused(url, host, normalize):
    error = normalize(url, "url")
    assert error.cause == f"url is plain HTTP to {host}: the credential would be sent unencrypted."
    assert error.remedy == "Use https; plain HTTP is allowed for localhost only."


def test_loopback_hosts():
    assert all(map(is_loopback, ["127.0.0.1", "127.8.8.8", "::1", "localhost"]))
    others = ["0.0.0.0", "10.0.0.1", "::2", "localhost.evil.com", "127.0.0.1.evil.com", ""]
    assert not any(map(is_loopback, others))
