"""Every claim, streamed to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market
from threatsim.market.simulation import simulate

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]


def test_the_file_holds_what_a_sample_of_everything_holds(build: Build, tables: Tables, tmp_path: Path) -> None:
    file = tmp_path / "claims.parquet"
    result = simulate(build(), tables, arm="a", replicate=0, seed=1, sample_rate=1, claims_file=file)
    table = pq.read_table(file)
    assert table.num_rows == result.weekly["claims"].sum()
    assert pq.ParquetFile(file).num_row_groups == 26
    for name, column in result.sample.items():
        np.testing.assert_array_equal(np.array(table[name].to_pylist()), column, err_msg=name)
    assert [path.name for path in tmp_path.iterdir()] == ["claims.parquet"]


def test_a_run_that_stops_leaves_no_file_that_looks_whole(build: Build, tables: Tables, tmp_path: Path) -> None:
    file = tmp_path / "claims.parquet"
    market = Market(build(), tables, claims_file=file)
    for _ in range(3):
        market.step()
    assert not file.exists()


def test_writing_claims_changes_nothing_else(build: Build, tables: Tables, tmp_path: Path) -> None:
    plain = simulate(build(), tables, arm="a", replicate=0, seed=1)
    kept = simulate(build(), tables, arm="a", replicate=0, seed=1, claims_file=tmp_path / "c.parquet")
    assert plain.outcomes == kept.outcomes
    assert plain.accounts == kept.accounts
