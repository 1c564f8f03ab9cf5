"""The tables of the model's pages say what the schema and the reference scenario say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("script", "told"),
    [("model_tables", ("`audit.network`", "from 0 to 1")), ("parameter_table", ("`law.liability`", "triangular: low"))],
)
def test_the_tables_are_those_of_the_program(script: str, told: tuple[str, ...]) -> None:
    spec = importlib.util.spec_from_file_location(script, Path(__file__).parents[2] / "docs" / "make" / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.page() == page, f"run python docs/make/{script}.py"
    assert all(text in page for text in told)
