"""What stands for nobody, never and everybody cannot be taken for one another, nor for a place in a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.conventions import ALL_PAYERS, HONEST, NO_WEEK
from threatsim.market.providers.options import column_of
from threatsim.market.simulation import simulate

if TYPE_CHECKING:
    from tests.market.conftest import Build


def test_signs_differ_and_two_of_them_are_no_place() -> None:
    assert len({HONEST, NO_WEEK, ALL_PAYERS}) == 3
    assert np.int8(ALL_PAYERS) == ALL_PAYERS
    for sign in (NO_WEEK, ALL_PAYERS):
        with pytest.raises(IndexError):
            np.zeros(100)[np.array([sign])]


def test_the_column_of_all_payers_is_the_last() -> None:
    target = np.array([0, ALL_PAYERS, 1], np.int8)
    assert column_of(target, 3).tolist() == [0, 2, 1]
    assert column_of(np.array([ALL_PAYERS], np.int8), 1).tolist() == [0]


def test_what_is_written_keeps_its_signs(build: Build, tables: dict[str, OutcomeTable]) -> None:
    """Reports and notebooks read -1 for a provider that was never accused, and an empty name for all payers."""
    result = simulate(build({"weeks": 30}), tables, arm="a", replicate=0, seed=0)
    weeks = result.providers["accused_week"]
    assert weeks.min() == -1
    assert (weeks[weeks != -1] >= 0).all()
    assert set(result.decisions["payer"]) == {""}
