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
from functools import reduce
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

import pmframes as pm
from pmframes import _magics
from pmframes._cli import main
from pmframes.sandbox import Sandbox
from tests.support.loaders import WRITES

TOP = Path(__file__).parents[2]
README, CONTRIBUTING, CHANGELOG = (
    (TOP / name).read_text() for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
)
NOTEBOOKS = {path.stem: nbformat.read(path, as_version=4).cells for path in sorted((TOP / "notebooks").glob("*.ipynb"))}
# What a user reads, and what a contributor reads too, without the example that is not in the package.
GUIDE = "\n\n".join([README, *(cell.source for cells in NOTEBOOKS.values() for cell in cells)])
ALL_TEXTS = GUIDE + CONTRIBUTING.partition("## The diff")[0] + CHANGELOG
CI = (TOP / ".ci" / "run").read_text()
DEMO = 'python3 -m venv .venv && .venv/bin/pip install -e ".[demo]" && .venv/bin/pmframes demo'
INSTALL = 'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]"'
TESTS = f"{INSTALL} && .venv/bin/pytest"
BUILD = ".venv/bin/hatchling build"
# What is in a block and not run here, and why.
ELSEWHERE = {
    DEMO: "installs what is here already; the tests of the demo run it",
    ".venv/bin/python -m tests.benchmarks": "takes half an hour; CI runs the small ones",
    ".venv/bin/python -m tests.support.mutants": "takes hours, and changes the files of the package",
    ".ci/matrix": "takes half an hour",
    ".ci/matrix lowest 3.13": "takes minutes",
}


def _blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.MULTILINE | re.DOTALL)


def _lines(document: str) -> list[str]:
    return [line for block in _blocks(document, "sh") for line in block.splitlines()]


def test_the_two_commands_are_there_word_for_word():
    assert {DEMO, TESTS} <= set(_lines(README))
    assert TESTS in _lines(CONTRIBUTING)
    assert INSTALL in CI.splitlines()


def test_the_command_for_powershell_is_the_same():
    windows = DEMO.replace("python3", "py").replace(" && ", "; ").replace(".venv/bin/", ".venv\\Scripts\\")
    assert f"In PowerShell: `{windows}`" in README


def test_the_documents_have_no_block_that_is_of_a_kind_that_no_test_runs():
    assert set(re.findall(r"^ *```(.+)", README, re.MULTILINE)) == {"python", "sh", "toml"}
    assert set(re.findall(r"^ *```(.+)", CONTRIBUTING, re.MULTILINE)) == {"sh", "diff"}
    assert "```" not in CHANGELOG
    assert not [cell.source for cells in NOTEBOOKS.values() for cell in cells if "```" in cell.source]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 180


