"""``pmframes check`` and ``pmframes cache``: statuses, what is said, and that nothing in it does harm."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pmframes as pm
from pmframes._cli import main

from . import front as faults
from . import shelves
from .desk import TOKEN, Desk
from .front import SERVICES
from .loads import ONE_EACH, connect
from .test_cache_faults import no_superuser

HOSTILE = "\x1b[2J\x1b]0;owned\x07red\r\n\u202e\x9b31m"
NOT_CONNECTED = {f"PMFRAMES_{service.upper()}_TOKEN": "" for service in SERVICES}
UNREADABLE = "pmframes: The list is incomplete: 1 cache file could not be read."


class Commands(Desk):
    """The desk of these commands, which may also be run within this process."""

    begin = ()

    def load(self, *services: str, **options: str) -> None:
        """Load one resource of each of these services into the cache."""
        for service in services:
            connect(self.front, service, TOKEN, **options)
            ONE_EACH[service]()
        assert self.asked


@pytest.fixture
def desk(front, ours, tmp_path) -> Commands:
    folder = tmp_path / "desk"
    folder.mkdir()
    return Commands(folder, front, ours)


def works(out: str) -> dict[str, str]:
    """Read what a table says of each service: where its credential is from, and whether it works."""
    lines = re.findall(r"^(\w+)  +(environment|keyring|connect\(\)|none)(?:  +(yes|no)\b)?", out, re.MULTILINE)
    return {service: f"{credential} {answer}".strip() for service, credential, answer in lines}


def store_of(cache_dir: Path, service: str) -> Path:
    [path] = (cache_dir / "v2" / service).glob("*.sqlite")
    return path


def spoil(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)


@pytest.mark.slow
class TestCheck:
    def test_is_0_where_all_work(self, desk):
        done = desk.run("check")
        assert (done.returncode, done.stderr, desk.asked) == (0, "", 4)
        assert works(done.stdout) == dict.fromkeys(SERVICES, "environment yes")
        assert "an account that sees" in done.stdout
        assert desk.front.url("teamwork") in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 100

    @pytest.mark.parametrize("service", SERVICES)
    def test_is_1_where_one_of_four_does_not(self, service, desk):
        desk.front.trouble[service] = faults.refuse
        done = desk.run("check")
        assert (done.returncode, done.stderr) == (1, "")
        others = dict.fromkeys(SERVICES, "environment yes")
        assert works(done.stdout) == others | {service: "environment no"}
        assert re.search(rf"^{service}: .*\(status 401[);]", done.stdout, re.MULTILINE)
        assert done.stdout.count("status 401") == 1

    def test_a_wrong_token_is_not_shown(self, desk):
        wrong = "a-wrong-token-of-whom"
        done = desk.run("check", PMFRAMES_SPIRII_TOKEN=wrong)
        assert (done.returncode, works(done.stdout)["spirii"]) == (1, "environment no")
        assert wrong not in done.stdout + done.stderr

    def test_is_1_without_any_credential_and_says_what_is_needed(self, desk):
        done = desk.run("check", **NOT_CONNECTED)
        assert (done.returncode, done.stderr, desk.asked) == (1, "", 0)
        assert works(done.stdout) == dict.fromkeys(SERVICES, "none")
        assert all(name in done.stdout for name in NOT_CONNECTED)

    def test_a_service_without_a_credential_is_only_needed_where_it_is_named(self, desk):
        gone = {"PMFRAMES_OUTLIGN_TOKEN": ""}
        done = desk.run("check", **gone)
        assert (done.returncode, works(done.stdout)["outlign"]) == (0, "none")
        assert "PMFRAMES_OUTLIGN_TOKEN" not in done.stdout
        done = desk.run("check", "spirii", "outlign", **gone)
        assert (done.returncode, list(works(done.stdout))) == (1, ["spirii", "outlign"])
        assert "PMFRAMES_OUTLIGN_TOKEN" in done.stdout

    def test_only_those_named_are_asked(self, desk):
        desk.front.trouble["teamwork"] = faults.refuse
        done = desk.run("check", "spirii")
        assert (done.returncode, works(done.stdout)) == (0, {"spirii": "environment yes"})
        assert desk.asked == 1

    def test_a_service_that_is_not_there(self, desk):
        done = desk.run("check", PMFRAMES_OUTLIGN_URL="http://127.0.0.1:9")
        assert (done.returncode, works(done.stdout)["outlign"]) == (1, "environment no")
        assert "could not be reached" in done.stdout

    @pytest.mark.parametrize("url", ["", "http://example.com", "http://["])
    def test_a_credential_without_a_usable_address_does_not_work(self, url, desk):
        done = desk.run("check", PMFRAMES_TEAMWORK_URL=url)
        assert (done.returncode, works(done.stdout)["teamwork"]) == (1, "environment no")
        assert desk.asked == 3

    def test_is_2_for_a_service_that_there_is_not(self, desk):
        done = desk.run("check", "spiri")
        assert (done.returncode, done.stdout, desk.asked) == (2, "", 0)
        assert "Unknown service 'spiri'. Did you mean 'spirii'? Use one of: teamwork" in done.stderr

    def test_a_narrow_terminal_leaves_nothing_out(self, desk):
        desk.front.trouble["outlign"] = faults.break_down
        narrow, wide = (desk.run("check", COLUMNS=columns) for columns in ("40", "400"))
        assert narrow.stdout.split() == wide.stdout.split()
        assert len(wide.stdout.splitlines()) == 7 < len(narrow.stdout.splitlines())

    def test_without_letters_but_ascii(self, desk):
        done = desk.run("check", LANG="C", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_corrupt_cache_is_told_and_no_fault_of_the_credential(self, desk, cache_dir):
        desk.load("spirii")
        assert "less than a minute" in desk.run("check", "spirii").stdout
        spoil(store_of(cache_dir, "spirii"))
        done = desk.run("check", "spirii")
        assert (done.returncode, works(done.stdout)) == (0, {"spirii": "environment yes"})
        assert re.match(r"pmframes: The cache could not be read .*pmframes cache clear", done.stderr)
        assert len(done.stderr.splitlines()) == 1

    def test_a_cache_folder_that_cannot_be_made(self, desk):
        done = desk.run("check", PMFRAMES_CACHE_DIR="/proc/pmframes")
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("words", [("check",), ("cache",), ("cache", "clear")], ids=" ".join)
def test_a_reader_that_goes_away_is_no_traceback(words, desk, cache_dir):
    desk.load("spirii")
    with desk.start(*words) as process:
        process.stdout.close()
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")


@pytest.mark.slow
class TestCache:
    def test_an_empty_one(self, desk, cache_dir):
        for words, said in ((("cache",), "Nothing is cached.\n"), (("cache", "clear"), "Nothing was cached.\n")):
            done = desk.run(*words)
            assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
        assert not cache_dir.exists()

    def test_lists_what_info_does(self, desk):
        desk.load(*SERVICES)
        done = desk.run("cache")
        assert (done.returncode, done.stderr, desk.asked) == (0, "", 0)
        head, *lines, empty, total = done.stdout.splitlines()
        assert head.split() == ["Service", "Resource", "Rows", "Size", "Age", "Expires", "Account", "Parameters"]
        info = pm.cache.info()
        found = [re.split(" {2,}", line.strip()) for line in lines]
        assert [cells[:3] for cells in found] == [
            [one.service, one.resource, f"{one.rows:,}"] for one in info.itertuples()
        ]
        assert [cells[3] for cells in found] == [f"{size / 1000:,.1f} KB" for size in info["bytes"]]
        assert {cells[4] for cells in found} == {"less than a minute"}
        assert {cells[5] for cells in found} == {"in 59 minutes"}
        assert [cells[6] for cells in found] == info["account"].tolist()
        assert {cells[7] for cells in found if len(cells) > 7} <= set(info["parameters"])
        assert (empty, total.partition(" rows")[0]) == ("", f"4 loads, {info['rows'].sum():,}")

    def test_ages_are_in_words(self, desk, cache_dir):
        desk.load("spirii")
        shelves.age(cache_dir, days=3)
        assert "  3 days  expired  " in desk.run("cache").stdout

    def test_what_cannot_be_read_is_not_passed_over(self, desk, cache_dir):
        desk.load("spirii", "outlign")
        spoil(store_of(cache_dir, "spirii"))
        done = desk.run("cache")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert done.stderr.startswith(UNREADABLE)
        assert [line.split()[0] for line in done.stdout.splitlines()[:2]] == ["Service", "outlign"]
        assert desk.run("cache", "clear", "outlign").stdout.startswith("outlign: removed 1 load, ")
        done = desk.run("cache")
        assert (done.returncode, done.stdout) == (1, "")
        said = desk.run("cache", "clear").stdout
        assert said == "spirii: removed 1 file, in which no load could be read.\n"
        assert desk.run("cache").stdout == "Nothing is cached.\n"

    def test_clear_removes_what_is_named_and_says_what_that_was(self, desk, cache_dir):
        desk.load(*SERVICES)
        desk.load("outlign", account="agency-a")
        info = pm.cache.info()
        rows = info.loc[info["service"] == "outlign", "rows"]
        assert len(rows) == 2
        done = desk.run("cache", "clear", "outlign", "spirii")
        assert (done.returncode, done.stderr, desk.asked) == (0, "", 0)
        outlign, spirii = done.stdout.splitlines()
        assert outlign.startswith(f"outlign: removed 2 loads, {rows.sum():,} rows, ")
        assert outlign.endswith(", in 2 files.")
        assert spirii.startswith("spirii: removed 1 load, ")
        assert sorted(pm.cache.info()["service"]) == ["projectmanager", "teamwork"]
        assert desk.run("cache", "clear", "outlign").stdout == "Nothing was cached.\n"

    @pytest.mark.parametrize("words", [("clear", "all"), ("claer",), ("clear", "--all")], ids=" ".join)
    def test_what_is_mistyped_removes_nothing(self, words, desk):
        desk.load("spirii")
        assert desk.run("cache", *words).returncode == 2
        assert len(pm.cache.info()) == 1

    def test_names_from_files_are_harmless(self, desk, cache_dir):
        desk.load("outlign", account=f"agency {HOSTILE}")
        planted = cache_dir / "v2" / f"{HOSTILE}{'x' * 150}"
        planted.mkdir()
        shutil.copy(store_of(cache_dir, "outlign"), planted)
        done = desk.run("cache", COLUMNS="200")
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) == 4
        assert len(done.stderr.splitlines()) == 1
        assert "agency \ufffd[2J\ufffd]0;owned\ufffdred" in done.stdout
        said = done.stdout + done.stderr
        assert [letter for letter in said if not letter.isprintable() and letter != "\n"] == []

    def test_what_is_not_ours_blocks_nothing(self, desk, cache_dir):
        desk.load("spirii", "outlign")
        spoil(store_of(cache_dir, "outlign"))
        planted = cache_dir / "v2" / "asana" / "x.sqlite"
        planted.parent.mkdir()
        spoil(planted)
        word = f"pmframes: Not a file of pmframes, so neither listed nor removed: {planted}. "
        done = desk.run("cache")
        assert (done.returncode, done.stdout.splitlines()[1].split()[0]) == (1, "spirii")
        foreign, unreadable = done.stderr.splitlines()
        assert foreign.startswith(word)
        assert unreadable.startswith(UNREADABLE)
        done = desk.run("cache", "clear")
        assert (done.returncode, done.stderr[: len(word)]) == (0, word)
        assert len(done.stdout.splitlines()) == 2
        done = desk.run("cache")
        assert (done.returncode, done.stdout, done.stderr[: len(word)]) == (0, "Nothing is cached.\n", word)
        assert planted.exists()


# Within this process, so that they are among the tests that are always run


def test_check_in_this_process(front, ours, monkeypatch, capsys):
    front.tenants = {TOKEN: ours}
    for service in SERVICES:
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_URL", front.url(service))
        monkeypatch.setenv(f"PMFRAMES_{service.upper()}_TOKEN", TOKEN)
    assert main(("check",)) == 0
    assert works(capsys.readouterr().out) == dict.fromkeys(SERVICES, "environment yes")
    front.trouble["spirii"] = faults.refuse
    assert main(("check",)) == 1
    assert works(capsys.readouterr().out)["spirii"] == "environment no"
    assert main(("check", "outlign")) == 0


def test_cache_in_this_process(desk, capsys):
    desk.load("spirii")
    assert main(("cache",)) == 0
    assert re.search(r"^spirii +customers +\d+ ", capsys.readouterr().out, re.MULTILINE)
    assert main(("cache", "clear")) == 0
    assert capsys.readouterr().out.startswith("spirii: removed 1 load, ")
    assert pm.cache.info().empty
    assert main(("cache",)) == 0
    assert capsys.readouterr().out == "Nothing is cached.\n"


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
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("cache",), 1, "2 cache files could not be read"),
        (("cache", "clear"), 1, "could not be removed (Permission denied)"),
        (("check", "spirii"), 0, "The cache could not be read (PermissionError)"),
    ],
)
def test_a_cache_that_may_not_be_written_to(words, status, said, desk, of_another, capsys, recwarn):
    desk.load("outlign", "spirii")
    of_another()
    with no_superuser():
        assert main(words) == status
    out, err = capsys.readouterr()
    # Here pytest takes the warnings, which the command line prints.
    assert said in " ".join([err, *(str(one.message) for one in recwarn)])
    assert works(out) == ({"spirii": "connect() yes"} if words[0] == "check" else {})
    assert len(pm.cache.info()) == 2
