"""Intervals, p-values, areas, draws and claims are the same to the last bit on processors that have less."""

from __future__ import annotations

import pytest

from tests.processors.conftest import Took
from tests.processors.settings import WITHOUT_TORCH, Report, differing, report_of


@pytest.fixture(scope="module")
def here() -> Report:
    return report_of("figures_child", {})


def test_every_kind_of_figure_is_compared(here: Report) -> None:
    ends = {name.rpartition(".")[2] for name in here.values}
    assert ends >= {"value", "low", "high", "p", "p_holm", "replicates_needed", "content"}
    starts = {name.split(".")[0] for name in here.values}
    assert starts == {"record", "comparison", "comparison of a size", "area", "doubt", "claims"}
    assert any(name.startswith("doubt.") and ".share." in name for name in here.values)


@pytest.mark.parametrize("name", WITHOUT_TORCH)
def test_figures_are_the_same_to_the_last_bit(here: Report, took_hold: Took, name: str) -> None:
    there = report_of("figures_child", WITHOUT_TORCH[name])
    took_hold(there, dict(WITHOUT_TORCH[name]))
    different = differing(here.values, there.values)
    assert not different, f"{len(different)} of {len(here.values)} differ, here | there:\n" + "\n".join(different[:40])
