"""The badges of the README: one owner, and paths that are in this repository."""

import re
from urllib.parse import parse_qs, urlsplit

from .running import TOP

README = (TOP / "README.md").read_text()


def _links() -> list[str]:
    return re.findall(r"https://mybinder\.org/v2/[^\s)\]>]+", README)


def opened_by_the_badges() -> list[str]:
    """Give the paths that Binder opens, in the order of the badges."""
    return [parse_qs(urlsplit(link).query, strict_parsing=True)["urlpath"][0] for link in _links()]


def test_the_owner_of_the_repository_stands_in_one_place():
    """Two lines, one below the other; whatever else leads to Binder refers to them."""
    (block,) = re.findall(r"^\[binder\]: (\S+)\n\[voila\]: (\S+)\n\n", README, re.MULTILINE)
    assert list(block) == _links()
    assert README.startswith(
        "# pmframes\n\n[![Open in Binder](https://mybinder.org/badge_logo.svg)][binder] "
    )
    assert set(re.findall(r"\]\[(\w+)\]", README)) == {"binder", "voila"}


def test_the_badges_name_one_repository():
    repositories = {urlsplit(link).path for link in _links()}
    assert len(_links()) == 2
    assert len(repositories) == 1
    assert re.fullmatch(r"/v2/gh/[\w-]+/pmframes/HEAD", repositories.pop())


def test_the_badges_open_notebooks_that_are_here():
    lab, voila = opened_by_the_badges()
    assert lab == "lab/tree/notebooks/quickstart.ipynb"
    assert voila == "voila/render/notebooks/explore.ipynb"
    for path in (lab.removeprefix("lab/tree/"), voila.removeprefix("voila/render/")):
        assert (TOP / path).is_file()
