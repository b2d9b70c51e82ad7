"""From the link to an insight: what Binder builds of this repository, and what it then opens.

Without Docker: repo2docker writes the Dockerfile that Binder would build, and the steps of it that depend on
this repository are run as they stand there, in a fresh virtual environment in place of Binder's.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.notebooks import TOP, tracked
from tests.support.front_ends import open_notebook, run_all
from tests.support.jupyter import JUPYTER_SERVER, Server, served

pytestmark = pytest.mark.long

README = (TOP / "README.md").read_text()


def _links() -> list[str]:
    return re.findall(r"https://mybinder\.org/v2/[^\s)\]>`]+", README)


def opened_by_binder() -> list[str]:
    """Return the paths that Binder opens, in the order of the links."""
    return [parse_qs(urlsplit(link).query, strict_parsing=True)["urlpath"][0] for link in _links()]


# What Binder has installed from conda before it comes to this repository's requirements.
BASE = ("ipywidgets", "jupyter_server", "jupyterlab", "nbconvert-core", "notebook", "pip")


@dataclass(frozen=True)
class Image:
    """What is built: the folder of the repository, the environment, and the Dockerfile that says how."""

    repository: Path
    prefix: Path
    dockerfile: str

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the Dockerfile, in the folder and with the variables that it sets."""
        prefix = str(self.prefix)
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "KERNEL_PYTHON_PREFIX": prefix,
            "NB_PYTHON_PREFIX": prefix,
            "PATH": f"{prefix}/bin:{os.environ['PATH']}",
            "HOME": str(self.repository),
        }
        return subprocess.run(
            ["bash", "-c", command], cwd=self.repository, env=environment, capture_output=True, text=True
        )


def _dockerfile(repository: Path) -> str:
    """Ask repo2docker as BinderHub does, but for the building."""
    user = ["--user-id", "1000", "--user-name", "jovyan"]
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", *user, "."]
    written = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    assert written.returncode == 0, written.stderr
    return written.stdout + written.stderr


def _build(folder: Path) -> Image:
    (folder / "home").mkdir()
    repository = tracked(folder / "home")
    built = Image(repository, folder / "environment", _dockerfile(repository))
    subprocess.run([sys.executable, "-m", "venv", built.prefix], check=True)
    lock = _lock()
    versions = {name: re.search(rf"/{name}-(\d[\d.]*)-", lock)[1] for name in BASE}
    pins = " ".join(f"{name.removesuffix('-core')}=={version}" for name, version in versions.items())
    for step in [f"python -m pip install -q {pins}", *_steps(built.dockerfile)]:
        done = built.run(step)
        assert done.returncode == 0, done.stderr
    return built


def _lock() -> str:
    """Give the list of what Binder installs from conda for this Python."""
    # The package itself, which need not be imported to be found.
    folder = Path(importlib.util.find_spec("repo2docker").origin).parent
    return (folder / "buildpacks/conda/environment.py-3.11-linux-64.lock").read_text()


def _steps(dockerfile: str) -> list[str]:
    """Give the commands that come after the repository was copied: those that depend on what is in it."""
    _, copied, rest = dockerfile.partition("COPY --chown=1000:1000 src/ ${REPO_DIR}/")
    assert copied
    return re.findall(r"^RUN (.*)$", rest, re.MULTILINE)


@pytest.mark.network
def test_the_image_runs_every_notebook_and_opens_what_the_links_name(tmp_path: Path, browser: Browser):
    """In one test: it takes minutes to build."""
    image = _build(tmp_path)
    _is_installed_for_the_user_from_the_folder_of_the_repository(image)
    lab, voila = opened_by_binder()
    # The browser opens the others.
    paths = sorted((image.repository / "notebooks").glob("*.ipynb"))
    names = [f"notebooks/{path.name}" for path in paths if not f"{lab} {voila}".count(path.name)]
    done = image.run(f"jupyter execute --timeout=120 {' '.join(names)}")
    assert done.returncode == 0, done.stderr
    command = json.loads(re.search(r"^CMD (\[.*\])$", image.dockerfile, re.MULTILINE)[1])
    assert command[:2] == ["jupyter", "notebook"]
    words, python = [command[1], *JUPYTER_SERVER], str(image.prefix / "bin/python")
    with served(image.repository, words, "/lab/tree/{notebook}?token={token}", python=python) as server:
        _opens_the_quickstart(server, lab.removeprefix("lab/tree/"), _page(browser))
        _opens_the_explorers_as_a_page_without_code(server, voila, _page(browser))
    assert (image.repository / "notebooks/quickstart.html").stat().st_size > 10_000


def _is_installed_for_the_user_from_the_folder_of_the_repository(image: Image) -> None:
    assert "Building conda environment for python=3.11" in image.dockerfile
    assert "WORKDIR ${REPO_DIR}" in image.dockerfile
    install, *post = _steps(image.dockerfile)
    assert post == ["chmod +x binder/postBuild", "./binder/postBuild"]
    assert install == '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'
    found = image.run("python -c 'import pmframes; print(pmframes.__file__)'")
    assert Path(found.stdout.strip()) == image.repository / "pmframes/__init__.py"
    assert image.run("python -m pip check").stdout == "No broken requirements found.\n"


def _page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1300, "height": 1000})


def _opens_the_quickstart(server: Server, notebook: str, page: Page) -> None:
    open_notebook(page, server, notebook)
    run_all(page)
    expect(page.locator(".jp-CodeCell .jp-InputArea-prompt").last).to_have_text("[5]:", timeout=120_000)
    expect(page.locator(".pmframes-live")).to_contain_text("1,200 rows", timeout=120_000)
    report = page.frame_locator("iframe[title='Access review']")
    expect(report.get_by_role("heading", name="Findings by rule")).to_be_visible()
    expect(page.get_by_text("official Jupyter news")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


def _opens_the_explorers_as_a_page_without_code(server: Server, path: str, page: Page) -> None:
    page.goto(f"{server.url}/{path}?token={server.token}")
    expect(page.locator(".pmframes-live")).to_have_count(4, timeout=120_000)
    for live in page.locator(".pmframes-live").all():
        expect(live.locator(".grid tbody tr").nth(9)).to_be_visible()
    expect(page.get_by_text("pm.explore")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_there_is_no_badge_and_no_dead_link():
    """A link that names no owner is shown as code, which is not clickable."""
    assert "badge" not in README
    assert "![" in README  # the explorer, not a badge
    shown_as_code = re.findall(r"`(https://mybinder\.org/[^`]+)`", README)
    assert [link for link in _links() if "/OWNER/" in link] == shown_as_code
    assert "put its owner in place of OWNER" in README


def test_the_links_name_one_repository_and_notebooks_that_are_here():
    repository, other = (urlsplit(link).path for link in _links())
    assert repository == other
    assert re.fullmatch(r"/v2/gh/[\w-]+/pmframes/HEAD", repository)
    lab, voila = opened_by_binder()
    assert lab == "lab/tree/notebooks/quickstart.ipynb"
    assert voila == "voila/render/notebooks/explore.ipynb"
    for path in (lab.removeprefix("lab/tree/"), voila.removeprefix("voila/render/")):
        assert (TOP / path).is_file()
