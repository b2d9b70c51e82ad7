"""``pmframes cache`` and ``pmframes cache clear``: what is listed, removed and left alone."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pmframes as pm
from pmframes._cli import main
from tests.support.cache_files import make_older, spoil, store_of
from tests.support.commands import works
from tests.support.privileges import no_superuser
from tests.support.server import SERVICES

HOSTILE = "\x1b[2J\x1b]0;owned\x07red\r\n\u202e\x9b31m"
UNREADABLE = "pmframes: The list is incomplete: 1 cache file could not be read."


@pytest.mark.parametrize(("words", "message"), [((), "Nothing is cached.\n"), (("clear",), "Nothing was cached.\n")])
def test_an_empty_cache(words, message, command_line, cache_dir):
    done = command_line.run("cache", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, message, "")
    assert not cache_dir.exists()


def test_the_list_is_that_of_cache_info(command_line):
    command_line.cache_one_each(*SERVICES)
    done = command_line.run("cache")
    assert (done.returncode, done.stderr, command_line.requests) == (0, "", 0)
    head, *lines, empty, total = done.stdout.splitlines()
    assert head.split() == ["Service", "Resource", "Rows", "Size", "Age", "Expires", "Account", "Parameters"]
    info = pm.cache.info()
    found = [re.split(" {2,}", line.strip()) for line in lines]
    assert [cells[:3] for cells in found] == [[one.service, one.resource, f"{one.rows:,}"] for one in info.itertuples()]
    assert [cells[3] for cells in found] == [f"{size / 1000:,.1f} KB" for size in info["bytes"]]
    assert {cells[4] for cells in found} == {"less than a minute"}
    assert {cells[5] for cells in found} == {"in 59 minutes"}
    assert [cells[6] for cells in found] == info["account"].tolist()
    assert {cells[7] for cells in found if len(cells) > 7} <= set(info["parameters"])
    assert (empty, total.partition(" rows")[0]) == ("", f"4 loads, {info['rows'].sum():,}")


def test_json_has_what_cache_info_has(command_line):
    command_line.cache_one_each(*SERVICES)
    done = command_line.run("cache", "--json")
    info = pm.cache.info()
    rows = json.loads(done.stdout)
    assert [list(row) for row in rows] == [info.columns.tolist()] * len(info)
    assert [row["rows"] for row in rows] == info["rows"].tolist()
    assert {type(row["age"]) for row in rows} == {float}
    command_line.run("cache", "clear")
    assert json.loads(command_line.run("cache", "--json").stdout) == []


def test_an_expired_load_says_so(command_line, cache_dir):
    command_line.cache_one_each("spirii")
    make_older(cache_dir, days=3)
    assert "  3 days  expired  " in command_line.run("cache").stdout


def test_clear_removes_the_named_services_in_all_accounts(command_line):
    command_line.cache_one_each(*SERVICES)
    command_line.cache_one_each("outlign", account="agency-a")
    info = pm.cache.info()
    rows = info.loc[info["service"] == "outlign", "rows"]
    assert len(rows) == 2
    done = command_line.run("cache", "clear", "outlign", "spirii")
    assert (done.returncode, done.stderr, command_line.requests) == (0, "", 0)
    outlign, spirii = done.stdout.splitlines()
    assert outlign.startswith(f"outlign: removed 2 loads, {rows.sum():,} rows, ")
    assert outlign.endswith(", in 2 files.")
    assert spirii.startswith("spirii: removed 1 load, ")
    assert sorted(pm.cache.info()["service"]) == ["projectmanager", "teamwork"]
    assert command_line.run("cache", "clear", "outlign").stdout == "Nothing was cached.\n"


@pytest.mark.parametrize("words", [("clear", "all"), ("claer",), ("clear", "--all")], ids=" ".join)
def test_a_usage_error_removes_nothing(words, command_line):
    command_line.cache_one_each("spirii")
    assert command_line.run("cache", *words).returncode == 2
    assert len(pm.cache.info()) == 1


def test_control_characters_in_names_are_not_printed(command_line, cache_dir):
    command_line.cache_one_each("outlign", account=f"agency {HOSTILE}")
    planted = cache_dir / "v2" / f"{HOSTILE}{'x' * 150}"
    planted.mkdir()
    shutil.copy(store_of(cache_dir, "outlign"), planted)
    done = command_line.run("cache", COLUMNS="200")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 4
    assert len(done.stderr.splitlines()) == 1
    assert "agency \ufffd[2J\ufffd]0;owned\ufffdred" in done.stdout
    printed = done.stdout + done.stderr
    assert [letter for letter in printed if not letter.isprintable() and letter != "\n"] == []


def test_a_foreign_file_is_reported_and_left_alone(command_line, cache_dir):
    command_line.cache_one_each("spirii", "outlign")
    spoil(store_of(cache_dir, "outlign"))
    planted = cache_dir / "v2" / "asana" / "x.sqlite"
    planted.parent.mkdir()
    spoil(planted)
    message = f"pmframes: Not a file of pmframes, so neither listed nor removed: {planted}. "
    done = command_line.run("cache")
    assert (done.returncode, done.stdout.splitlines()[1].split()[0]) == (1, "spirii")
    foreign, unreadable = done.stderr.splitlines()
    assert foreign.startswith(message)
    assert unreadable.startswith(UNREADABLE)
    done = command_line.run("cache", "clear")
    assert (done.returncode, done.stderr[: len(message)]) == (0, message)
    assert len(done.stdout.splitlines()) == 2
    done = command_line.run("cache")
    assert (done.returncode, done.stdout, done.stderr[: len(message)]) == (0, "Nothing is cached.\n", message)
    assert planted.exists()


@pytest.fixture
def of_another(cache_dir: Path) -> Iterator[Callable[[], None]]:
    """Give the cache to another user, who lets others read it."""

    def give() -> None:
        for path in [cache_dir, *cache_dir.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.chown(path, 65534, 65534)

    yield give
    for path in [cache_dir, *cache_dir.rglob("*")]:
        os.chown(path, os.geteuid(), -1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to another user")
@pytest.mark.parametrize(("words", "code", "message"), [
    (("cache",), 1, "2 cache files could not be read"),
    (("cache", "clear"), 0, "neither listed nor removed"),
    (("check", "spirii"), 0, "belongs to another user"),
])  # fmt: skip
def test_a_cache_of_another_user(words, code, message, command_line, cache_dir, of_another, capsys, recwarn):
    command_line.cache_one_each("outlign", "spirii")
    of_another()
    with no_superuser():
        assert main(words) == code
    out, err = capsys.readouterr()
    # Here pytest takes the warnings, which the command line prints.
    assert message in " ".join([err, *(str(one.message) for one in recwarn)])
    assert works(out) == ({"spirii": "connect() yes"} if words[0] == "check" else {})
    assert len(list(cache_dir.rglob("*.sqlite"))) == 2
