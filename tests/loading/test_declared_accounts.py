"""Speaking as a declared account: in a block, from then on, and only with its own credentials."""

import threading

import pandas as pd
import pytest

import pmframes as pm
from pmframes._http.prefetch import run_in_daemon_thread
from pmframes.errors import AuthenticationError, InvalidArgument, NotConnected
from tests.support.agencies import agencies


@pytest.fixture
def declared(tmp_path, monkeypatch):
    with agencies(tmp_path, monkeypatch) as declared:
        yield declared


def people() -> tuple[int, str]:
    """Load everyone; return how many there are, and of which account."""
    frame = pm.teamwork.people(everyone=True)
    return len(frame), frame.attrs["pmframes"]["account"]


def test_in_a_block_this_account_is_spoken_for_and_no_other(declared):
    pm.connect(
        "teamwork", url=declared.boxes["agency2"].url("teamwork"), token=declared.boxes["agency2"].token("teamwork")
    )
    for _ in range(2):  # also from the cache, which each has for itself
        with pm.using("agency0"):
            assert people() == (20, "agency0")
            with pm.using("agency1"):
                assert people() == (21, "agency1")
            assert people() == (20, "agency0")
    assert people()[0] == 22
    assert pm.teamwork.people().attrs["pmframes"]["account"] not in declared.names


def test_what_an_account_lacks_is_not_connected_whatever_else_there_is(declared, monkeypatch):
    declared.write(declared.text(["outlign"]))
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "another")
    pm.connect("teamwork", url="acme", token="another")
    message = r"The account agency0 has no Teamwork\.com.*Declare \[agency0\.teamwork\] in accounts\.toml"
    with pm.using("agency0"):
        assert pm.connections()["service"].tolist() == ["outlign"]
        for load in (pm.teamwork.people, pm.spirii.customers):
            with pytest.raises(NotConnected, match="The account agency0 has no"):
                load()
    pm.connect(account="agency0")
    with pytest.raises(NotConnected, match=message):
        pm.teamwork.people()
    assert set(pm.customers()["service"]) == {"outlign"}
    pm.disconnect()
    with pytest.raises(NotConnected, match=r"it was disconnected|no credential is known"):
        pm.teamwork.people()


def test_connect_replaces_all_connections_and_one_service_can_be_added(declared):
    pm.connect("spirii", token="another")
    pm.connect(account="agency1")
    assert people() == (21, "agency1")
    assert set(pm.connections()["account"]) == {"agency1"}
    assert run_in_daemon_thread(people).result(timeout=60) == (21, "agency1")
    pm.connect("outlign", token="mine", account="mine")
    assert pm.connections().set_index("service")["account"].to_dict()["outlign"] == "mine"
    pm.connect(account="agency2")
    assert set(pm.connections()["account"]) == {"agency2"}


def test_in_another_thread_a_connection_is_its_own(declared):
    pm.connect(account="agency0")

    def connect_and_load() -> tuple[int, str]:
        pm.connect(account="agency1")
        return people()

    assert run_in_daemon_thread(connect_and_load).result(timeout=60) == (21, "agency1")
    assert people() == (20, "agency0")


def test_a_thread_that_was_not_told_belongs_to_no_block(declared):
    """The block may be meant for it, or not: nothing is guessed."""
    entered, loaded = threading.Event(), threading.Event()

    def hold() -> None:
        with pm.using("agency1"):
            entered.set()
            loaded.wait(60)

    pm.connect(account="agency0")
    holding = run_in_daemon_thread(hold)
    assert entered.wait(60)
    assert people() == (20, "agency0")  # the top level
    thread: list[BaseException] = []

    def load() -> None:
        try:
            people()
        except BaseException as error:
            thread.append(error)

    other = threading.Thread(target=load)
    other.start()
    other.join(60)
    loaded.set()
    holding.result(timeout=60)
    assert isinstance(thread[0], NotConnected)
    assert "pm.across" in str(thread[0])


def test_a_label_that_is_declared_with_another_url_is_refused(declared):
    with pytest.raises(InvalidArgument, match=r"agency0 is declared with another url: http://127"):
        pm.connect("outlign", token="another", account="agency0")
    pm.connect("outlign", url=declared.boxes["agency0"].url("outlign"), token="another", account="agency0")


@pytest.mark.parametrize(("arguments", "message"), [
    ({}, "needs a service, or the name of a declared account"), ({"token": "x"}, "needs a service, or the name"),
    ({"account": "agency0", "token": "x"}, "with nothing else"),
    ({"account": "agency0", "oauth": True}, "with nothing else"),
    ({"account": "agncy0"}, "'agncy0' is not declared in .* Did you mean 'agency0'"), ({"account": 5}, "account is 5"),
])  # fmt: skip
def test_wrong_calls_connect_nothing(arguments, message, declared):
    with pytest.raises(InvalidArgument, match=message):
        pm.connect(**arguments)
    assert pm.connections().empty


