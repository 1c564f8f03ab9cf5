"""Each folder of the package says in which order to read it, and leaves nothing of itself out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "threatsim"
FOLDERS = sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)


def inside(folder: Path) -> set[str]:
    """Modules of a folder by their names, folders of modules with a slash."""
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return modules | {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(PACKAGE)))
def test_the_reading_order_names_all_that_is_in_the_folder(folder: Path) -> None:
    told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    order = re.findall(r"`([\w/]+)`", told.partition("Reading order:")[2])
    assert inside(folder) - set(order) == set()
    assert [name for name in order if not any((folder / f"{name}{end}").exists() for end in ("", ".py"))] == []
