"""A second load asks nothing, each account has its own rows, and nothing secret is kept or shown."""

import base64
import logging
import os
import stat
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request, Response

import pmframes as pm

TOKEN = "tok-7f3a91c2-NEVER-SHOWN"
SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")


def _marked(case: Any, number: int, mark: str) -> list[Any]:
    """Return rows whose text holds a mark that can be looked for."""
    return [row | {case.text_key: f"{mark}{at}"} for at, row in enumerate(case.rows(number))]


def _marks(case: Any, frame: Any, mark: str) -> bool:
    return len(frame) > 0 and all(mark in text for text in frame[case.text])


# A cell runs twice at the price of once


def test_a_second_load_asks_nothing(case, site):
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    first = case.load()
    asked = len(site.requests)
    again = case.load()
    assert asked >= 1
    assert len(site.requests) == asked
    assert first.equals(again)
    assert list(first.dtypes) == list(again.dtypes)
    assert first.attrs["pmframes"]["cached"] is False
    about = again.attrs["pmframes"]
    assert about["cached"] is True
    assert about["rows"] == 9
    assert about["complete"] is True
    assert about["fetched_at"] == first.attrs["pmframes"]["fetched_at"]


def test_the_time_of_a_load_is_that_of_its_oldest_page(site, loader):
    """And the same when it comes from the cache, however long the last page took."""
    case = loader("outlign.clients")
    honest, came = case.honest(case.rows(5), clamp=4), []

    def answer(request: Request) -> Response:
        if came:
            time.sleep(1.2)
        came.append(datetime.now(UTC))
        return honest(request)

    case.connect(site)
    site.serve(case.path, answer)
    begun = datetime.now(UTC).replace(microsecond=0)  # as it is told
    told = [datetime.fromisoformat(case.load().attrs["pmframes"]["fetched_at"]) for _ in range(2)]
    assert told[0] == told[1]
    assert begun <= told[0] <= came[0]


def test_an_empty_load_is_kept_too(case, site):
    case.connect(site)
    case.serve(site, [])
    case.load()
    asked = len(site.requests)
    assert case.load().attrs["pmframes"]["cached"] is True
    assert len(site.requests) == asked


def test_refresh_asks_again(case, site):
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    first = case.load()
    asked = len(site.requests)
    case.serve(site, case.rows(11), clamp=4)
    assert len(case.load()) == 9
    fresh = case.load(refresh=True)
    assert len(fresh) == 11
    assert len(site.requests) > asked
    assert fresh.attrs["pmframes"]["cached"] is False
    times = [datetime.fromisoformat(frame.attrs["pmframes"]["fetched_at"]) for frame in (first, fresh)]
    assert times[0] <= times[1]
    asked = len(site.requests)
    assert len(case.load()) == 11, "what was fetched last is what is kept"
    assert len(site.requests) == asked


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("teamwork.people", {}, {"user_type": "account"}),
        ("teamwork.people", {"search_term": "a"}, {"search_term": "b"}),
        ("teamwork.people", {"company_ids": [1, 7]}, {"company_ids": [17, 7]}),
        ("outlign.clients", {}, {"company_id": 456}),
        ("outlign.clients", {"title": "client"}, {"title": "lien"}),
        ("spirii.customers", {"types": ["Private"]}, {"types": ["Business"]}),
        ("spirii.customers", {}, {"params": {"x": "1"}}),
    ],
    ids=repr,
)
def test_another_question_is_asked(name, one, other, site, loader):
    case = loader(name)
    case.connect(site)
    rows = [row | ({"type": ""} if case.service == "spirii" else {}) for row in case.rows(2)]
    case.serve(site, rows)
    case.load(**one)
    asked = len(site.requests)
    case.load(**other)
    assert len(site.requests) > asked
    asked = len(site.requests)
    case.load(**one)
    case.load(**other)
    assert len(site.requests) == asked


