"""The documents are true: their code runs, and their commands are those that CI runs."""

import configparser
import inspect
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import pmframes as pm
from pmframes import _magics
from pmframes._cli import main
from pmframes.sandbox import Sandbox

TOP = Path(__file__).parent.parent
README, CONTRIBUTING, CHANGELOG = (
    (TOP / name).read_text() for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
)
CI = (TOP / ".ci" / "run").read_text().splitlines()
DEMO = 'python3 -m venv .venv && .venv/bin/pip install -e ".[demo]" && .venv/bin/pmframes demo'
TESTS = 'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/pytest'
BUILD = ".venv/bin/hatchling build"
# What is in a block and not run here, and why.
ELSEWHERE = {
    DEMO: "installs what is here already; tests/test_demo.py runs the demo",
    '.venv/bin/pip install -e ".[lab]" && .venv/bin/jupyter lab notebooks/quickstart.ipynb': (
        "installs what is here already, and serves until it is stopped; tests/explorer starts JupyterLab"
    ),
    ".venv/bin/python -m tests.benchmarks": "takes half an hour; CI runs the small ones",
}


def _blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.MULTILINE | re.DOTALL)


def _lines(document: str) -> list[str]:
    return [line for block in _blocks(document, "sh") for line in block.splitlines()]


def test_the_two_commands_are_there_word_for_word():
    assert {DEMO, TESTS} <= set(_lines(README))
    assert TESTS in _lines(CONTRIBUTING)
    assert TESTS in CI