def test_every_section_of_contributing_is_in_its_contents():
    headings = re.findall(r"^## (.+)$", re.sub(r"^```.*?^```", "", CONTRIBUTING, flags=re.M | re.S), re.M)
    contents = re.findall(r"^\| \[([^]]+)\]\(#([^)]+)\)", CONTRIBUTING, re.MULTILINE)
    assert [(title, title.lower().replace(" ", "-")) for title in headings[: len(contents)]] == contents
    # The diff belongs to Add a resource.
    assert headings[len(contents) :] == ["The diff"]
    anchors = {title.lower().replace(" ", "-") for title in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", CONTRIBUTING)) <= anchors
    assert "](#" not in README


def _value(name: str) -> Any:
    """Return the object with a dotted name such as ``pm.cache.info``."""
    return reduce(getattr, name.split(".")[1:], pm)


def _public_names() -> list[str]:
    names = [f"pm.{name}" for name in pm.__all__]
    for module in ("cache", "outlign", "plot", "projectmanager", "report", "spirii", "teamwork"):
        names += [f"pm.{module}.{name}" for name in getattr(pm, module).__all__]
    return names


def _loaders() -> list[str]:
    services = [pm.outlign, pm.projectmanager, pm.spirii, pm.teamwork]
    names = [f"{service.__name__}.{name}" for service in services for name in service.__all__]
    names = [name for name in names if not name.rpartition(".")[2].startswith(WRITES)]
    return ["pm.customers", *(name.replace("pmframes", "pm", 1) for name in names)]


def _cached_for() -> dict[str, str]:
    """Return the last column of the README's table of loaders."""
    rows = re.findall(r"^\| `([\w.]+)\([^`]*\)` \| [^|]+ \| ([^|]+) \|$", README, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return dict(rows)


@pytest.mark.parametrize("name", _public_names())
def test_every_public_name_is_documented(name):
    """A loader is in the README's table, and any other name in the README or in a notebook."""
    assert name in _cached_for() if name in _loaders() else re.search(rf"{re.escape(name)}\b", GUIDE)


def test_the_table_of_loaders_has_no_other_rows():
    assert sorted(_cached_for()) == sorted(_loaders())


def test_loads_are_cached_for_as_long_as_the_table_of_loaders_says():
    with pm.demo(people=60) as box:
        needed = {"pm.outlign.client": box.data.clients[0].id, "pm.teamwork.permissions": box.data.projects[0].id}
        hours = {}
        for name in sorted(set(_loaders()) - {"pm.customers"}):
            pm.cache.clear()
            _value(name)(*([needed[name]] if name in needed else []))
            cached = pm.cache.info()
            lifetimes = cached["expires"] - pd.Timestamp.now("UTC") + cached["age"]
            (hours[name],) = set(lifetimes.dt.round("min").dt.total_seconds() / 3600)
    assert _cached_for() == {
        "pm.customers": "as above",
        **{name: {1: "1 hour", 24: "1 day"}[value] for name, value in hours.items()},
    }


@pytest.mark.parametrize("name", sorted(set(pm.errors.__all__) - {"PmframesError"}))
def test_every_error_is_explained_in_a_notebook(name):
    assert re.search(rf"^\| `{name}` \| \w", GUIDE, re.MULTILINE)


def test_every_name_in_the_documents_is_public():
    names = set(re.findall(r"(?<![.\w])pm(?:\.[A-Za-z_]+)+", ALL_TEXTS))
    assert len(names) > 40
    for name in names:
        _value(name)


def test_every_argument_in_the_documents_is_one():
    names = set(re.findall(r"`(\w+)=[^`]*`", GUIDE))
    functions = [pm.connect, pm.demo, pm.across, pm.plot.people_by_type, pm.report.access_review]
    functions += [_value(name) for name in _loaders()]
    assert len(names) > 10
    assert names <= {name for function in functions for name in inspect.signature(function).parameters}


def test_every_option_in_the_documents_is_one(capsys):
    names = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE + CONTRIBUTING.partition("## Tests and")[0]))
    commands = (
        ["demo"],
        ["sandbox"],
        ["load"],
        ["report", "access-review"],
        ["report", "portfolio"],
        ["history", "verify"],
    )
    for words in commands:
        with pytest.raises(SystemExit):
            main([*words, "--help"])
    help_texts = capsys.readouterr().out
    assert {"--save", "--fault", "--show-deleted"} <= names
    options = [option for command in _magics.list_commands().values() for option in command.arguments]
    # For %pm, some words of a name are enough.
    words = {word for option in options for word in option.split("-")}
    magic = {"help", *options, *(f"no-{option}" for option in options), *words}
    assert names <= {*re.findall(r"--[a-z-]+", help_texts), *(f"--{option}" for option in magic)}


def test_the_python_blocks_of_the_readme_run_one_after_the_other(tmp_path, monkeypatch):
    """The blocks connect to real accounts; here connect does nothing, and the demo stands in for them."""
    monkeypatch.chdir(tmp_path)
    names = {}
    with pm.demo(people=120) as box:
        monkeypatch.setattr(pm, "connect", lambda service, **options: box.url(service))
        for code in _blocks(README, "python"):
            code = code.replace("12345", str(box.data.projects[0].id)).replace("'2026-03-02T00Z'", "'2099-03-02T00Z'")
            exec(compile(code, "README.md", "exec"), names)
    granted = names["permissions"].query("can_view_project_budget")
    assert names["since"].keys() == set(granted["person_id"]) != set()
    assert set(names["people"]["project_id"]) == {box.data.projects[0].id}
    assert len(names["joined"]) == len(names["people"])
    assert names["joined"]["cost_center"].notna().any()
    for written in ("report.html", "review.html", "customers.xlsx"):
        assert (tmp_path / written).stat().st_size > 10_000


def test_the_readme_runs_on_the_demo_as_it_says(tmp_path, monkeypatch):
    """With the line that connects replaced, and another project."""
    assert "replace the line that connects with `pm.demo()`, and 12345 with 480101" in README
    monkeypatch.chdir(tmp_path)
    example = _blocks(README, "python")[0]
    assert len(list(filter(None, example.splitlines()))) <= 10
    (connecting,) = re.findall(r"^pm\.connect\(.*\)$", example, re.MULTILINE)
    code = example.replace(connecting, "box = pm.demo()").replace("12345", "480101")
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    names["box"].stop()
    assert len(names["people"]) > 50
    assert (tmp_path / "report.html").stat().st_size > 10_000


