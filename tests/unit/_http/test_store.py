"""The SQLite cache of one account: what is stored and read back, expiry, damage, transactions, warnings."""

import gc
import pickle
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import requests
from urllib3 import HTTPResponse

from pmframes._http import store
from pmframes._http.store import CHECKSUM_BYTES, KEY_FILE, CachedLoad, CacheEntry, Store, StoreUnreadable, checksum

KEY = "people:0123"
HOUR = timedelta(hours=1)


def page(body: bytes = b"{}", **headers: str) -> requests.Response:
    """Return a response as the client returns one: its body is read, its request has a query."""
    response = requests.Response()
    response.status_code = 200
    response.raw = HTTPResponse(BytesIO(), status=200, preload_content=False)
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    response.request = requests.Request("GET", "https://a.example/people", params={"search": "Zebulon"}).prepare()
    response.url = response.request.url or ""
    response._content = body
    return response


def ago(**delta: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**delta)


def write(into: Store, *bodies: bytes, key: str = KEY, at: datetime | None = None, ttl: timedelta = HOUR) -> None:
    load = CachedLoad([page(body) for body in bodies], at or ago())
    into.write(key, load, [1] * len(bodies), ttl, "type=account")


def bodies(of: Store, key: str = KEY, **options: bool) -> list[bytes] | None:
    load = of.read(key, **options)
    return None if load is None else [page.content for page in load.pages]


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def edit(path: Path, number: int, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change one stored page, as who knows the key of the checksums."""
    with closing(sqlite3.connect(path)) as database, database:
        key = f"{KEY}:{number}"
        [value] = database.execute("SELECT value FROM responses WHERE key = ?", (key,)).fetchone()
        stored = msgspec.msgpack.decode(value[CHECKSUM_BYTES:])
        changed = change(stored)
        data = msgspec.msgpack.encode(stored if changed is None else changed)
        value = checksum((path.parents[1] / KEY_FILE).read_bytes(), key, data) + data
        database.execute("UPDATE responses SET value = ? WHERE key = ?", (value, key))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache/v2/outlign" / f"{'a' * 32}.sqlite"


@pytest.fixture(params=["a file", "memory"])
def either(request: pytest.FixtureRequest, path: Path) -> Store:
    """A store in a file, then one in memory."""
    return Store(path if request.param == "a file" else None, "agency-a")


@pytest.fixture
def on_disk(path: Path) -> Store:
    return Store(path, "agency-a")


def test_a_load_is_read_as_it_was_written(either):
    fetched_at = ago(minutes=5)
    write(either, b"one", b"two", at=fetched_at)
    load = either.read(KEY)
    assert [page.content for page in load.pages] == [b"one", b"two"]
    assert load.fetched_at == fetched_at


def test_stores_on_one_file_share_it_and_those_in_memory_nothing(on_disk, path):
    one, other = Store(None, ""), Store(None, "")
    write(on_disk, b"one")
    write(one, b"one")
    assert [bodies(Store(path, "whoever")), bodies(other)] == [[b"one"], None]
    assert list(path.parent.iterdir()) == [path], "no journal is left beside the file"


def test_what_was_not_written_is_none_and_creates_no_file(either, tmp_path):
    assert either.read(KEY) is None
    assert either.entries() == []
    assert list(tmp_path.iterdir()) == []


def test_only_two_headers_no_cookie_and_no_query_are_stored(on_disk, path):
    one = page(b"{}", Content_Type="text/json", X_Fictional_Data="yes", Set_Cookie="session=1", X_Request_Id="7")
    one.cookies.set("session", "1")
    on_disk.write(KEY, CachedLoad([one], ago()), [2], HOUR, "type=account")
    [read] = on_disk.read(KEY).pages
    assert dict(read.headers) == {
        "Content-Type": "text/json",
        "X-Fictional-Data": "yes",
        "Pmframes-Rows": "2",
        "Pmframes-Account": "agency-a",
        "Pmframes-Parameters": "type=account",
    }
    assert (read.url, read.request.url) == ("https://a.example/people",) * 2
    assert (len(read.cookies), len(read.request.cookies)) == (0, 0)
    assert b"Zebulon" not in path.read_bytes()
    write(on_disk, b"one", b"two")  # the parameters are on the first page only
    stored = [page.headers.get("Pmframes-Parameters") for page in on_disk.read(KEY).pages]
    assert stored == ["type=account", None]


def test_writing_replaces_every_page_of_the_same_load_and_of_no_other(either):
    write(either, b"other", key=f"{KEY}4")
    write(either, b"old 1", b"old 2", b"old 3")
    write(either, b"new")
    assert bodies(either) == [b"new"]
    assert bodies(either, f"{KEY}4") == [b"other"]
    assert [entry.rows for entry in either.entries()] == [1, 1]
    write(either)  # without pages
    assert bodies(either) is None
    with pytest.raises(ValueError, match="zip"):  # each page needs its count of rows
        either.write(KEY, CachedLoad([page()], ago()), [1, 2], HOUR, "")


@pytest.mark.parametrize(("age", "is_read"), [(59, True), (61, False)])
def test_a_load_expires_its_lifetime_after_it_was_fetched(age, is_read, either):
    write(either, b"one", at=ago(minutes=age))
    assert (either.read(KEY) is not None) is is_read
    assert bodies(either, at_any_age=True) == [b"one"]
    assert len(either.entries()) == 1


def test_pages_of_two_loads_are_no_load(on_disk, path):
    write(on_disk, b"one", b"two")
    other = (ago() + timedelta(hours=2)).isoformat()
    edit(path, 1, lambda stored: stored.update(expires=other))
    assert on_disk.read(KEY) is None
    assert on_disk.read(KEY, at_any_age=True) is None


def test_a_load_is_as_old_as_its_oldest_page_and_expires_with_the_first_that_does(on_disk, path):
    write(on_disk, b"one", b"two")
    earlier, sooner = ago(minutes=9), ago() + timedelta(minutes=7)
    edit(path, 1, lambda stored: stored.update(created_at=earlier.isoformat()))
    assert on_disk.read(KEY).fetched_at == earlier
    edit(path, 1, lambda stored: stored.update(expires=sooner.isoformat()))
    [entry] = on_disk.entries()
    assert (entry.fetched_at, entry.expires) == (earlier, sooner)


def test_an_entry_without_account_and_parameters_has_empty_ones(on_disk, path):
    write(on_disk, b"one")
    edit(path, 0, lambda stored: stored.update(headers={"Pmframes-Rows": "3"}))
    [entry] = on_disk.entries()
    assert (entry.account, entry.parameters, entry.rows) == ("", "", 3)


def test_entries_add_up_the_pages_of_each_load(either):
    fetched_at = ago(minutes=3)
    load = CachedLoad([page(b"12345"), page(b"123")], fetched_at)
    either.write(KEY, load, [5, 2], HOUR, "type=account")
    write(either, b"x", key="roles:1", at=fetched_at, ttl=2 * HOUR)
    assert either.entries() == [
        CacheEntry("agency-a", "people", "type=account", fetched_at, fetched_at + HOUR, rows=7, size=8),
        CacheEntry("agency-a", "roles", "type=account", fetched_at, fetched_at + 2 * HOUR, rows=1, size=1),
    ]


def test_clear_removes_all_loads_and_more_can_be_written_but_not_after_a_discard(either, path):
    for remove, left in ((either.clear, [b"two"]), (either.discard, None)):
        write(either, b"one")
        remove()
        assert bodies(either) is None
        assert not path.exists()
        write(either, b"two")
        assert bodies(either) == left
    assert not path.exists()


def test_what_is_written_during_a_discard_is_removed(either, path):
    class Pages(list):
        def __iter__(self) -> Iterator[requests.Response]:
            either.discard()
            return super().__iter__()

    either.write(KEY, CachedLoad(Pages([page()]), ago()), [1], HOUR, "")
    assert bodies(either) is None
    assert not path.exists()


DAMAGED_PAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another status": lambda stored: stored.update(status_code=404),
    "text as the body": lambda stored: stored.update(_content="{}"),
    "no body": lambda stored: stored.update(_content=None),
    "expired when it was stored": lambda stored: stored.update(expires=stored["created_at"]),
    "no expiry": lambda stored: stored.update(expires=None),
    "no count of rows": lambda stored: stored["headers"].pop("Pmframes-Rows") and None,
    "a count of rows that is no number": lambda stored: stored["headers"].update({"Pmframes-Rows": "-1"}),
    "other fields": lambda stored: {"people": []}, "a list": lambda stored: [1, 2],
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED_PAGES)
def test_a_load_with_a_damaged_page_is_not_read(damage, on_disk, path):
    write(on_disk, b"one")
    edit(path, 0, DAMAGED_PAGES[damage])
    assert on_disk.read(KEY) is None
    assert on_disk.entries() == []


class Planted:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was loaded",)


PICKLED = pickle.dumps(Planted()).hex()
NO_TABLE = "DROP TABLE responses"
UNREADABLE: dict[str, tuple[str, ...]] = {
    "NULL": ("UPDATE responses SET value = NULL",), "text": ("UPDATE responses SET value = 'text'",),
    "half a page": ("UPDATE responses SET value = substr(value, 1, length(value) / 2)",),
    "a pickle": (f"UPDATE responses SET value = x'{PICKLED}'",),
    "keys of another type": ("UPDATE responses SET key = CAST(key AS BLOB)",),
    "the first page is missing": ("DELETE FROM responses WHERE key LIKE '%:0'",), "no table": (NO_TABLE,),
}  # fmt: skip


@pytest.mark.parametrize("damage", UNREADABLE)
def test_rows_that_cannot_be_read_are_no_load_and_are_replaced(damage, on_disk, path, recwarn):
    write(on_disk, b"one")
    sql(path, *UNREADABLE[damage])
    assert on_disk.read(KEY) is None
    assert on_disk.entries() == []
    write(on_disk, b"two")
    assert bodies(on_disk) == [b"two"]
    assert list(recwarn) == []


@pytest.mark.parametrize("statement", [
    "UPDATE responses SET expires = 'tomorrow'", "UPDATE responses SET expires = NULL", "PRAGMA user_version = 999",
])  # fmt: skip
def test_what_sqlite_holds_beside_the_page_does_not_matter(statement, on_disk, path):
    write(on_disk, b"one")
    sql(path, statement)
    assert bodies(on_disk) == [b"one"]


def test_a_table_of_other_columns_is_written_to_with_a_warning(on_disk, path):
    write(on_disk, b"one")
    sql(path, NO_TABLE, "CREATE TABLE responses (key TEXT PRIMARY KEY, value BLOB)")
    assert on_disk.read(KEY) is None
    with pytest.warns(UserWarning, match="could not be written"):
        write(on_disk, b"two")


def test_a_file_that_is_no_database_warns_once_until_it_is_cleared(on_disk, path, recwarn):
    warnings.simplefilter("always")
    path.parent.mkdir(parents=True)
    for _ in range(2):
        path.write_bytes(b"no database" * 999)
        for _ in range(2):
            with pytest.raises(StoreUnreadable):
                on_disk.read(KEY)
            assert on_disk.entries() == []
            write(on_disk, b"two")
        [warned] = recwarn
        assert str(warned.message) == (
            "The cache could not be read (DatabaseError), so it is treated as empty. "
            "Clear it with pm.cache.clear(), or set PMFRAMES_CACHE_DIR to another folder."
        )
        recwarn.clear()
        on_disk.clear()
    write(on_disk, b"two")
    assert bodies(on_disk) == [b"two"]


def test_a_folder_that_cannot_be_created_warns_that_nothing_is_cached(on_disk, path, recwarn):
    path.parents[2].write_text("a file where the cache folder should be")
    write(on_disk, b"one")
    [warned] = recwarn
    assert "could not be written (NotADirectoryError), so these rows are not cached." in str(warned.message)
    assert on_disk.read(KEY) is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, sqlite3.OperationalError])
@pytest.mark.filterwarnings("ignore")
def test_a_write_that_is_broken_off_leaves_the_earlier_load(error, on_disk, monkeypatch):
    write(on_disk, b"old 1", b"old 2")
    serialize = store._PageTable.serialize

    def broken(table: Any, value: Any) -> Any:
        if value.content == b"new 2":
            raise error
        return serialize(table, value)

    with monkeypatch.context() as broken_off:
        broken_off.setattr(store._PageTable, "serialize", broken)
        with suppress(KeyboardInterrupt):
            write(on_disk, b"new 1", b"new 2")
    assert bodies(on_disk) == [b"old 1", b"old 2"]
    write(on_disk, b"new 1")
    assert bodies(on_disk) == [b"new 1"]


def test_a_load_is_read_while_another_process_writes_and_not_written(on_disk, path, monkeypatch):
    monkeypatch.setattr(store, "BUSY_TIMEOUT_MS", 10)
    monkeypatch.setattr(store, "OPEN_TIMEOUT_SECONDS", 0.0)
    write(on_disk, b"one")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM responses")
        assert bodies(on_disk) == [b"one"]
        with pytest.warns(UserWarning, match=r"could not be written \(OperationalError\)"):
            write(on_disk, b"two")
    assert bodies(on_disk) == [b"one"]


@pytest.mark.parametrize(("failures", "seconds", "calls", "is_opened"), [
    (0, 0, 1, True), (10, 0.25, 11, True), (11, 0.0, 11, False), (3, 2.5, 2, False), (2, 1.25, 3, True),
])  # fmt: skip
def test_opening_is_tried_again_ten_times_and_for_two_and_a_half_seconds(
    failures, seconds, calls, is_opened, path, monkeypatch
):
    """Where others create the same file, SQLite fails at once; each failure takes ``seconds``."""
    opened: list[dict[str, Any]] = []
    clock, waits = [100.0], []

    def table(_: Path, **options: Any) -> str:
        opened.append(options)
        if len(opened) <= failures:
            clock[0] += seconds
            raise sqlite3.OperationalError("database is locked")
        return "a table"

    monkeypatch.setattr(store, "_PageTable", table)
    monkeypatch.setattr(store, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=waits.append))
    if is_opened:
        assert store._open_table(path) == "a table"
    else:
        with pytest.raises(sqlite3.OperationalError):
            store._open_table(path)
    assert len(opened) == calls
    assert waits == [0.02] * (calls - 1)
    assert opened[0] == {"table_name": "responses", "serializer": store.SERIALIZER, "busy_timeout": 5_000, "wal": True}


def test_an_interrupt_while_a_file_is_opened_leaves_no_noise(on_disk, path, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    write(on_disk, b"one")
    noise: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    monkeypatch.setattr("requests_cache.backends.base.BaseStorage.__init__", stop)
    with pytest.raises(KeyboardInterrupt):
        on_disk.read(KEY)
    gc.collect()
    assert noise == []


# Damage, and the clock


@pytest.mark.parametrize("bit", range(8))
def test_no_flipped_bit_is_served(bit, on_disk, path):
    """Every 7th byte of the stored page, in turn."""
    write(on_disk, b'[{"id":1,"name":"Ann"}]', b"two")
    with closing(sqlite3.connect(path)) as database:
        [stored] = database.execute("SELECT value FROM responses WHERE key = ?", (f"{KEY}:0",)).fetchone()
        for at in range(bit % 7, len(stored), 7):
            flipped = bytearray(stored)
            flipped[at] ^= 1 << bit
            with database:
                database.execute("UPDATE responses SET value = ? WHERE key = ?", (bytes(flipped), f"{KEY}:0"))
            assert bodies(on_disk) is None, at


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_damaged_page_anywhere_is_no_load(number, on_disk, path):
    write(on_disk, b"one", b"two", b"three")
    sql(path, f"UPDATE responses SET value = CAST(value || x'00' AS BLOB) WHERE key = '{KEY}:{number}'")
    assert bodies(on_disk) is None


def test_a_page_in_the_place_of_another_is_no_load(on_disk, path):
    """With the right checksum, but that of another page."""
    write(on_disk, b"one", b"two")
    sql(path, f"UPDATE responses SET value = (SELECT value FROM responses WHERE key = '{KEY}:1')")
    assert bodies(on_disk) is None


def test_pages_of_who_does_not_know_the_key_are_no_load(on_disk, path, tmp_path):
    other = tmp_path / "other/v2/outlign" / path.name
    write(Store(other, "agency-a"), b"planted")
    write(on_disk, b"one")
    path.write_bytes(other.read_bytes())
    assert bodies(on_disk) is None


def test_an_entry_from_the_future_is_stale(on_disk):
    write(on_disk, b"one", at=ago(days=-3650))
    assert bodies(on_disk) is None
    assert bodies(on_disk, at_any_age=True) == [b"one"]