def test_the_documents_have_no_block_that_is_of_a_kind_that_no_test_runs():
    assert set(re.findall(r"^ *```(.+)", README, re.MULTILINE)) == {"python", "ipython", "sh"}
    assert set(re.findall(r"^ *```(.+)", CONTRIBUTING, re.MULTILINE)) == {"sh", "diff"}
    assert "```" not in CHANGELOG


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_page_is_in_the_contents(document):
    headings = re.findall(r"^## (.+)$", re.sub(r"^```.*?^```", "", document, flags=re.M | re.S), re.MULTILINE)
    contents = re.findall(r"^\| \[([^]]+)\]\(#([^)]+)\)", document, re.MULTILINE)
    assert [(title, title.lower().replace(" ", "-")) for title in headings][: len(contents)] == contents
    # The diff is what Add a resource leads to.
    assert headings[len(contents) :] == [] or headings[len(contents) :] == ["The diff"]
    anchors = {title.lower().replace(" ", "-") for title in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", document)) <= anchors


def _public_names() -> list[str]:
    names = [f"pm.{name}" for name in pm.__all__]
    for module in ("cache", "outlign", "plot", "projectmanager", "report", "spirii", "teamwork"):
        names += [f"pm.{module}.{name}" for name in getattr(pm, module).__all__]
    return names


@pytest.mark.parametrize("name", _public_names())
def test_the_readme_has_every_public_name(name):
    assert re.search(rf"{re.escape(name)}\b", README)


@pytest.mark.parametrize("name", pm.errors.__all__)
def test_the_readme_has_every_error(name):
    assert re.search(rf"`(pm\.errors\.)?{name}`", README)


def test_every_name_in_the_documents_is_public():
    texts = README + CONTRIBUTING.partition("## The diff")[0] + CHANGELOG
    told = set(re.findall(r"(?<![.\w])pm((?:\.[A-Za-z_]+)+)", texts))
    assert len(told) > 40
    for name in told:
        found = pm
        for part in name.split(".")[1:]:
            found = getattr(found, part)


def test_every_argument_in_the_readme_is_one():
    told = set(re.findall(r"`(\w+)=[^`]*`", README))
    services = (pm.teamwork, pm.projectmanager, pm.outlign, pm.spirii)
    functions = [pm.connect, pm.demo, pm.plot.people_by_type, pm.report.access_review]
    functions += [getattr(service, name) for service in services for name in service.__all__]
    assert told
    assert told <= {name for one in functions for name in inspect.signature(one).parameters}


def test_every_option_in_the_readme_is_one(capsys):
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    helps = [["sandbox"], ["report", "access-review"], ["report", "portfolio"]]
    for words in helps:
        with pytest.raises(SystemExit):
            main([*words, "--help"])
    shown = capsys.readouterr().out
    assert {"--save", "--fault", "--show-deleted"} <= told
    options = [option for one in _magics.subjects().values() for option in one.arguments]
    # Of %pm, words of a name are enough.
    words = {word for one in options for word in one.split("-")}
    in_notebooks = {*options, *(f"no-{one}" for one in options), *words}
    assert told <= {*re.findall(r"--[a-z-]+", shown), *(f"--{one}" for one in in_notebooks)}


def test_the_python_blocks_of_the_readme_run_one_after_the_other(tmp_path, monkeypatch):
    """The blocks connect to real accounts; here connect does nothing, and the demo stands in for them."""
    monkeypatch.chdir(tmp_path)
    names = {}
    with pm.demo(people=120) as box:
        monkeypatch.setattr(pm, "connect", lambda service, **given: box.url(service))
        for code in _blocks(README, "python"):
            exec(compile(code.replace("12345", str(box.data.projects[0].id)), "README.md", "exec"), names)
    assert names["team"]["project_id"].nunique() == 3
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert {path.name for path in tmp_path.glob("*.xlsx")} == {"customers.xlsx", "mine.xlsx"}


def test_the_lines_for_a_notebook_run_in_one(tmp_path):
    (block,) = _blocks(README, "ipython")
    cells = [*block.splitlines(), "assert set(people['type']) == {'collaborator'}"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert all(cell.outputs for cell in notebook.cells[3:5])


def _run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a document; ``.venv`` is where this Python is."""
    command = [word.replace(".venv/", f"{sys.prefix}/") for word in command]
    given = {
        name: value for name, value in os.environ.items() if not name.startswith(("PMFRAMES_", "PYTEST_"))
    }
    given |= {"PYTHONPATH": str(TOP), "PMFRAMES_CACHE_DIR": str(folder / ".cache")} | environment
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done


SHELL = [block for block in _blocks(README, "sh") if block.strip() not in {*ELSEWHERE, TESTS}]


@pytest.mark.slow
@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.split()[1])
def test_the_shell_blocks_of_the_readme_run(block, tmp_path):
    """The sandbox stands in for accounts, and a port that is free for the one that is named."""
    with Sandbox(people=120) as box:
        block = block.replace("12345", str(box.data.projects[0].id)).replace("--port 8765", "--port 0")
        services = ("TEAMWORK", "PROJECTMANAGER", "OUTLIGN", "SPIRII")
        sites = {f"PMFRAMES_{one}_URL": box.url(one.lower()) for one in services}
        tokens = {f"PMFRAMES_{one}_TOKEN": box.token(one.lower()) for one in services}
        done = _run(["bash", "-e", "-c", block], tmp_path, **sites, **tokens)
    # 3 says that there is something to look at.
    assert done.returncode in ((0, 3) if "--fail-on" in block else (0,)), done.stderr
    assert done.stdout


RUN_BY_CI = {command for line in CI for command in [line, *line.split(" && ")]}
OTHERS = [line for line in _lines(CONTRIBUTING) if line not in {*RUN_BY_CI, *ELSEWHERE}]


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in OTHERS if line != BUILD])
def test_a_command_of_contributing_that_ci_has_not_selects_tests(line):
    """The one of Add a resource is run whole by the test of that page, in a copy that has the resource."""
    done = _run([*shlex.split(line), "--collect-only", "-n", "0"], TOP)
    assert re.search(r"^[1-9]\d*(/\d+)? tests collected", done.stdout, re.MULTILINE), done.stdout[-2000:]
    assert "error" not in done.stdout.splitlines()[-1]


def test_contributing_has_commands_that_are_not_run_by_ci():
    assert len(OTHERS) == 5
    assert BUILD in OTHERS


def test_what_is_built_holds_the_documents(tmp_path):
    done = _run([*BUILD.split(), "-d", str(tmp_path)], TOP)
    assert done.returncode == 0, done.stderr
    (sdist,), (wheel,) = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    assert f"-{pm.__version__}-" in wheel.name
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "tests/conftest.py", ".ci/run"} <= held


def test_the_changelog_begins_with_this_version():
    versions = re.findall(r"^## \[(.+?)\] - (unreleased|\d{4}-\d\d-\d\d)$", CHANGELOG, re.MULTILINE)
    assert versions[0][0] == pm.__version__
    assert len(versions) == len(re.findall("^## ", CHANGELOG, re.MULTILINE))


def test_contributing_has_every_room_of_the_house_in_its_order():
    read = configparser.ConfigParser()
    read.read(TOP / ".importlinter")
    lines = read["importlinter:contract:house"]["layers"].split("\n")
    wanted = [line.split(" | ") for line in lines if line]
    page = CONTRIBUTING.partition("| rooms, from the top |")[2].partition("\n\n")[0]
    assert [re.findall(r"`(\w+)`", row.split("|")[1]) for row in page.splitlines()[2:]] == wanted


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_files_that_a_document_points_to_exist(document):
    links = re.findall(r"\]\(([^):#]+)\)", document)
    named = re.findall(r"`((?:pmframes|tests|notebooks)/[\w./-]*|\.ci/run|\.importlinter)`", document)
    assert links or named
    assert [path for path in [*links, *named] if not (TOP / path).exists()] == []


def test_binder_installs_the_extra_and_a_python_that_pmframes_takes():
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert (TOP / "binder/requirements.txt").read_text().strip() == "-e .[lab]"
    assert "lab" in extras
    assert re.fullmatch(r"python-3\.1[1-9]\n", (TOP / "binder/runtime.txt").read_text())
