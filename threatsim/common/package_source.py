"""Where a package's Python files lie, found without importing it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def package_roots(top: str) -> list[Path]:
    """Return a package's folders at the top of the import path, or a module's file there; nothing is imported."""
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(place) for place in spec.submodule_search_locations]
    # A module that is built in or frozen into the interpreter has no file.
    return [Path(spec.origin)] if spec.has_location and spec.origin else []


def python_files(top: str) -> dict[str, Path]:
    """Return the Python files of a package or module, by their names from the folder that it lies in."""
    files: dict[str, Path] = {}
    for root in package_roots(top):
        inside = root.rglob("*.py") if root.is_dir() else [root]
        files |= {file.relative_to(root.parent).as_posix(): file for file in inside}
    return files
