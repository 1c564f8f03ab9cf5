"""The page on the architecture: its drawing is that of the contracts, and what it names is there."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "architecture.md"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "architecture_drawing", ROOT / "docs" / "make" / "architecture_drawing.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drawing_is_that_of_the_contracts(script: ModuleType) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert script.drawn(text) == text


def test_every_package_is_drawn() -> None:
    drawn = PAGE.read_text(encoding="utf-8").partition("```mermaid")[2].partition("```")[0]
    packages = {folder.parent.name for folder in (ROOT / "threatsim").glob("*/__init__.py")}
    assert {name for name in packages if not re.search(rf"\b{name}\b", drawn)} == set()


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"`([a-z_]+/[a-z_/]*)(?:\.py)?(?::[\w. ]+)?`", PAGE.read_text(encoding="utf-8"))
    inside = [name for name in named if (ROOT / "threatsim" / name.split("/")[0]).is_dir()]
    assert len(inside) > 20
    missing = [n for n in inside if not any((ROOT / "threatsim" / f"{n}{end}").exists() for end in ("", ".py"))]
    assert missing == []


def test_no_two_public_classes_have_one_name() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "threatsim").rglob("*.py")]
    classes = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    assert [name for name, count in classes.items() if count > 1 and not name.startswith("_")] == []
