"""Connections: the arguments that are refused, what is said without a connection, and disconnecting."""

import keyring
import pytest

import pmframes as pm
from pmframes import _registry
from pmframes._services import SERVICES
from pmframes.errors import InvalidArgument, NotConnected

each = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
TITLES = {"teamwork": "Teamwork.com", "projectmanager": "ProjectManager.com", "outlign": "Outlign", "spirii": "Spirii"}
URL = "https://acme.example.com"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setattr(keyring, "get_password", lambda service, name: None)


@each
def test_without_a_connection_the_variables_and_the_demo_are_named(service):
    with pytest.raises(NotConnected) as raised:
        _registry.get(service)
    assert raised.value.cause == f"There is no connection to {TITLES[service.name]}: no credential is known."
    prefix = f"PMFRAMES_{service.name.upper()}"
    variables = f"{prefix}_URL and {prefix}_TOKEN" if service.name == "teamwork" else f"{prefix}_TOKEN"
    assert raised.value.remedy == (
        f'It needs {service.credential}. Call pm.connect("{service.name}", …) with it, or set {variables} in the '
        "environment; to try pmframes without an account, call pm.demo()."
    )
    with pytest.raises(NotConnected, match="no credential is known"):
        pm.connect(service.name, url=URL)


@pytest.mark.parametrize(("part", "value"), [("URL", URL), ("TOKEN", "abc")])
def test_half_of_what_teamwork_needs_is_named(part, value, monkeypatch):
    monkeypatch.setenv(f"PMFRAMES_TEAMWORK_{part}", value)
    with pytest.raises(NotConnected, match=f"PMFRAMES_TEAMWORK_{part} alone is not enough"):
        _registry.get(SERVICES["teamwork"])


@each
def test_an_environment_that_was_disconnected_is_not_used_until_it_changes(service, monkeypatch):
    def set_environment(token):
        monkeypatch.setenv(service.url_variable, URL)
        monkeypatch.setenv(service.token_variable, token)

    set_environment("one")
    assert _registry.get(service) is _registry.get(service)
    pm.disconnect(service.name)
    with pytest.raises(NotConnected, match=r"it was disconnected\."):
        _registry.get(service)
    for token in ("other", "one"):
        set_environment(token)
        assert _registry.get(service).client is not None
        assert len(pm.connections()) == 1


@each
def test_the_source_of_a_credential_is_shown(service, monkeypatch):
    monkeypatch.setenv(service.token_variable, "abc")
    sources = []
    for token in (None, "another", lambda: "abc"):
        pm.connect(service.name, url=URL, token=token)
        sources += pm.connections()["source"].tolist()
    assert sources == [f"environment ({service.token_variable})", "connect()", "connect()"]


@pytest.mark.parametrize(("options", "message"), [
    *[({"oauth": value}, f"oauth is {value!r}. Pass True or False.") for value in ("no", "", 0, 1, None)],
    ({"oauth": []}, "oauth is of type list. Pass True or False."),
    *[
        ({"account": value}, f"account is {value!r}. Pass a name as text, such as 'agency-a'.")
        for value in ("", "  ", 5)
    ],
    *[
        (
            {"requests_per_minute": value},
            f"requests_per_minute is {value!r}. Pass a whole number from 1 to 1,000,000.",
        )
        for value in (0, -1, 1.5, "fast", True)
    ],
    ({"requests_per_minute": 1_000_001}, "requests_per_minute is 1000001. Pass a whole number from 1 to 1,000,000."),
    ({"url": 5}, "url is 5. Pass the address of Teamwork.com as text."),
    ({"url": "https://[x"}, "url is not a valid address. "),
    ({"token": "two words"}, "The token for Teamwork.com contains a space. Use an API key "),
    ({"token": 5}, "The token for Teamwork.com must be a string. Use an API key "),
    ({"integration_name": "x"}, "Teamwork.com has no use for integration_name. Leave it out."),
], ids=repr)  # fmt: skip
def test_a_wrong_argument_is_refused_and_connects_nothing(options, message):
    with pytest.raises(InvalidArgument) as raised:
        pm.connect("teamwork", **({"url": URL, "token": "abc"} | options))
    assert str(raised.value).startswith(message)
    assert pm.connections().empty
    pm.connect("spirii", token="abc", requests_per_minute=1_000_000)  # the highest