def test_projects_are_kept_apart(site, loader):
    loader("teamwork.people").connect(site)
    site.serve("/teamwork/projects/api/v3/projects.json", {"projects": [], "meta": {"page": {"hasMore": False}}})
    for project, number in [(1, 2), (11, 3)]:
        case = loader("teamwork.people")
        site.serve(f"/teamwork/projects/api/v3/projects/{project}/people.json", case.honest(case.rows(number)))
    assert [len(pm.teamwork.people(project)) for project in (1, 11, 1, 11)] == [2, 3, 2, 3]
    assert len(site.requests) == 4, "each project once, and its name"


SECOND_SESSION = """
import pmframes as pm
frame = pm.outlign.clients()
print(len(frame), frame.attrs["pmframes"]["cached"], sorted(frame["id"])[-1])
"""


def test_another_session_has_it_too(site, loader):
    case = loader("outlign.clients")
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    case.load()
    asked = len(site.requests)
    environment = os.environ | {
        "PYTHONPATH": str(Path(pm.__file__).parents[1]),
        "PMFRAMES_OUTLIGN_URL": site.url("outlign"),
        "PMFRAMES_OUTLIGN_TOKEN": TOKEN,
    }
    done = subprocess.run(
        [sys.executable, "-c", SECOND_SESSION], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == ["9", "True", "9"], done.stderr
    assert len(site.requests) == asked


def test_clear_forgets_one_service_and_no_other(site, loader):
    cases = [loader("outlign.clients"), loader("spirii.customers")]
    for case in cases:
        case.connect(site)
        case.serve(site, case.rows(2))
        case.load()
    pm.cache.clear("outlign")
    assert [case.load().attrs["pmframes"]["cached"] for case in cases] == [False, True]
    pm.cache.clear()
    assert [case.load().attrs["pmframes"]["cached"] for case in cases] == [False, False]


def test_info_names_what_is_kept(each_service, site, secrets_in):
    each_service.connect(site)
    each_service.serve(site, each_service.rows(2))
    each_service.load()
    told = pm.cache.info()
    text = told.to_string() if hasattr(told, "to_string") else repr(told)
    assert each_service.service in text
    assert secrets_in(text) == []


def test_disconnect_purges_what_it_kept(each_service, site, cached_bytes):
    case = each_service
    case.connect(site)
    case.serve(site, _marked(case, 3, "MARK-OF-A-ROW"))
    case.load()
    assert b"MARK-OF-A-ROW" in cached_bytes()
    pm.disconnect(case.service)
    assert b"MARK-OF-A-ROW" not in cached_bytes()
    case.connect(site)
    asked = len(site.requests)
    case.load()
    assert len(site.requests) > asked


def test_disconnect_leaves_the_other_services(site, loader):
    cases = [loader("outlign.clients"), loader("spirii.customers")]
    for case in cases:
        case.connect(site)
        case.serve(site, case.rows(2))
        case.load()
    pm.disconnect("outlign")
    assert cases[1].load().attrs["pmframes"]["cached"] is True


# Each account has its own rows


def _rows_by_token(case: Any, answer_with: Any) -> Any:
    """Answer with rows that hold the first letters of the credential that asked."""

    def answer(request: Request) -> Response:
        scheme, _, sent = request.headers["Authorization"].partition(" ")
        token = base64.b64decode(sent).decode() if scheme == "Basic" else sent
        return answer_with(case.body(_marked(case, 2, token[:5])))(request)

    return answer


def test_two_tokens_never_share_rows(case, site, answer_with):
    site.serve(case.path, _rows_by_token(case, answer_with))
    for token in ("AAAAA-secret", "BBBBB-secret", "AAAAA-secret", "BBBBB-secret"):
        case.connect(site, token=token)
        for _ in range(2):
            assert _marks(case, case.load(), token[:5])


def test_two_tokens_of_one_beginning_never_share_rows(site, loader, answer_with):
    case = loader("spirii.customers")
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.headers["Authorization"])
        return answer_with(case.body(case.rows(len(asked))))(request)

    site.serve(case.path, answer)
    for at, token in enumerate(["x" * 64, "x" * 65, "x" * 64 + "y", "X" * 64], 1):
        case.connect(site, token=token)
        assert len(case.load()) == at


