"""The architecture: the layers hold, files stay readable, and nothing outside goes to a service."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pmframes"
FILES = sorted(PACKAGE.rglob("*.py"))
SERVICE_NAMES = ("teamwork", "projectmanager", "outlign", "spirii")
PLUMBING = [*(PACKAGE / "_http").glob("*.py"), *(PACKAGE / "_frames").glob("*.py")]
PLUMBING += [PACKAGE / name for name in ("_loading/loader.py", "_connections.py", "_credentials.py", "_validation.py")]


@pytest.mark.parametrize("path", PLUMBING, ids=lambda path: path.name)
def test_plumbing_names_no_service(path):
    strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    code = [text.lower() for text in strings if isinstance(text, str)]
    assert not [text for text in code for name in SERVICE_NAMES if name in text]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_inside_imports_the_facade(path):
    """No ``import pmframes``, and only modules from it: a name comes from the module that defines it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert "pmframes" not in [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module == "pmframes" and not node.level:
            assert [alias.name for alias in node.names if not _is_module(alias.name)] == []


def _is_module(name: str) -> bool:
    return (PACKAGE / f"{name}.py").is_file() or (PACKAGE / name / "__init__.py").is_file()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_not_too_long_to_read(path):
    assert len(path.read_text().splitlines()) <= 450


def test_functions_are_short():
    lengths = [_length(node) for path in FILES for node in ast.walk(ast.parse(path.read_text())) if _is_function(node)]
    assert sorted(lengths)[int(len(lengths) * 0.95)] <= 35
    assert sorted(lengths)[len(lengths) // 2] <= 8


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _length(node: ast.FunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)