def _run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a document; ``.venv`` is where this Python is."""
    command = [word.replace(".venv/", f"{sys.prefix}/") for word in command]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PMFRAMES_", "PYTEST_"))}
    given |= {"PYTHONPATH": str(TOP), "PMFRAMES_CACHE_DIR": str(folder / ".cache")} | environment
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done


SANDBOX = next(block for block in _blocks(CONTRIBUTING, "sh") if "pmframes sandbox" in block)
SHELL = [block for block in _blocks(README, "sh") if block.strip() not in {*ELSEWHERE, TESTS}] + [SANDBOX]


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.split()[1])
def test_the_shell_blocks_of_the_documents_run(block, tmp_path):
    """The sandbox stands in for accounts, and a port that is free for the one that is named."""
    with Sandbox(people=120) as box:
        block = block.replace("12345", str(box.data.projects[0].id)).replace("--port 8765", "--port 0")
        services = ("TEAMWORK", "PROJECTMANAGER", "OUTLIGN", "SPIRII")
        sites = {f"PMFRAMES_{name}_URL": box.url(name.lower()) for name in services}
        tokens = {f"PMFRAMES_{name}_TOKEN": box.token(name.lower()) for name in services}
        done = _run(["bash", "-e", "-c", block], tmp_path, **sites, **tokens)
    # 3 says that there is something to look at.
    assert done.returncode in ((0, 3) if "--fail-on" in block else (0,)), done.stderr
    assert done.stdout


OTHERS = [line for line in _lines(CONTRIBUTING) if line not in {TESTS, *ELSEWHERE, *SANDBOX.splitlines()}]
SELECTIONS = [line for line in OTHERS if line.startswith(".venv/bin/pytest")]


def test_the_selections_of_tests_in_contributing_have_known_markers():
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    markers = {text.partition(":")[0] for text in settings["markers"]} | {"hypothesis"}
    expressions = [words[words.index("-m") + 1] for words in map(shlex.split, SELECTIONS) if "-m" in words]
    assert len(expressions) >= 4
    assert set(re.findall(r"\w+", " ".join(expressions))) <= {*markers, "and", "or", "not"}


def test_the_selections_by_file_in_contributing_are_files_of_tests():
    """The one of Add a resource is run by the test of that section, in a copy that has the resource."""
    named = [word for line in SELECTIONS if " -k " not in line for word in shlex.split(line) if word[:6] == "tests/"]
    assert len(named) >= 2
    assert [path for path in named if "\ndef test_" not in (TOP / path).read_text()] == []


def test_ci_runs_the_other_commands_of_contributing():
    assert [line for line in OTHERS if line not in SELECTIONS and line not in CI] == [BUILD]


def test_the_legs_of_the_matrix_are_those_that_contributing_has():
    """Without a leg of that name it ends at once."""
    legs = re.search(r"^ALL=\((.*)\)$", (TOP / ".ci/matrix").read_text(), re.MULTILINE)[1].split()
    assert {"3.12", "3.13", "lowest", "soak"} <= set(legs)
    done = subprocess.run([TOP / ".ci/matrix", "2.7"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"There is no leg 2.7. Use: {' '.join(legs)}.\n"


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


def test_the_table_of_renames_has_names_of_today():
    """In the last column of each table; "returns" and the like are words."""
    (section,) = re.findall(r"^## \[0\.2\.0\].*?(?=^## )", CHANGELOG, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert len(rows) > 15
    columns = dict(re.findall(r"^\| `(pm[\w.]+)\([^`]*\)` \| `[^|]+ \| (`[^|]+) \|$", section, re.MULTILINE))
    with pm.demo(people=60):
        frames = {"pm.connections": pm.connections(), "pm.check": pm.check(), "pm.cache.info": pm.cache.info()}
        frames["pm.report.findings"] = pm.report.findings(pm.teamwork.people(everyone=True))
    assert set(frames) <= set(columns)
    for name, frame in frames.items():
        assert set(re.findall(r"`(\w+)`", columns[name])) <= set(frame.columns)


def _contracts() -> configparser.ConfigParser:
    contracts = configparser.ConfigParser()
    contracts.read(TOP / ".importlinter")
    return contracts


def test_contributing_has_the_layers_that_the_contracts_have():
    page = CONTRIBUTING.partition("| Layer | Loading | Both | Analysis |")[2].partition("\n\n")[0]
    rows = [row.split("|")[2:5] for row in page.splitlines()[2:]]
    table = [[set(re.findall(r"`(\w+)`", cell)) for cell in row] for row in rows]
    layers = _contracts()["importlinter:contract:layers"]["layers"].split("\n")
    assert [set.union(*cells) for cells in table] == [set(layer.split(" : ")) for layer in layers if layer]
    for place, side in ((0, "loading"), (2, "analysis")):
        modules = _contracts()[f"importlinter:contract:{side}"]["source_modules"].split()
        names = {module.removeprefix("pmframes.") for module in modules}
        assert set.union(*(cells[place] for cells in table)) == names


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_files_that_a_document_points_to_exist(document):
    links = re.findall(r"\]\(([^):#]+)\)", document)
    named = re.findall(r"`((?:pmframes|tests|notebooks)/[\w./-]*|\.ci/run|\.importlinter)`", document)
    assert links or named
    assert [path for path in [*links, *named] if not (TOP / path).exists()] == []


def test_the_readme_links_to_every_notebook():
    assert {f"notebooks/{name}.ipynb" for name in NOTEBOOKS} | {"notebooks/quickstart_marimo.py"} <= set(
        re.findall(r"\]\(([^)]+)\)", README)
    )


def test_binder_installs_the_extra_and_a_python_that_pmframes_takes():
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert (TOP / "binder/requirements.txt").read_text().strip() == "-e .[lab]"
    assert "lab" in extras
    assert re.fullmatch(r"python-3\.1[1-9]\n", (TOP / "binder/runtime.txt").read_text())
