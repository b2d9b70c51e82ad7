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
])  # fmt: skip
def test_what_is_no_address_or_has_a_password_is_refused_and_not_repeated(url, normalize):
    with pytest.raises(InvalidArgument) as raised:
        normalize(url, "SOME_URL")
    assert raised.value.args == (
        "SOME_URL is not a valid address. Write it as https://host, without user name, password or spaces.",
    )
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


@each_function
@pytest.mark.parametrize(("url", "host"), [
    ("http://acme.teamwork.com", "acme.teamwork.com"), ("HTTP://acme.teamwork.com/app", "acme.teamwork.com"),
    ("http://example.com:8765/x", "example.com"), ("http://192.168.1.10/api", "192.168.1.10"),
    ("http://0.0.0.0:8765", "0.0.0.0"), ("http://127.0.0.1.evil.com", "127.0.0.1.evil.com"),
    ("http://localhost.evil.com", "localhost.evil.com"), ("http://evil.com/127.0.0.1", "evil.com"),
    ("http://evil.com#@127.0.0.1", "evil.com"),
])  # fmt: skip
def test_plain_http_to_another_machine_is_refused(url, host, normalize):
    with pytest.raises(InvalidArgument) as raised:
        normalize(url, "url")
    assert raised.value.cause == f"url is plain HTTP to {host}: the credential would be sent unencrypted."
    assert raised.value.remedy == "Use https; plain HTTP is allowed for localhost only."


def test_loopback_hosts():
    assert all(map(is_loopback, ["127.0.0.1", "127.8.8.8", "::1", "localhost"]))
    others = ["0.0.0.0", "10.0.0.1", "::2", "localhost.evil.com", "127.0.0.1.evil.com", ""]
    assert not any(map(is_loopback, others))
