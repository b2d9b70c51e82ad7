"""``pmframes demo`` and ``pmframes sandbox`` as a user runs them, and ``pm.demo()``."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

import pmframes as pm
from pmframes._cli import main
from pmframes._services import find_service
from pmframes.sandbox import Sandbox

PMFRAMES = Path(sys.executable).with_name("pmframes")


def _pmframes(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # The package under test, wherever pytest was started.
    package = str(Path(pm.__file__).parents[1])
    home = {"HOME": str(cwd), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": package}
    return subprocess.run(
        [PMFRAMES, *words], cwd=cwd, env=home | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo printed, and the report it wrote."""
    folder = tmp_path_factory.mktemp("demo")
    done = _pmframes("demo", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout, folder / "pmframes-demo.html"


@pytest.fixture(scope="module")
def agency():
    """The fictional agency, made here once more and never served."""
    return Sandbox(people=1200, seed=7).data


def test_the_second_time_costs_no_request(shown):
    assert re.search(r"^[1-9]\d* requests, then 0:", shown[0], re.MULTILINE)
    assert len(re.findall(r" columns   requests: [1-9]\d*, then 0$", shown[0], re.MULTILINE)) == 5


def _people_row(people) -> list[int]:
    flags = ("is_admin", "is_client_user", "is_service_account", "deleted")
    return [len(people), *(sum(getattr(person, flag) for person in people) for flag in flags)]


def test_the_counts_of_people_are_the_agencys(shown, agency):
    kinds = {
        kind: [one for one in agency.people if one.type == kind] for kind in ("account", "collaborator", "contact")
    }
    expected = {kind: _people_row(people) for kind, people in kinds.items()} | {"total": _people_row(agency.people)}
    rows = re.findall(r"^(\(?\w+\)?) +(\d+) +[\d.]+% +(\d+) +(\d+) +(\d+) +(\d+)$", shown[0], re.MULTILINE)
    assert {kind: [int(count) for count in counts] for kind, *counts in rows} == expected
    assert expected["total"][0] == 1200


def test_the_roles_and_their_permissions_are_the_agencys(shown, agency):
    rows = re.findall(r"^([a-z_]+) +(\d+)  ((?:  [x.?])+)$", shown[0], re.MULTILINE)
    marks = {name: cells.split() for name, _, cells in rows}
    assert len(marks) == 18
    granted = [dict(role.permissions) for role in agency.roles]
    for key in granted[0]:
        name = re.sub("([A-Z])", lambda letter: "_" + letter[0].lower(), key)
        assert marks[name] == ["x" if flags[key][0] else "." for flags in granted]
    assert all(int(count) == cells.count("x") for _, count, cells in rows)


@pytest.mark.parametrize(
    ("service", "records", "of_company", "companies", "title"),
    [
        ("outlign", "clients", "company_id", "outlign_companies", "title"),
        ("spirii", "spirii_customers", "owner_id", "spirii_customers", "name"),
    ],
)
def test_the_customers_of_companies_are_the_agencys(shown, agency, service, records, of_company, companies, title):
    heading = find_service(service).title
    (block,) = re.findall(rf"^{heading}: ([\d,]+ customers\n(?:  .+\n)+)", shown[0], re.MULTILINE)
    rows = re.findall(r"^ +([\d,]+) +[\d.]+%  (.+)$", block, re.MULTILINE)
    owners = Counter(getattr(one, of_company) or None for one in getattr(agency, records))
    names = {one.id: getattr(one, title) for one in getattr(agency, companies)} | {None: "(none)"}
    assert sum(int(count) for count, _ in rows) == len(getattr(agency, records))
    expected = Counter({(names[owner], count) for owner, count in owners.items()})
    others = [name for _, name in rows if name.startswith("in ")]
    assert len(others) == 1
    assert not [row for row in rows if row[1] not in others and (row[1], int(row[0])) not in expected]
    assert [int(count) for count, _ in rows[:12]] == [
        count for owner, count in owners.most_common() if owner is not None
    ][:12]


@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("teamwork.people", "people"),
        ("projectmanager.customers", "projectmanager_customers"),
        ("projectmanager.roles", "roles"),
        ("outlign.clients", "clients"),
        ("spirii.customers", "spirii_customers"),
    ],
)
def test_the_rows_are_the_agencys(shown, agency, name, records):
    (rows,) = re.findall(rf"^ *{re.escape(name)} +([\d,]+) rows", shown[0], re.MULTILINE)
    assert int(rows.replace(",", "")) == len(getattr(agency, records))


