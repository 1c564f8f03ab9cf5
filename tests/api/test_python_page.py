"""The page on Python: its blocks are run word for word, and it names every public name."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest
import torch

import threatsim
from tests.api.pages import as_pattern, shown_by, steps
from tests.attacks.conftest import cases_of, small_network
from threatsim.catalogue.attacks import ATTACKS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "how-to" / "python.md"


def test_the_page_runs_from_top_to_bottom(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType("on_the_page")  # pydantic looks up annotations in the module of a class
    monkeypatch.setitem(sys.modules, module.__name__, module)
    checked = 0
    try:
        for step in steps(PAGE):
            shown = shown_by(step, PAGE, vars(module))
            if step.shown is not None:
                assert re.fullmatch(as_pattern(step.shown), shown.strip(), re.DOTALL), f"line {step.line}:\n{shown}"
                checked += 1
    finally:
        ATTACKS._rows.pop("fog", None)  # rows are added for a process, and other tests count them
    assert checked >= 6
    assert (tmp_path / "differences.svg").stat().st_size > 1000
    assert capfd.readouterr() == ("", "")  # nothing is printed that was not asked for


@pytest.mark.parametrize("page", [DOCS / "explanation" / "attacks.md", DOCS / "how-to" / "audit.md"])
def test_the_pages_on_attacks_and_the_audit_run_on_a_network(page: Path) -> None:
    cases = cases_of(12)
    labels = torch.from_numpy(cases.labels.astype("int64"))
    namespace = {"model": small_network(1), "images": cases.images, "labels": labels}
    ran = [shown_by(step, page, namespace) for step in steps(page)]
    assert len(ran) >= 1


def test_every_public_name_is_on_the_page() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## All public names")[2]
    assert set(re.findall(r"`(\w+)`", table)) >= set(threatsim.__all__)