def test_basic_and_bearer_never_share_rows(site, loader):
    case = loader("teamwork.people")
    case.serve(site, case.rows(1))
    case.connect(site, token="same")
    case.load()
    asked = len(site.requests)
    case.connect(site, token="same", oauth=True)
    case.load()
    assert len(site.requests) > asked


def test_two_sites_never_share_rows(each_service, site, elsewhere):
    case = each_service
    case.serve(site, _marked(case, 2, "HERE"))
    case.serve(elsewhere, _marked(case, 2, "THERE"))
    for where, mark in [(site, "HERE"), (elsewhere, "THERE"), (site, "HERE")]:
        case.connect(where)
        assert _marks(case, case.load(), mark)


def test_two_accounts_never_share_rows(site, loader, answer_with):
    case = loader("outlign.clients")
    site.serve(case.path, _rows_by_token(case, answer_with))
    for token, account in [("AAAAA", "agency-a"), ("BBBBB", "agency-b"), ("AAAAA", "agency-a")]:
        case.connect(site, token=lambda token=token: token, account=account)
        assert _marks(case, case.load(), token)


def test_an_account_whose_token_changes_every_hour_is_kept(site, loader):
    case = loader("outlign.clients")
    case.serve(site, _marked(case, 2, "MARK-OF-A-ROW"))
    handed = iter(range(1000))
    case.connect(site, token=lambda: f"token-{next(handed)}", account="agency-a")
    case.load()
    asked = len(site.requests)
    case.connect(site, token=lambda: f"another-{next(handed)}", account="agency-a")
    assert case.load().attrs["pmframes"]["cached"] is True
    assert len(site.requests) == asked


def test_a_function_without_an_account_leaves_nothing_on_disk(site, loader, cached_bytes):
    case = loader("outlign.clients")
    case.serve(site, _marked(case, 2, "MARK-OF-A-ROW"))
    case.connect(site, token=lambda: TOKEN)
    assert len(case.load()) == 2
    assert b"MARK-OF-A-ROW" not in cached_bytes()


def test_accounts_cannot_leave_the_cache_folder(site, loader, cache_dir):
    case = loader("outlign.clients")
    case.serve(site, case.rows(2))
    for account in ("../../outside", "/tmp/outside-of-pmframes", "a/b", "..", "x" * 300, "ü 子"):
        try:
            case.connect(site, token=TOKEN, account=account)
            assert len(case.load()) == 2
        except pm.errors.InvalidArgument:
            continue
    assert sorted(path.name for path in cache_dir.parent.iterdir() if "outside" in path.name) == []
    assert not Path("/tmp/outside-of-pmframes").exists()
    assert not (cache_dir.parent.parent / "outside").exists()


# What fails leaves nothing, and what was whole stays whole


def _outage(case: Any, answer_with: Any) -> Any:
    """Answer the first page well and every later one with 500."""
    honest = case.honest(_marked(case, 9, "NEW"), clamp=4)

    def answer(request: Request) -> Response:
        beginning = {"page": "1", "offset": "0", "$skip": "0"}
        first = all(request.args.get(key, value) == value for key, value in beginning.items())
        return honest(request) if first else answer_with({"message": "down"}, status=500)(request)

    return answer


def test_an_outage_in_the_middle_leaves_the_earlier_load_whole(paged, site, answer_with):
    paged.connect(site)
    paged.serve(site, _marked(paged, 9, "OLD"), clamp=4)
    first = paged.load()
    site.serve(paged.path, _outage(paged, answer_with))
    with pytest.raises(pm.errors.ServiceError):
        paged.load(refresh=True)
    asked = len(site.requests)
    again = paged.load()
    assert first.equals(again)
    assert _marks(paged, again, "OLD")
    assert again.attrs["pmframes"]["cached"] is True
    assert again.attrs["pmframes"]["fetched_at"] == first.attrs["pmframes"]["fetched_at"]
    assert len(site.requests) == asked


