"""Reports and the explorer draw whatever backend MPLBACKEND names: one that is unknown, missing, or has no display."""

import base64
import re

import pytest

from tests.support.processes import run

BACKENDS = ("Qt4Agg", "module://nowhere", "TkAgg", "cairo", "nonsense\u00e9", " ")
pytestmark = pytest.mark.long
CODE = """
import pmframes as pm
from tests.support import frames, reviews

made = [
    pm.report.access_review(reviews.people({}), reviews.members({}), frames.roles()),
    pm.report.customer_portfolio(frames.portfolio()),
    *(frame.pm.report() for frame in (frames.roles(), frames.people())),
    pm.explore(frames.people()),
]
print(len(made))
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_reports_and_explorer_in_python(backend, tmp_path):
    assert run(CODE, folder=tmp_path, cache=tmp_path / "cache", MPLBACKEND=backend) == "5\n"


def test_a_configuration_file_with_an_unknown_backend(tmp_path):
    (tmp_path / "matplotlibrc").write_text("backend: Qt4Agg")
    assert run(CODE, folder=tmp_path, cache=tmp_path / "cache") == "5\n"


@pytest.mark.parametrize("backend", BACKENDS[:3])
def test_the_first_use_of_matplotlib_is_a_figure_of_the_wrong_kind(backend, tmp_path):
    code = (
        "import pmframes as pm\ntry: pm.report.Report('x').add_figure(3, 't')\n"
        "except pm.errors.InvalidArgument: print('refused')"
    )
    assert run(code, folder=tmp_path, cache=tmp_path / "cache", MPLBACKEND=backend) == "refused\n"


def test_the_variable_and_a_backend_that_works_are_kept(tmp_path):
    code = (
        "import os, pmframes.plot, matplotlib\n"
        "print(os.environ['MPLBACKEND'], matplotlib.get_backend(auto_select=False))"
    )
    assert run(code, folder=tmp_path, cache=tmp_path / "cache", MPLBACKEND="pdf") == "pdf pdf\n"
    assert run(code, folder=tmp_path, cache=tmp_path / "cache", MPLBACKEND="Qt4Agg").startswith("Qt4Agg ")


def test_a_backend_that_was_chosen_in_python_is_kept(tmp_path):
    code = "import matplotlib; matplotlib.use('svg'); import pmframes.plot; print(matplotlib.get_backend())"
    assert run(code, folder=tmp_path, cache=tmp_path / "cache", MPLBACKEND="pdf") == "svg\n"


def test_a_chart_for_the_screen_names_the_backend_that_is_missing(tmp_path):
    code = (
        "import pmframes as pm\nfrom tests.support import frames\n"
        "try: pm.plot.people_by_type(frames.people())\nexcept pm.errors.PmframesError as error: print(error)"
    )
    out = run(code, folder=tmp_path, cache=tmp_path / "cache", MPLBACKEND="module://nowhere")
    assert out == (
        "matplotlib cannot use the backend module://nowhere: No module named 'nowhere'. "
        "Set MPLBACKEND to agg, or install what the backend needs.\n"
    )


@pytest.mark.parametrize("backend", ["Qt4Agg", "module://nowhere"])
@pytest.mark.parametrize(
    "words", [("report", "portfolio", "-o", "x.html"), ("report", "access-review", "-o", "x.html")]
)
def test_reports_of_the_command_line(words, backend, command_line):
    done = command_line.run_process(*words, MPLBACKEND=backend)
    assert (done.returncode, done.stderr) == (0, "")
    images = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', command_line.file("x.html").read_text())
    assert images
    assert all(b"<svg" in base64.b64decode(image) for image in images)


def test_the_demo(command_line):
    done = command_line.run_process("demo", MPLBACKEND="module://nowhere")
    assert (done.returncode, done.stderr) == (0, "")
