"""The names of files that are computed can be those of files on Windows too."""

import re
from datetime import UTC, datetime
from pathlib import PureWindowsPath

import pytest

from pmframes._accounts.runs import Run
from pmframes._cli._access_reviews import _file
from pmframes._explorer.export import _new_path
from pmframes._http.store import account_hash
from pmframes._writers.atomic import EXCEL, HTML, _check_extension
from pmframes.errors import InvalidArgument

RUN = f"{datetime(2026, 11, 30, 12, 5, tzinfo=UTC):%Y%m%d-%H%M%S}-abcdef"
NAMES = [
    Run(RUN, "out").file("Beta Ltd"), _file("agency-1"), _new_path("ProjectManager.com: roles, α/β", "csv").name,
    f"{account_hash('https://a.example', 'key')}.sqlite", f"{RUN}.jsonl",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=["run", "review", "export", "store", "journal"])
def test_a_name_is_one_of_windows(name):
    path = PureWindowsPath("C:\\Users\\Ann Lee", name)
    assert path.name == name
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]|[. ]$', name)
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)


@pytest.mark.parametrize(("path", "formats", "suggested"), [
    ("C:\\Reports\\review.html", (HTML,), None), ("\\\\server\\share\\Q3 2026.HTM", (HTML,), None),
    ("C:\\Reports\\review.docx", (HTML,), "C:\\Reports\\review.html"),
    ("C:\\a.b\\review", (HTML, EXCEL), "C:\\a.b\\review.html or C:\\a.b\\review.xlsx"),
])  # fmt: skip
def test_an_extension_is_read_off_a_path_of_windows(path, formats, suggested):
    if suggested is None:
        _check_extension(PureWindowsPath(path), formats)
        return
    with pytest.raises(InvalidArgument) as raised:
        _check_extension(PureWindowsPath(path), formats)
    assert raised.value.remedy == f"Use {suggested}."