def test_an_outage_in_the_middle_of_the_first_load_leaves_nothing(paged, site, answer_with):
    paged.connect(site)
    site.serve(paged.path, _outage(paged, answer_with))
    for _ in range(2):
        with pytest.raises(pm.errors.ServiceError):
            paged.load()
    paged.serve(site, _marked(paged, 9, "GOOD"), clamp=4)
    frame = paged.load()
    assert len(frame) == 9
    assert _marks(paged, frame, "GOOD")
    assert frame.attrs["pmframes"]["cached"] is False


def test_an_incomplete_load_leaves_nothing(site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    site.serve(case.path, case.body(case.rows(2), total=5))
    for _ in range(2):
        with pytest.raises(pm.errors.IncompleteLoad):
            case.load()
    case.serve(site, case.rows(5))
    assert len(case.load()) == 5


@pytest.mark.product
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_an_error_is_not_kept(status, case, site, answer_with):
    case.connect(site)
    site.serve(case.path, answer_with({"message": "no"}, status=status))
    with pytest.raises(pm.errors.PmframesError):
        case.load()
    case.serve(site, case.rows(2))
    assert len(case.load()) == 2


def test_a_refused_token_is_told_on_refresh(case, site, answer_with):
    """What is kept does not hide a 401."""
    case.connect(site)
    case.serve(site, case.rows(2))
    case.load()
    site.serve(case.path, answer_with({"message": "Unauthenticated."}, status=401))
    with pytest.raises(pm.errors.AuthenticationError):
        case.load(refresh=True)


@pytest.mark.product
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("damage", ["garbage", "cut", "emptied", "deleted"])
def test_a_damaged_cache_is_a_miss(damage, each_service, site, cache_dir):
    case = each_service
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    case.load()
    files = [path for path in cache_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        if damage == "deleted":
            path.unlink()
        else:
            path.write_bytes({"garbage": b"\x00garbage" * 500, "cut": data[: len(data) // 2], "emptied": b""}[damage])
    assert len(case.load()) == 9
    assert len(case.load(refresh=True)) == 9


@pytest.mark.filterwarnings("ignore")
def test_a_cache_that_cannot_be_made_is_no_crash(each_service, site, cache_dir):
    """Its own errors or the rows; and a credential is forgotten although its rows cannot be purged."""
    cache_dir.write_text("a file where the folder should be")
    each_service.connect(site)
    each_service.serve(site, each_service.rows(2))
    try:
        with suppress(pm.errors.PmframesError):
            assert len(each_service.load()) == 2
        with suppress(pm.errors.PmframesError):
            pm.disconnect(each_service.service)
    finally:
        cache_dir.unlink()
    with pytest.raises(pm.errors.NotConnected):
        each_service.load()


# Nothing secret leaves


@pytest.fixture
def open_umask() -> Any:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_the_cache_is_for_its_owner_alone(each_service, site, cache_dir, cached_bytes):
    case = each_service
    case.connect(site)
    case.serve(site, _marked(case, 9, "MARK-OF-A-ROW"), clamp=4)
    for _ in range(2):
        case.load()
        case.load(refresh=True)
        below = [cache_dir, *cache_dir.rglob("*")]
        modes = {str(path): oct(stat.S_IMODE(path.stat().st_mode)) for path in below}
        wrong = {name: mode for name, mode in modes.items() if mode != ("0o700" if Path(name).is_dir() else "0o600")}
        assert wrong == {}
        assert any(path.is_file() for path in below)
        assert b"MARK-OF-A-ROW" in cached_bytes()


def test_the_token_is_nowhere_on_disk(case, site, cached_bytes, secrets_in, answer_with, tmp_path):
    """Nor is a cookie that the service set, nor is anything written outside the cache folder."""
    honest = case.honest(_marked(case, 9, "MARK-OF-A-ROW"), clamp=4)

    def answer(request: Request) -> Response:
        response = honest(request)
        response.headers["Set-Cookie"] = "session=COOKIE-NEVER-KEPT"
        return response

    case.connect(site)
    site.serve(case.path, answer)
    case.load()
    case.load()
    case.load(refresh=True)
    held = cached_bytes()
    assert b"MARK-OF-A-ROW" in held
    assert secrets_in(held) == []
    assert site.requests[0].headers["Authorization"].split()[1].encode() not in held
    assert b"COOKIE-NEVER-KEPT" not in held
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and tmp_path / "cache" not in path.parents]
    assert outside == []


def test_a_cookie_is_not_sent_back(site, loader, answer_with):
    case = loader("outlign.clients")
    site.serve(case.path, answer_with(case.body(case.rows(1)), Set_Cookie="session=COOKIE"))
    for token in ("first", "second"):
        case.connect(site, token=token)
        case.load()
    assert all("COOKIE" not in request.headers.get("Cookie", "") for request in site.requests)


def test_the_token_is_shown_nowhere(case, site, secrets_in):
    made = case.connect(site)
    case.serve(site, case.rows(2))
    frame = case.load()
    known = pm.connections()
    for thing in (
        made,
        known,
        known.to_dict(),
        known.to_html(),
        frame.to_csv(),
        frame.attrs,
        pm.cache.info(),
        vars(pm),
        repr(made),
    ):
        assert secrets_in(thing) == []
    assert secrets_in(repr([vars(module) for name, module in sys.modules.items() if name.startswith("pmframes")])) == []


@pytest.mark.product
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 302])
def test_no_error_shows_the_token(status, case, site, answer_with, shown, secrets_in):
    case.connect(site)
    site.serve(case.path, answer_with({"message": "no"}, status=status, Location="https://example.com/"))
    with pytest.raises(pm.errors.PmframesError) as raised:
        case.load()
    assert secrets_in(shown(raised.value)) == []
    trace = raised.value.__traceback__
    while trace:
        held = {name: repr(value) for name, value in trace.tb_frame.f_locals.items()}
        own = "pmframes" in trace.tb_frame.f_code.co_filename and "tests" not in trace.tb_frame.f_code.co_filename
        assert not (own and secrets_in(held)), f"a local of {trace.tb_frame.f_code.co_name} shows the token"
        trace = trace.tb_next


def test_no_log_shows_the_token(case, site, caplog, answer_with, secrets_in):
    """Requests, retries, refusals and the cache, with everything at DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "requests_cache", "stamina", "pmframes"):
        caplog.set_level(logging.DEBUG, logger=name)
    honest, asked = case.honest(case.rows(9), clamp=4), []

    def answer(request: Request) -> Response:
        asked.append(1)
        return answer_with({"message": "down"}, status=503)(request) if len(asked) == 1 else honest(request)

    case.connect(site)
    site.serve(case.path, answer)
    case.load()
    case.load()
    site.serve(case.path, answer_with({"message": "Unauthenticated."}, status=401))
    with pytest.raises(pm.errors.AuthenticationError):
        case.load(refresh=True)
    told = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert told
    assert secrets_in(told) == []


def test_nothing_printed_shows_the_token(case, site, capfd, secrets_in):
    case.connect(site)
    case.serve(site, case.rows(9), clamp=4)
    case.load(progress=True)
    case.load(progress=False)
    shown = capfd.readouterr()
    assert secrets_in(shown.out + shown.err) == []


@pytest.mark.parametrize("url", ["https://me:S3CRET@acme.teamwork.com", "https://S3CRET@acme.teamwork.com/x"])
def test_a_credential_inside_a_url_is_not_kept(url):
    try:
        pm.connect("teamwork", url=url, token=TOKEN)
    except pm.errors.InvalidArgument as error:
        assert "S3CRET" not in str(error)  # noqa: PT017
    assert "S3CRET" not in pm.connections().to_string()


# Bank details

IBAN = "DK5000400440116243"
PAYOUT = {
    "iban": IBAN,
    "swiftCode": "ROYCCAT2XXX",
    "bankAccountHolderName": "Holder Holdersen",
    "bankRegistrationNumber": "0040",
    "bankAccount": "0440116243",
}
BANK = [value.encode() for value in PAYOUT.values()]


def _with_payout(case: Any) -> list[Any]:
    return [row | {"payoutInformation": PAYOUT} for row in _marked(case, 9, "MARK-OF-A-ROW")]


@pytest.mark.parametrize("extra_columns", [False, True])
def test_bank_details_are_dropped_before_anything_is_kept(extra_columns, site, loader, cached_bytes, caplog):
    caplog.set_level(logging.DEBUG)
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, _with_payout(case), clamp=4)
    frames = [
        case.load(extra_columns=extra_columns),
        case.load(extra_columns=extra_columns),
        case.load(extra_columns=extra_columns, refresh=True),
    ]
    for frame in frames:
        assert len(frame) == 9
        text = frame.to_csv().encode() + repr(frame.attrs).encode()
        assert [value for value in BANK if value in text] == []
        assert not {"iban", "payout_information", "payoutInformation"} & set(frame.columns)
    held = cached_bytes()
    assert b"MARK-OF-A-ROW" in held
    assert [value for value in BANK if value in held] == []
    assert b"iban" not in held
    assert [value for value in BANK if value.decode() in caplog.text] == []


@pytest.mark.parametrize("extra_columns", [False, True])
def test_bank_details_asked_for_by_name(extra_columns, site, loader):
    case = loader("spirii.customers")
    case.connect(site)
    case.serve(site, _with_payout(case), clamp=4)
    case.load(extra_columns=extra_columns)
    frame = case.load(extra_columns=extra_columns, payout=True)
    assert frame["iban"].tolist() == [IBAN] * 9
    assert frame["bank_account"].tolist() == ["0440116243"] * 9
    assert frame["bank_registration_number"].tolist() == ["0040"] * 9
    assert "iban" not in case.load(extra_columns=extra_columns).columns
    assert IBAN not in case.load(extra_columns=extra_columns).to_csv()


def test_bank_details_are_dropped_from_answers_of_another_shape(site, loader, cached_bytes):
    """Written with escapes, with spaces, before the id, or twice, they are the same details."""
    case = loader("spirii.customers")
    case.connect(site)
    body = (
        b'{ "count" : 2, "data" : [ {"\\u0070ayoutInformation" : {"iban" : "' + IBAN.encode() + b'"}, "id" : 1,'
        b' "name" : "MARK-OF-A-ROW"},\n{"id":2,"name":"MARK-OF-A-ROW","payoutInformation":null,'
        b'"payoutInformation":{"iban":"' + IBAN.encode() + b'"}} ], "limit" : 50, "offset" : 0 }'
    )
    site.serve(case.path, body)
    assert case.load(extra_columns=True)["id"].tolist() == [1, 2]
    assert b"MARK-OF-A-ROW" in cached_bytes()
    assert IBAN.encode() not in cached_bytes()


def test_bank_details_do_not_reach_an_error(site, loader, cached_bytes, shown):
    case = loader("spirii.customers")
    case.connect(site)
    rows = _with_payout(case)
    rows[3]["id"] = "not a number"
    site.serve(case.path, case.body(rows))
    with pytest.raises(pm.errors.UnexpectedResponse) as raised:
        case.load()
    text = shown(raised.value).encode()
    assert [value for value in BANK if value in text] == []
    assert [value for value in BANK if value in cached_bytes()] == []
