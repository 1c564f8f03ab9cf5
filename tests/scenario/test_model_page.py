"""The tables of docs/explanation/model.md say what the schema says."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_tables_are_those_of_the_schema() -> None:
    script = Path(__file__).parents[2] / "docs" / "make" / "model_tables.py"
    spec = importlib.util.spec_from_file_location("model_tables", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.page() == page, "run python docs/make/model_tables.py"
    assert "`audit.network`" in page
    assert "from 0 to 1" in page
