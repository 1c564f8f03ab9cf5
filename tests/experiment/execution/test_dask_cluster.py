"""A real scheduler and its workers give the bytes that one process gives, and lose nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import small_world
import stand_in_market
import worlds

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.execution import dask_cluster
from threatsim.experiment.execution.dask_cluster import DaskExecutor, executor_of
from threatsim.experiment.execution.figures_run import run_figures
from threatsim.experiment.execution.local import LocalExecutor

pytest.importorskip("distributed")
PLAN = worlds.PointPlan()


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a cluster are started anew: they find the stand-in market by the environment."""
    paths = [str(Path(__file__).parent), str(Path(small_world.__file__).parent)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def test_a_cluster_with_a_killer_and_then_processes_of_this_machine_end_as_one_process(tmp_path: Path) -> None:
    whole = run_figures(
        PLAN,
        worlds.TABLES,
        stand_in_market.simulate,
        worlds.cells(),
        folder=tmp_path / "whole",
        executor=LocalExecutor(1),
    )
    found = run_figures(
        PLAN, worlds.TABLES, worlds.dying_at_one, worlds.cells(), folder=tmp_path / "dask", executor=DaskExecutor(3)
    )
    assert {(cell.arm, cell.replicate) for cell in found.failures} == {("baseline", 3)}
    assert found.table.num_rows == 38
    rest = run_figures(
        PLAN,
        worlds.TABLES,
        stand_in_market.simulate,
        worlds.cells(),
        folder=tmp_path / "dask",
        executor=LocalExecutor(1),
    )
    assert rest.file.read_bytes() == whole.file.read_bytes()


def test_a_worker_unlike_the_coordinator_is_refused_with_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coordinator says that it has another numpy: what its workers have then differs."""
    from distributed import LocalCluster

    real = dask_cluster.handshake()
    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        executor = DaskExecutor(1, cluster.scheduler_address)
        executor.check()
        monkeypatch.setattr(dask_cluster, "handshake", lambda: {**real, "numpy": "0.1"})
        refused = r"worker tcp://127.0.0.1:\d+ would not get the same.*numpy: .* 0\.1"
        with pytest.raises(ThreatsimError, match=refused):
            executor.check()
        with pytest.raises(ThreatsimError, match=refused):
            run_figures(
                PLAN,
                worlds.TABLES,
                stand_in_market.simulate,
                worlds.cells(1, 2),
                folder=tmp_path,
                executor=executor,
            )


def test_a_scheduler_that_is_not_there(tmp_path: Path) -> None:
    executor = DaskExecutor(1, "tcp://127.0.0.1:9", timeout=2.0)
    with pytest.raises(ThreatsimError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        executor.check()
    with pytest.raises(ThreatsimError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run_figures(
            PLAN, worlds.TABLES, stand_in_market.simulate, worlds.cells(1, 2), folder=tmp_path, executor=executor
        )
    assert not list(tmp_path.glob("*.parquet"))


def test_an_executor_that_is_none() -> None:
    assert isinstance(executor_of("local", 2), LocalExecutor)
    assert executor_of("tls://there:8786", 2) == DaskExecutor(2, "tls://there:8786")
    for none in ("slurm", "tcp://there", "tcp://:8786", "tcp://there:port"):
        with pytest.raises(InputError, match="allowed is local, dask, tcp://HOST:PORT or tls://HOST:PORT"):
            executor_of(none, 2)