def test_only_teamwork_has_api_keys_beside_oauth():
    for service in ("projectmanager", "outlign", "spirii"):
        with pytest.raises(InvalidArgument, match=r"has no use for oauth\. Leave it out\."):
            pm.connect(service, token="abc", oauth=True)


def test_the_name_of_an_integration_is_a_short_ascii_text():
    for name in ("", " ", 5, "tökén", "two\nlines"):
        with pytest.raises(InvalidArgument, match=r"integration_name is .* Pass a short name in ASCII letters\."):
            pm.connect("projectmanager", token="abc", integration_name=name)


def test_teamwork_needs_an_address():
    with pytest.raises(InvalidArgument) as raised:
        pm.connect("teamwork", token="abc")
    assert str(raised.value) == (
        "Teamwork.com needs the address of your site. "
        'Pass it, such as url="https://acme.teamwork.com", or set PMFRAMES_TEAMWORK_URL.'
    )


@each
@pytest.mark.parametrize(("variables", "message"), [
    ({"TOKEN": "abc", "URL": "http://acme.example.com"}, "{}_URL is plain HTTP to acme.example.com: "),
    ({"TOKEN": "abc", "URL": "https://me:s3cret@acme.example.com"}, "{}_URL is not a valid address. "),
    ({"TOKEN": "two words", "URL": URL}, "{}_TOKEN contains a space. "),
    ({"TOKEN": "tökén", "URL": URL}, "{}_TOKEN contains a character that is not ASCII. "),
], ids=repr)  # fmt: skip
def test_a_wrong_variable_is_named_and_its_value_is_not_repeated(variables, message, service, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(f"PMFRAMES_{service.name.upper()}_{name}", value)
    for connect in (lambda: _registry.get(service), lambda: pm.connect(service.name)):
        with pytest.raises(InvalidArgument) as raised:
            connect()
        assert str(raised.value).startswith(message.format(f"PMFRAMES_{service.name.upper()}"))
        assert variables["TOKEN"] not in str(raised.value)
        assert "s3cret" not in repr(vars(raised.value))
    assert pm.connections().empty


def test_a_wrong_variable_of_one_service_leaves_the_others(monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "two words")
    pm.connect("outlign", token="abc")
    assert pm.connections()["service"].tolist() == ["outlign"]
    assert pm.cache.info().empty
    pm.cache.clear("outlign")
    with pytest.raises(InvalidArgument, match="PMFRAMES_SPIRII_TOKEN contains a space"):
        pm.spirii.customers()
    pm.disconnect("spirii")
    with pytest.raises(NotConnected):
        pm.spirii.customers()


ACTIONS = [pm.disconnect, pm.cache.clear, pm.check, pm.connect]


@pytest.mark.parametrize("act", ACTIONS, ids=lambda act: act.__name__)
@pytest.mark.parametrize(("name", "message"), [
    ("teamworks", "Unknown service 'teamworks'. Did you mean 'teamwork'? Use one of: "),
    ("Spirii", "Unknown service 'Spirii'. Did you mean 'spirii'? Use one of: "),
    ("asana", "Unknown service 'asana'. Use one of: teamwork, projectmanager, outlign, spirii."),
    ("", "Unknown service ''. Use one of: "), (5, "Unknown service 5. Use one of: "),
])  # fmt: skip
def test_an_unknown_service_is_answered_with_the_nearest(name, message, act):
    with pytest.raises(InvalidArgument) as raised:
        act(name)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("act", ACTIONS[:3], ids=lambda act: act.__name__)
@pytest.mark.parametrize("names", [[], ["outlign", "asana"], ["outlign", []]], ids=repr)
def test_of_several_services_each_must_be_known(names, act):
    pm.connect("outlign", token="abc")
    with pytest.raises(InvalidArgument):
        act(names)
    assert pm.connections()["service"].tolist() == ["outlign"]
