"""What threatsim keeps for itself, damaged at random: none is believed that was not put there, nothing lost for good.

Some dozen of each in the tests, the same each time; `make fuzz` tries FUZZ times as many, other ones each time.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.durable import keep
from threatsim.experiment.execution.parts import Parts, packed, table_of
from threatsim.experiment.kept import kept_file
from threatsim.outcomes.bank.bank import OutcomeBank

TIMES = int(os.environ.get("FUZZ", "1"))
RELAXED = settings(
    deadline=None,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PLACES = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(["flip", "cut", "zero", "double", "end"]),
        st.integers(0, 7),
        st.integers(1, 600),
    ),
    min_size=1,
    max_size=3,
)
"""Where in a file, as a share of it; what happens there; which bit; how many bytes."""


def damaged(data: bytes, places: list[tuple[float, str, int, int]]) -> bytes:
    for share, what, bit, length in places:
        start = int(share * len(data))
        part = data[start : start + length]
        if what == "flip" and part:
            data = data[:start] + bytes([part[0] ^ (1 << bit)]) + data[start + 1 :]
        elif what == "cut":
            data = data[:start] + data[start + length :]
        elif what == "zero":
            data = data[:start] + bytes(len(part)) + data[start + length :]
        elif what == "double":
            data = data[:start] + part + data[start:]
        elif what == "end":
            data = data[:start]
    return data


SCORES = {number.to_bytes(24, "big"): number / 1024 for number in range(700)}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("bank")
    OutcomeBank(folder).put(SCORES)
    return (folder / "outcomes.sqlite").read_bytes()


@settings(RELAXED, max_examples=25 * TIMES)
@given(places=PLACES)
def test_banks(tmp_path: Path, bank: bytes, places: list[tuple[float, str, int, int]]) -> None:
    """A score that is found is the one that was put; what is missing is put again and then found."""
    shutil.rmtree(tmp_path / "bank", ignore_errors=True)
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "outcomes.sqlite").write_bytes(damaged(bank, places))
    here = OutcomeBank(tmp_path / "bank")
    found = here.get(list(SCORES))
    assert found.items() <= SCORES.items()
    here.put({key: score for key, score in SCORES.items() if key not in found})
    assert here.get(list(SCORES)) == SCORES
    again = OutcomeBank(tmp_path / "bank").get(list(SCORES))
    assert again.items() <= SCORES.items()


ROWS = {
    Cell(point, "baseline", replicate): {"payer_loss": 1.5 * point, "fraud": 0.1}
    for point in range(3)
    for replicate in range(5)
}


@settings(RELAXED, max_examples=20 * TIMES)
@given(places=PLACES, summed=st.booleans())
def test_parts_of_a_sweep(tmp_path: Path, places: list[tuple[float, str, int, int]], summed: bool) -> None:
    """Damage is seen by the sum beside a part; with a sum to match, a part is passed over or read, and ends nothing."""
    whole = packed(table_of(ROWS, "ab" * 32))
    folder = tmp_path / "parts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    changed = damaged(whole, places)
    keep(folder / "part-0.parquet", changed if summed else whole)
    (folder / "part-0.parquet").write_bytes(changed)
    found = [cell for _, cells in Parts(folder, "ab" * 32).cells() for cell in cells]
    if not summed:
        assert found == (sorted(ROWS) if changed == whole else [])


@settings(RELAXED, max_examples=25 * TIMES)
@given(places=PLACES)
def test_findings_in_the_cache(places: list[tuple[float, str, int, int]]) -> None:
    """Findings come back whole or not at all."""
    array = np.arange(40, dtype=np.float64)
    text: Any = {"auroc": 0.1, "rows": [1, None, "a"]}
    whole = kept_file.packed("pictures", "k", text, {"scores": array})
    found = kept_file.unpacked("pictures", "k", damaged(whole, places))
    if found is not None:
        assert found[0] == text
        np.testing.assert_array_equal(found[1]["scores"], array)
    assert kept_file.unpacked("patterns", "k", whole) is None
