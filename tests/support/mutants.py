"""Do the tests notice a defect? Plant small ones, one at a time, and run the tests that cover the line.

Usage, in a clone that nothing else uses::

    pytest -m "not soak and not e2e" --cov=pmframes --cov-branch --cov-context=test
    python -m tests.support.mutants

The mutants depend on the seed and the source only, so that two states of the tests can be compared.
"""

import argparse
import ast
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage

MODULES = (
    "_http/pagination", "_http/retry", "_http/rate_limit", "_http/store", "_frames/schema", "_frames/decoder",
    "_analysis/rules", "_analysis/changes",
)  # fmt: skip
TIMEOUT = 240  # seconds; longer is most likely a loop without an end
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The ``number``-th change that is possible in a module."""

    module: str
    number: int
    lines: range
    what: str
    text: str

    @property
    def path(self) -> Path:
        return Path("pmframes") / f"{self.module}.py"


def changes(tree: ast.Module) -> Iterator[tuple[range, str]]:
    """Make every change in turn, as the lines and what was changed; the tree is as before after each."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    statements = {id(node): node for function in functions for node in ast.walk(function) if isinstance(node, ast.stmt)}
    for statement in list(statements.values()):
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        for node in _own(statement):
            for what in _changes_of(node):
                yield range(statement.lineno, (getattr(node, "end_lineno", None) or statement.lineno) + 1), what


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """Walk over a statement without the statements in it."""
    left: list[ast.AST] = [statement]
    while left:
        node = left.pop()
        yield node
        left += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]


def _changes_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in SWAPS:
            node.ops = [SWAPS[type(operator)]()]
            yield f"{type(operator).__name__} -> {type(node.ops[0]).__name__}"
            node.ops = [operator]
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator) if type(operator) in SWAPS:
            node.op = SWAPS[type(operator)]()
            yield f"{type(operator).__name__} -> {type(node.op).__name__}"
            node.op = operator
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            node.operand = ast.UnaryOp(ast.Not(), operand)
            yield "not x -> x"
            node.operand = operand
        case ast.If(test=test) | ast.IfExp(test=test):
            node.test = ast.UnaryOp(ast.Not(), test)
            yield "if x -> if not x"
            node.test = test
        case ast.Constant(value=bool() as value):
            node.value = not value
            yield f"{value} -> {not value}"
            node.value = value
        case ast.Constant(value=int() as value):
            node.value = value + 1
            yield f"{value} -> {value + 1}"
            node.value = value


def chosen(count: int, seed: int) -> list[Mutant]:
    """Draw an equal share of each module; what a small module lacks is drawn from the others."""
    pools = {}
    for module in MODULES:
        tree = ast.parse((Path("pmframes") / f"{module}.py").read_text())
        pool = [
            Mutant(module, number, lines, what, ast.unparse(tree)) for number, (lines, what) in enumerate(changes(tree))
        ]
        random.Random(f"{seed} {module}").shuffle(pool)
        pools[module] = pool
    drawn: list[Mutant] = []
    while len(drawn) < count and any(pools.values()):
        drawn += [pool.pop() for pool in pools.values() if pool]
    return sorted(drawn[:count], key=lambda mutant: (mutant.module, mutant.number))


def covering(data: coverage.CoverageData, mutant: Mutant) -> list[str]:
    """Return the tests that run the lines."""
    (path,) = [path for path in data.measured_files() if path.endswith(f"/{mutant.path}")]
    by_line = data.contexts_by_lineno(path)
    contexts = {context for line in mutant.lines for context in by_line.get(line, [])}
    return sorted({context.partition("|")[0] for context in contexts if context})


def breadth(data: coverage.CoverageData) -> Counter[str]:
    """Count the lines of the package that each test runs."""
    lines: Counter[str] = Counter()
    for path in data.measured_files():
        for contexts in data.contexts_by_lineno(path).values():
            lines.update({context.partition("|")[0] for context in contexts})
    return lines


def outcome(mutant: Mutant, tests: list[str], listing: Path) -> str:
    """Run the tests on the mutant: "killed", "survived", "timeout", or "not covered"."""
    if not tests:
        return "not covered"
    listing.write_text("\n".join(tests))
    original = mutant.path.read_text()
    mutant.path.write_text(mutant.text)
    command = [sys.executable, "-m", "pytest", f"@{listing}", "-x", "-q", "-n", "2", "--dist", "load"]
    run = subprocess.Popen(
        [*command, "-m", "not soak", "-p", "no:cacheprovider"], stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return "killed" if run.wait(TIMEOUT) else "survived"
    except subprocess.TimeoutExpired:
        run.terminate()
        run.wait()
        return "timeout"
    finally:
        mutant.path.write_text(original)


def main() -> None:
    """Run every mutant, and print what became of each and of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--coverage", default=".coverage", help="the file that pytest-cov wrote")
    arguments = parser.parse_args()
    data = coverage.CoverageData(arguments.coverage)
    data.read()
    lines = breadth(data)
    results: Counter[str] = Counter()
    for mutant in chosen(arguments.count, arguments.seed):
        tests = sorted(covering(data, mutant), key=lambda test: lines[test])
        result = outcome(mutant, tests, Path(".mutants.txt"))
        results[result] += 1
        print(f"{result:12} {mutant.path}:{mutant.lines.start} {mutant.what} ({len(tests)} tests)", flush=True)
    print(dict(results))


if __name__ == "__main__":
    main()
