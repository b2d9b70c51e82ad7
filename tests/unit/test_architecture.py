"""Rules on the source that no other tool checks; ``lint-imports`` checks the layers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pmframes

PACKAGE = Path(pmframes.__file__).parent
TREES = {path.relative_to(PACKAGE): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")
KNOWS_NO_SERVICE = (
    "_http/*",
    "_frames/*",
    "_loading/loader.py",
    "_connections.py",
    "_credentials.py",
    "_validation.py",
)
MAX_LINES = 450


def _module_exists(name: str) -> bool:
    return (PACKAGE / f"{name}.py").is_file() or (PACKAGE / name / "__init__.py").is_file()


def _names_from_the_facade(tree: ast.Module) -> Iterator[str]:
    """Return what is imported from ``pmframes`` itself, but for modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name == "pmframes")
        elif isinstance(node, ast.ImportFrom) and node.module == "pmframes" and not node.level:
            yield from (alias.name for alias in node.names if not _module_exists(alias.name))


def test_layers_below_the_domain_name_no_service():
    trees = [(path, tree) for path, tree in TREES.items() if any(map(path.match, KNOWS_NO_SERVICE))]
    assert {str(path.parent) for path, _ in trees} == {"_http", "_frames", "_loading", "."}
    texts = [
        (path, str(node.value)) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    ]
    assert [found for found in texts if any(name in found[1].lower() for name in SERVICES)] == []


def test_the_package_does_not_import_its_own_facade():
    """No ``import pmframes``, and only modules from it: a name comes from the module that defines it."""
    assert [(path, name) for path, tree in TREES.items() for name in _names_from_the_facade(tree)] == []


def test_files_have_at_most_450_lines_and_functions_are_short():
    lengths = {path: len((PACKAGE / path).read_text().splitlines()) for path in TREES}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}
    nodes = [node for tree in TREES.values() for node in ast.walk(tree)]
    lengths = sorted(_length(node) for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    assert lengths[int(len(lengths) * 0.95)] <= 35
    assert lengths[len(lengths) // 2] <= 8


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    first, end = function.body[0], function.end_lineno or 0
    documented = ast.get_docstring(function) is not None
    return end - function.lineno + 1 - ((first.end_lineno or 0) - first.lineno + 1 if documented else 0)