def test_the_report_is_there_private_and_says_that_it_is_fictional(shown):
    text, path = shown
    assert str(path.resolve()) in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert "fictional" in path.read_text().lower()


@pytest.mark.slow
def test_it_replaces_its_own_earlier_report_and_nothing_else(tmp_path):
    report = tmp_path / "pmframes-demo.html"
    report.write_text("<title>my own page</title>")
    refused = _pmframes("demo", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "in the way" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert report.read_text() == "<title>my own page</title>"
    report.unlink()
    for _ in range(2):
        assert _pmframes("demo", cwd=tmp_path).returncode == 0
    assert "my own page" not in report.read_text()


def test_a_folder_of_the_reports_name_is_left_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pmframes-demo.html").mkdir()
    assert main(["demo"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "in the way" in said.err
    assert (tmp_path / "pmframes-demo.html").is_dir()


@pytest.mark.slow
def test_a_folder_that_may_not_be_written_to_is_one_message(tmp_path):
    """Nobody can make a file in /proc, not even root."""
    refused = _pmframes("demo", cwd=Path("/proc"), HOME=str(tmp_path))
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert line.startswith("pmframes: No such file or directory: ")
    assert "/proc/" in line


@pytest.mark.slow
def test_a_terminal_that_knows_few_letters_is_shown_what_it_knows(tmp_path):
    done = _pmframes("demo", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "?" in done.stdout
    assert (tmp_path / "pmframes-demo.html").is_file()


def test_without_the_extra_it_says_in_one_line_what_to_install(tmp_path):
    code = "import sys; sys.modules['werkzeug'] = None; from pmframes._cli import main; sys.exit(main(['demo']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert 'pip install "pmframes[demo]"' in line


@pytest.mark.parametrize(
    "words", [("sandbox", "--people", "-1"), ("sandbox", "--port", "70000"), ("sandbox", "--latency", "-1")]
)
def test_a_wrong_argument_is_one_message(words, capsys):
    assert main(words) == 1
    assert capsys.readouterr().err.startswith("pmframes: ")


def test_a_port_that_is_taken_is_one_message(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["sandbox", "--port", str(taken.getsockname()[1])]) == 1
    said = capsys.readouterr().err
    assert said.startswith("pmframes: ")
    assert "in use" in said


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_command_serves_until_it_is_interrupted(ending, tmp_path, monkeypatch):
    server = subprocess.Popen(
        # As a script's shell does it for a command in the background.
        ["sh", "-c", f"trap '' INT; exec {PMFRAMES} sandbox --people 20"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [server.stdout.readline().strip() for _ in range(9)]
        assert lines[0].startswith("#")
        assert "fictional" in lines[0]
        variables = dict(line.split("=", 1) for line in lines[1:])
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        people = pm.teamwork.people(include_service_accounts=True, include_placeholders=True, show_deleted=True)
        assert len(people) == 20
        assert len(pm.projectmanager.roles()) == 14
        assert set(pm.connections()["service"]) == {"teamwork", "projectmanager", "outlign", "spirii"}
        server.send_signal(ending)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
    with socket.create_server(("127.0.0.1", int(re.search(r":(\d+)/", lines[1])[1]))):
        pass


def test_the_sandbox_command_serves_where_the_system_has_no_pause(tmp_path):
    """As on Windows, where Python has no ``signal.pause``."""
    code = (
        "import signal, sys; del signal.pause; from pmframes._cli import main; "
        "sys.exit(main(['sandbox', '--people', '5']))"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        lines = [server.stdout.readline().strip() for _ in range(9)]
        url = dict(line.split("=", 1) for line in lines[1:])["PMFRAMES_OUTLIGN_URL"]
        with socket.create_connection(("127.0.0.1", int(re.search(r":(\d+)/", url)[1])), timeout=60):
            pass
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    finally:
        server.kill()
        server.wait()
    assert (server.returncode, out, err) == (0, "# stopped\n", "")


def test_python_m_is_the_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pmframes", "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"pmframes {pm.__version__}\n", "")


def test_a_demo_has_a_cache_of_its_own_and_leaves_nothing(tmp_path):
    with pm.demo(people=30) as box:
        assert pm.outlign.clients().attrs["pmframes"]["fictional"] is True
        (kept,) = set(pm.cache.info()["account"])
        assert kept == "sandbox"
        folder = box._folder
        assert list(folder.rglob("*.sqlite"))
        assert box.token("outlign") not in repr(box)
    assert not folder.exists()
    assert not (tmp_path / "cache").exists()
    assert pm.connections().empty
    assert "stopped" in repr(box)
    box.stop()


def test_a_demo_that_nobody_keeps_goes_on_and_leaves_nothing(tmp_path):
    code = (
        "import gc, pmframes as pm; pm.demo(people=5); gc.collect();"
        "print([pm.outlign.clients().attrs['pmframes']['requests'] > 0 for _ in range(2)])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[True, False]\n", "")
    assert not list(tmp_path.glob("pmframes-demo-*"))


def test_each_start_asks_anew():
    for _ in range(2):
        with pm.demo(people=5):
            assert pm.outlign.clients().attrs["pmframes"]["requests"] > 0
            assert pm.outlign.clients().attrs["pmframes"]["requests"] == 0


def test_what_was_connected_before_is_connected_again():
    pm.connect("spirii", token="an-earlier-token")
    before = pm.connections()
    with pm.demo(people=5):
        assert len(pm.connections()) == 4
    assert pm.connections().equals(before)


def test_what_was_connected_since_stays():
    with pm.demo(people=5):
        pm.connect("spirii", token="a-later-token")
    assert pm.connections()["service"].tolist() == ["spirii"]


@pytest.mark.slow
@pytest.mark.parametrize("before", ["nothing", "by hand", "by the environment"])
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_demos_that_overlap_bring_back_what_was_there(order, before, monkeypatch):
    if before == "by hand":
        pm.connect("spirii", token="an-earlier-token")
    if before == "by the environment":
        monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "an-earlier-token")
    connected = pm.connections()
    boxes = dict(enumerate(pm.demo(people=5) for _ in range(3)))
    for number in order:
        assert len(pm.outlign.clients()) > 0
        assert pm.connections()["url"].tolist()[0] == boxes[max(boxes)].url("teamwork")
        boxes.pop(number).stop()
    assert pm.connections().equals(connected)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_what_was_connected_between_two_demos_stays(order):
    first = pm.demo(people=5)
    pm.connect("spirii", token="a-token-of-between")
    between = pm.connections().query("service == 'spirii'")
    boxes = [first, pm.demo(people=5)]
    for number in order:
        boxes[number].stop()
    assert pm.connections().to_numpy().tolist() == between.to_numpy().tolist()


def test_what_was_disconnected_during_a_demo_stays_so():
    pm.connect("spirii", token="an-earlier-token")
    with pm.demo(people=5):
        pm.disconnect("spirii")
    assert pm.connections().empty


@pytest.mark.parametrize("arguments", [{"people": -1}, {"people": "many"}, {"seed": 1.5}, {"people": 200_000}])
def test_a_wrong_argument_starts_nothing(arguments):
    with pytest.raises(pm.errors.InvalidArgument):
        pm.demo(**arguments)
    assert pm.connections().empty


def test_what_was_disconnected_before_a_demo_stays_so(monkeypatch):
    monkeypatch.setenv("PMFRAMES_SPIRII_TOKEN", "a-token")
    pm.disconnect("spirii")
    with pm.demo(people=5):
        pass
    assert pm.connections().empty
