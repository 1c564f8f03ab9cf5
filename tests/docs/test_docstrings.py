"""How docstrings begin, beyond what ruff's D401 sees: it lets pass whatever is no verb that it knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import threatsim

NOT_A_VERB = frozenset(
    {"A", "All", "An", "Each", "Every", "Everything", "How", "No", "None", "Nothing", "The"}
    | {"What", "When", "Where", "Whether", "Which", "Who", "Whose"}
)


def documented() -> Iterator[tuple[ast.FunctionDef, str]]:
    """Yield every function of the package that has a docstring, and the place and first line of that."""
    for path in sorted(Path(threatsim.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield node, f"{path.name}:{node.lineno} {node.name}: {text.splitlines()[0]}"


def is_property(node: ast.FunctionDef) -> bool:
    """Return whether a function is read like an attribute."""
    return any(ast.unparse(one).rpartition(".")[2] in ("property", "cached_property") for one in node.decorator_list)


def first_word(line: str) -> str:
    """Return the first word of the docstring in a line of `documented`."""
    return line.split(": ", 1)[1].split()[0].rstrip(",:")


def test_functions_begin_with_an_imperative() -> None:
    lines = [line for node, line in documented() if not is_property(node)]
    assert len(lines) > 1000
    assert [
        line for line in lines if not re.fullmatch("[A-Z][a-z]+", first_word(line)) or first_word(line) in NOT_A_VERB
    ] == []


def test_properties_name_what_they_are() -> None:
    found = [(node, line) for node, line in documented() if is_property(node)]
    assert len(found) > 100
    assert [line for _, line in found if first_word(line) in ("Return", "Returns")] == []
    truths = [line for node, line in found if node.returns is not None and ast.unparse(node.returns) == "bool"]
    assert truths
    assert [line for line in truths if first_word(line) != "Whether"] == []
