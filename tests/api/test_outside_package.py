"""Code that uses threatsim, of an outside package and of the pages, is checked by a type checker against its types."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from tests.docs.shown import PAGES, ROOT, RUN, pieces

PACKAGE = """
from typing import assert_type

import altair as alt
import pandas as pd
import torch
from torch import nn

import threatsim
from threatsim import Attacked, AuditReport, OutcomeTable, Report, Scenario, ScenarioOutcomes, Simulation
from threatsim.attacks import APGD, PGD, PixelBudget


def works(network: nn.Module, images: torch.Tensor, labels: torch.Tensor, table: OutcomeTable) -> None:
    budget = PixelBudget.grey_levels(4)
    attacked = threatsim.attack_model(network, images, labels, PGD(budget=budget))
    assert_type(attacked, Attacked)
    assert_type(attacked.success, torch.Tensor)
    assert_type(attacked.to_frame(), pd.DataFrame)
    assert_type(threatsim.audit_model(network, images, labels, budget=budget), AuditReport)
    scenario = Scenario.load("insurance_upcoding").with_values({"weeks": 4})
    assert_type(scenario, Scenario)
    assert_type(scenario.to_yaml(), str)
    assert_type(threatsim.run(scenario, replicates=2, progress=True), Report)
    outcomes = threatsim.outcomes_of(scenario)
    assert_type(outcomes, ScenarioOutcomes)
    assert_type(outcomes["dermoscopy"], OutcomeTable)
    assert_type(threatsim.simulate(scenario, outcomes), Simulation)
    assert_type(threatsim.simulate(scenario, {"dermoscopy": table}).arms, pd.DataFrame)
    crossing = threatsim.break_even(scenario, "law.damages=1:9", "paid = 0").record.findings.crossings[0]
    assert_type(crossing.at, float)
    assert_type(threatsim.sweep(scenario, "law.damages=1:9").frame, pd.DataFrame)
    assert_type(threatsim.__version__, str)
    try:
        threatsim.load("latest").plot.differences()
    except threatsim.ScenarioError as error:
        assert_type(error.problems[0].hint, str)


def does_not(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    threatsim.attack_model(network, images, labels, "pgd")
    threatsim.run("insurance_upcoding", 4)
    threatsim.run("insurance_upcoding", replicate=4)
    threatsim.simulate("insurance_upcoding", [1, 2])
    APGD(budget=4)
    threatsim.runn("insurance_upcoding")
"""


def code_of_pages() -> dict[str, str]:
    """Return a module of the Python of each page on which it is not run."""
    names = {page: str(page.relative_to(ROOT)) for page in PAGES}
    code = {
        name: "\n".join(piece.text for piece in pieces(page) if piece.kind == "python")
        for page, name in names.items()
        if name not in RUN
    }
    return {name.replace("/", "_").replace("-", "_").replace(".md", ".py"): text for name, text in code.items() if text}


@pytest.mark.types
def test_a_type_checker_sees_what_is_right_and_what_is_wrong(tmp_path: Path) -> None:
    assert files("threatsim").joinpath("py.typed").is_file()
    (tmp_path / "outside.py").write_text(PACKAGE, encoding="utf-8")
    pages = code_of_pages()
    assert len(pages) >= 6
    for name, code in pages.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        f"--config-file={ROOT / 'pyproject.toml'}",
        f"--cache-dir={ROOT / '.mypy_cache'}",  # torch and pandas are read once, by the check of the package
        "--no-error-summary",
        "--hide-error-context",
        "outside.py",
        *pages,
    ]
    # As an installed package is seen: from site-packages, so that only the outside file is judged.
    environment = {**os.environ, "MYPYPATH": ""}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert [line for line in ran.stdout.splitlines() if line.startswith(tuple(pages))] == []
    found = [line for line in ran.stdout.splitlines() if line.startswith("outside.py") and ": error:" in line]
    wrong = 1 + next(i for i, line in enumerate(PACKAGE.splitlines()) if line.startswith("def does_not"))
    lines = sorted({int(line.split(":")[1]) for line in found})
    assert lines == list(range(wrong + 1, wrong + 7)), ran.stdout + ran.stderr