def test_check_prints_whose_the_credentials_are(declared, capsys):
    assert pm.connect(account="agency0", check=True) is None
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" at ")[0] for line in lines] == [
        f"Connected to {title}" for title in ("Teamwork.com", "ProjectManager.com", "Outlign", "Spirii")
    ]


def test_a_variable_that_is_not_set_is_named_when_its_service_is_asked(declared, monkeypatch):
    monkeypatch.delenv("AGENCY0_OUTLIGN_TOKEN")
    with pm.using("agency0"):
        assert people()[0] == 20
        with pytest.raises(InvalidArgument, match=r"AGENCY0_OUTLIGN_TOKEN, the credential of agency0\.outlign, is not"):
            pm.outlign.clients()
    assert not pm.accounts().set_index(["account", "service"]).loc[("agency0", "outlign"), "available"]


def test_a_token_that_is_refused_is_read_again_and_the_remedy_names_its_place(declared, monkeypatch):
    box = declared.boxes["agency0"]
    with pm.using("agency0"):
        pm.outlign.clients()
        monkeypatch.setenv("AGENCY0_OUTLIGN_TOKEN", box.renew_token("outlign"))
        assert len(pm.outlign.clients(refresh=True))
        box.renew_token("outlign")
        with pytest.raises(AuthenticationError, match=r"then replace it: environment \(AGENCY0_OUTLIGN_TOKEN\)\."):
            pm.outlign.clients(refresh=True)


def test_a_plan_is_applied_as_the_account_in_which_it_was_made(declared):
    with pm.using("agency1"):
        clients = pm.outlign.clients()
        plan = pm.plan(clients, clients.assign(title=["Renamed", *clients["title"][1:]]))
    with pm.using("agency0"):
        assert plan.apply(confirm=1)["result"].tolist() == ["done"]
    titles = {name: declared.boxes[name].data.clients[0].title for name in declared.names}
    assert [name for name, title in titles.items() if title == "Renamed"] == ["agency1"]


def test_the_customers_and_the_portfolio_of_several_accounts_have_the_account_as_a_column(declared):
    customers = pm.across(["agency0", "agency1"], pm.customers)
    assert customers.columns[0] == "account"
    for name in ("agency0", "agency1"):
        with pm.using(name):
            alone = pm.customers()
        assert customers[customers["account"] == name]["id"].tolist() == alone["id"].tolist()
    table = pm.report.customers_by_company(customers)
    assert table.columns[:2].tolist() == ["account", "service"]
    both = [pm.report.customers_by_company(customers[customers["account"] == name]) for name in ("agency0", "agency1")]
    pd.testing.assert_frame_equal(table, pd.concat(both, ignore_index=True), check_dtype=False)
    html = pm.report.customer_portfolio(customers)
    assert "agency1" in str(html._repr_html_())


def test_a_review_of_several_accounts_at_once_is_refused(declared):
    frame = pm.across(["agency0", "agency1"], pm.teamwork.people)
    with pytest.raises(InvalidArgument, match="people has rows of 2 accounts"):
        pm.report.access_review(frame)
    pm.report.access_review(frame[frame["account"] == "agency0"])


def test_blocks_that_overlap_each_keep_their_account(declared):
    """As in generators: the end of one block does not end the other."""

    def speak(name: str):
        with pm.using(name):
            yield None
            yield people()[1]

    first, second = speak("agency0"), speak("agency1")
    next(first)
    next(second)
    next(first)
    assert next(first, None) is None
    assert next(second) == "agency1"
    assert next(second, None) is None
    with pytest.raises(NotConnected):
        people()


def test_only_credentials_of_the_account_count_for_a_connection_too(declared, monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "another")
    with pm.using("agency0"), pytest.raises(InvalidArgument, match="only the credentials of the account agency0 count"):
        pm.connect("spirii")
    with pm.using("agency0"):
        assert pm.check("teamwork")["ok"].tolist() == [True]
    declared.write(declared.text(["outlign"]))
    with pm.using("agency0"):
        assert pm.check().set_index("service")["ok"].isna().to_dict() == {
            "teamwork": True, "projectmanager": True, "outlign": False, "spirii": True
        }  # fmt: skip


def test_after_a_disconnect_the_message_says_so(declared):
    pm.connect(account="agency0")
    pm.disconnect("teamwork")
    with pytest.raises(NotConnected, match="Teamwork") as raised:
        pm.teamwork.people()
    assert "Declare" not in str(raised.value)
