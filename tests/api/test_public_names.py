"""What `threatsim` offers: one list of names, told to people, to editors and to type checkers alike; nothing heavy."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import threatsim

SOURCE = ast.parse(Path(threatsim.__file__).read_text(encoding="utf-8"))
HEAVY = {"torch", "numpy", "pandas", "pydantic", "mesa", "scipy", "altair", "rich", "monai"}


def told_to_type_checkers() -> dict[str, str]:
    """Name -> module and name there, of what is imported for type checkers alone."""
    block = next(node for node in SOURCE.body if isinstance(node, ast.If))
    return {
        (alias.asname or alias.name): f"{node.module}:{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_lists_of_names_are_one() -> None:
    told = told_to_type_checkers()
    assert set(told) == set(threatsim.__all__) == set(dir(threatsim)) == set(threatsim._PUBLIC)
    for name, place in told.items():
        module, _, there = place.partition(":")
        imported = getattr(threatsim, name)
        assert imported is (threatsim.attacks if name == "attacks" else getattr(sys.modules[module], there))


@pytest.mark.parametrize("name", sorted(set(threatsim.__all__) - {"__version__"}))
def test_every_public_name_says_what_it_is(name: str) -> None:
    public = getattr(threatsim, name)
    assert inspect.getdoc(public)
    if inspect.isfunction(public):
        told = inspect.getdoc(public) or ""
        assert [one for one in inspect.signature(public).parameters if f"{one}:" not in told] == []
        assert "Raises:" in told
        assert inspect.signature(public).return_annotation is not inspect.Signature.empty
    if inspect.isclass(public):
        members = [one for name, one in vars(public).items() if not name.startswith("_") and callable(one)]
        assert [one for one in members if not inspect.getdoc(one)] == []


def test_importing_threatsim_imports_nothing_heavy() -> None:
    code = f"import sys, threatsim; dir(threatsim); print({HEAVY!r} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_reading_a_scenario_or_a_report_needs_no_torch() -> None:
    code = (
        "import sys, threatsim\n"
        "threatsim.Scenario.load('insurance_upcoding').arms\n"
        "try: threatsim.load('nothing')\n"
        "except threatsim.RecordError as error: print(error.fault)\n"
        "print({'torch', 'mesa', 'monai'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "missing\nset()\n"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'threatsim' has no attribute 'runn'"):
        threatsim.runn  # noqa: B018
