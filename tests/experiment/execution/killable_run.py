"""Runs the plan of `worlds` until it is killed: `killable_run.py FOLDER WORKERS`."""

from __future__ import annotations

import sys
from pathlib import Path

import worlds

from threatsim.experiment.execution.figures_run import run_figures
from threatsim.experiment.execution.local import LocalExecutor

if __name__ == "__main__":
    run_figures(
        worlds.PointPlan(),
        worlds.TABLES,
        worlds.slow,
        worlds.cells(),
        folder=Path(sys.argv[1]),
        executor=LocalExecutor(int(sys.argv[2])),
    )
