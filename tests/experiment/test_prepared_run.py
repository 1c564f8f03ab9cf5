"""A run in shards has the draws of uncertain numbers that the run itself has, and keeps its replicates as it does."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_world

from threatsim.experiment.doubt.drawn_runs import folder_of_draws
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.execution.sharding.prepared_plan import PreparedPlan, read_prepared, write_prepared
from threatsim.experiment.execution.sharding.shards import Shard, run_shard, whole_shards
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import OuterLoop, outer_loop
from threatsim.experiment.prepared_run import ALL, RUN, KeptRun, RunPlan
from threatsim.market.exact_tables import exact_tables
from threatsim.scenario.schema import Scenario

FINGERPRINT = "ab" * 32


def arms() -> dict[str, Scenario]:
    """Return arms whose order is not that of their names."""
    data = small_world.scenario_data() | {"doubt": 2, "weeks": 3}
    draws = {"low": 100, "mode": 200, "high": 400}
    data["conduct"]["reluctance_median"] = {"triangular": draws, "unit": "USD per claim", "kind": "assumed"}
    found = {}
    for number, arm in enumerate(data["arms"]):
        for payer in data["payers"]:
            payer["audit"]["random"] = 0.01 * (1 + number)
        found[arm["name"]] = Scenario.model_validate(data)
    assert list(found) != sorted(found)
    return found


@pytest.fixture(scope="module")
def loop() -> OuterLoop:
    return outer_loop(arms(), draws=2, seed=7)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, loop: OuterLoop) -> PreparedPlan:
    folder = tmp_path_factory.mktemp("plan")
    tables = {ALL: exact_tables(next(iter(arms().values())))}
    cells = [Cell(0, arm, number) for arm in arms() for number in (0, 1, *loop.replicates)]
    write_prepared(folder, RunPlan(FINGERPRINT, 7, arms()), tables, cells, title="Small", question=RUN)
    return read_prepared(folder)


def test_the_draws_are_those_of_the_run(prepared: PreparedPlan, loop: OuterLoop) -> None:
    found = KeptRun(prepared)
    assert found.loop == loop
    assert found.arms == arms()


def test_replicates_and_draws_are_kept_apart_and_gathered_so(
    prepared: PreparedPlan, loop: OuterLoop, tmp_path: Path
) -> None:
    keeping = KeptRun(prepared)
    for number in (2, 1):
        done = run_shard(prepared, Shard(number, 2), keeping, out=tmp_path / "shards", executor=LocalExecutor(1))
        assert done.failures == {}
    shards = whole_shards(prepared, [tmp_path / "shards"], keeping)
    keeping.gather(shards.folders, tmp_path / "all")
    own = KeptReplicates(tmp_path / "all", FINGERPRINT)
    draws = KeptReplicates(folder_of_draws(own), FINGERPRINT)
    for arm in arms():
        assert [own.holds(arm, number) for number in (0, 1, loop.replicates[0])] == [True, True, False]
        assert all(draws.holds(arm, number) for number in loop.replicates)
        whole, drawn = own.load(arm, 0), draws.load(arm, loop.replicates[0])
        assert whole is not None
        assert drawn is not None
        assert whole.weekly
        assert not drawn.weekly
    (tmp_path / "shards" / "shard-0001-of-0002" / "doubt").rename(tmp_path / "gone")
    with pytest.raises(Exception, match=r"lacks \d replicates or is damaged: run shard 1/2 again"):
        whole_shards(prepared, [tmp_path / "shards"], keeping)
