"""How the README says to launch Binder: no badge while there is no address, and paths that are here."""

import re
from urllib.parse import parse_qs, urlsplit

from tests.support.notebooks import TOP

README = (TOP / "README.md").read_text()


def _links() -> list[str]:
    return re.findall(r"https://mybinder\.org/v2/[^\s)\]>`]+", README)


def opened_by_binder() -> list[str]:
    """Return the paths that Binder opens, in the order of the links."""
    return [parse_qs(urlsplit(link).query, strict_parsing=True)["urlpath"][0] for link in _links()]


def test_there_is_no_badge_and_no_dead_link():
    """A link that names no owner is shown as code, which is not clickable."""
    assert "badge" not in README
    assert "![" in README  # the explorer, not a badge
    shown_as_code = re.findall(r"`(https://mybinder\.org/[^`]+)`", README)
    assert [link for link in _links() if "/OWNER/" in link] == shown_as_code
    assert "put its owner in place of OWNER" in README


def test_the_links_name_one_repository():
    repositories = {urlsplit(link).path for link in _links()}
    assert len(_links()) == 2
    assert len(repositories) == 1
    assert re.fullmatch(r"/v2/gh/[\w-]+/pmframes/HEAD", repositories.pop())


def test_the_links_open_notebooks_that_are_here():
    lab, voila = opened_by_binder()
    assert lab == "lab/tree/notebooks/quickstart.ipynb"
    assert voila == "voila/render/notebooks/explore.ipynb"
    for path in (lab.removeprefix("lab/tree/"), voila.removeprefix("voila/render/")):
        assert (TOP / path).is_file()
