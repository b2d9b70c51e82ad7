"""``accounts.toml``: what it may say, and what is refused, with the place and the remedy."""

import json
import os
import sys
from pathlib import Path
from traceback import TracebackException

import pytest

import pmframes as pm
from pmframes._accounts.declarations import accounts_file, read_accounts
from pmframes.errors import InvalidArgument, PmframesError

CANARY = "cnry-9d1b3c77aa"
WHOLE = """
[acme.teamwork]
url = "acme"
token_env = "ACME_KEY"

[acme.outlign]
token_command = ["pass", "show", "acme"]

["Beta Ltd".spirii]
keyring = true
requests_per_minute = 30
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(WHOLE)
    path.chmod(0o600)
    monkeypatch.setenv("PMFRAMES_ACCOUNTS", str(path))
    monkeypatch.delenv("ACME_KEY", raising=False)
    return path


def test_the_accounts_are_a_frame(file, monkeypatch):
    monkeypatch.setenv("ACME_KEY", CANARY)
    found = pm.accounts()
    assert found.dtypes.astype(str).tolist() == ["str"] * 4 + ["boolean"]
    assert found.drop(columns="source").to_dict("split")["data"] == [
        ["acme", "teamwork", "https://acme.teamwork.com", True],
        ["acme", "outlign", "https://go.outlign.co", False],  # there is no program called pass here
        ["Beta Ltd", "spirii", "https://api.spirii.com", False],
    ]
    assert found["source"].tolist() == [
        "environment (ACME_KEY)", "command (pass)", "keyring (pmframes, Beta Ltd.spirii)"
    ]  # fmt: skip
    assert CANARY not in found.to_csv()
    assert pm.accounts(file).equals(found)


def test_without_a_file_there_is_no_account(monkeypatch, tmp_path):
    monkeypatch.delenv("PMFRAMES_ACCOUNTS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert accounts_file() == tmp_path / "pmframes" / "accounts.toml"
    assert pm.accounts().empty
    with pytest.raises(InvalidArgument, match=r"'acme' is not declared: there is no account in .*accounts\.toml"):
        pm.connect(account="acme")
    for missing in (tmp_path / "no.toml", str(tmp_path / "no.toml")):
        with pytest.raises(InvalidArgument, match=r"No such file or directory: .*no\.toml"):
            pm.accounts(missing)


@pytest.mark.parametrize(("text", "message"), [
    ('[acme.teamwork]\nurl = "a"\ntoken = "{0}"', r"\[acme\.teamwork\] holds a credential \(token\).*token_env"),
    ('[acme]\npassword = "{0}"', r"\[acme\] holds a credential \(password\)"),
    ('token = "{0}"', r"\[token\] holds a credential"),
    ('[acme.asana]\ntoken_env = "A"', r"\[acme\.asana\] is no service\. Use one of: teamwork"),
    ('[acme.teamwrk]\ntoken_env = "A"', "Did you mean 'teamwork'"),
    ('[acme.outlign]\ntoken_nev = "A"', r"has an unknown key 'token_nev'\. Did you mean 'token_env'"),
    ("[acme.outlign]", "does not say where the credential is. Write one of: token_env, keyring or token_command"),
    ('[acme.outlign]\ntoken_env = "A"\nkeyring = true', "names 2 places for the credential"),
    ('[acme.outlign]\ntoken_env = "A"\nkeyring = 1', "names 2 places"),
    ("[acme.outlign]\nkeyring = 1", "keyring must be true or false"),
    ('[acme.outlign]\ntoken_env = "A-B {0}"', "token_env must be the name of an environment variable"),
    ("[acme.outlign]\ntoken_command = []", "token_command must be a list of a program and its arguments"),
    ('[acme.outlign]\ntoken_command = "pass {0}"', "token_command must be a list"),
    ('[acme.outlign]\ntoken_env = "A"\nrequests_per_minute = 0', "requests_per_minute must be a whole number above"),
    ('[acme.outlign]\ntoken_env = "A"\noauth = true', "Outlign has no oauth"),
    ('[acme.teamwork]\ntoken_env = "A"', r"\[acme\.teamwork\] needs the url of your site"),
    ('[acme.teamwork]\nurl = "http://user:{0}@x"\ntoken_env = "A"', "url is not a valid address"),
    ('[acme.teamwork]\nurl = 5\ntoken_env = "A"', "url must be an address as text"),
    ('["a/b".outlign]\ntoken_env = "A"', "'a/b' cannot be the name of an account"),
    ('["..".outlign]\ntoken_env = "A"', "cannot be the name"), ('["".outlign]\ntoken_env = "A"', "cannot be the name"),
    ('[acme]\nurl = "a"', "has values outside of a table for a service"),
    ('[acme.outlign]\ntoken_env = "{0}', r"toml is not valid TOML \(at (line 2, column \d+|end of document)\)"),
    ('[a.outlign]\ntoken_env = "A"\n[a.outlign]', r"is not valid TOML \(at line 3"),
])  # fmt: skip
def test_a_malformed_file_is_refused_with_the_place_and_repeats_no_value(text, message, file):
    file.write_text(text.replace("{0}", CANARY))
    with pytest.raises(InvalidArgument, match=message) as raised:
        pm.accounts()
    assert CANARY not in str(raised.value)


def test_a_file_that_others_may_write_is_refused(file):
    for mode in (0o620, 0o602, 0o666):
        file.chmod(mode)
        with pytest.raises(InvalidArgument, match=r"may be written by other users.*Run: chmod go-w "):
            pm.accounts()
    file.chmod(0o644)
    assert len(pm.accounts()) == 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(file):
    os.chown(file, 1234, 1234)
    with pytest.raises(InvalidArgument, match="belongs to another user"):
        pm.accounts()


def test_a_command_is_run_on_need_and_its_output_is_in_no_error(file):
    def declare(*command: str) -> None:
        file.write_text(f"[acme.outlign]\ntoken_command = {json.dumps(command)}")

    declare(sys.executable, "-c", f"print(); print(' {CANARY} ')")
    assert read_accounts()["acme"]["outlign"].read_token() == CANARY
    for command, problem in [
        ([sys.executable, "-c", f"import sys; print({len(CANARY)}); sys.exit(3)"], "exit status 3"),
        ([sys.executable, "-c", "pass"], "it printed nothing"), (["no-such-program"], "it cannot be run (No such file"),
    ]:  # fmt: skip
        declare(*command)
        with pytest.raises(PmframesError) as raised:
            read_accounts()["acme"]["outlign"].read_token()
        assert f"The token_command of acme.outlign failed: {problem}" in str(raised.value)


@pytest.mark.parametrize("name", [
    "con", "COM1", "nul.txt", "a:b", "a*", "a?", "<a>", "a|b", "a\u202eb", "a.", ".a", "é" * 60, "a\tb",
])  # fmt: skip
def test_a_name_that_no_file_can_have_everywhere_is_refused(name, file):
    file.write_text(f"[{json.dumps(name)}.outlign]\ntoken_env = 'A'")
    with pytest.raises(InvalidArgument, match="cannot be the name of an account"):
        pm.accounts()


@pytest.mark.parametrize("names", [("Acme", "acme"), ("é", "e\u0301")])
def test_two_names_of_one_file_are_refused(names, file):
    file.write_text("\n".join(f"[{json.dumps(name)}.outlign]\ntoken_env = 'A'" for name in names))
    with pytest.raises(InvalidArgument, match=r"are one name where a file|cannot be the name"):
        pm.accounts()


def test_a_credential_is_in_no_traceback_with_local_variables(file):
    """Neither of a file that holds one, nor of a command that prints it and fails."""

    def shown(act) -> str:
        try:
            act()
        except PmframesError as error:
            return "".join(TracebackException.from_exception(error, capture_locals=True).format())
        raise AssertionError("no error")

    file.write_text(f'[acme.outlign]\ntoken = "{CANARY}"')
    assert CANARY not in shown(pm.accounts)
    assert CANARY not in shown(lambda: pm.using("acme").__enter__())
    code = f"print('{CANARY[:4]}' + '{CANARY[4:]}'); raise SystemExit(1)"
    file.write_text(f"[acme.outlign]\ntoken_command = {json.dumps([sys.executable, '-c', code])}")

    def load() -> None:
        with pm.using("acme"):
            pm.outlign.clients()

    assert CANARY not in shown(load)
    file.write_text('[acme.outlign]\ntoken_env = "twp_aBcD1234cnryKEY"')
    assert "cnryKEY" not in shown(pm.accounts)


@pytest.mark.parametrize("text", ["[acme]", '[a.outlign]\ntoken_command = ["a\\u0000b"]', "a = " + "[" * 5_000])
def test_other_files_are_clear_errors_too(text, file):
    file.write_text(text)
    with pytest.raises(PmframesError):
        read_accounts()["a"]["outlign"].read_token()
