"""How the moments of `threatsim calibrate` come out at given values of one number, such as the one that ships.

A posterior is a range, a scenario holds each number at one value: this runs markets at such values, all on the same
streams, and tells mean and 5 and 95 % quantiles of each moment that is fitted. Run it with

    python benchmarks/moments_at.py [--number conduct.reluctance_median] [--at 814 2000] [--markets 24] [--json]

`benchmarks/results/moments_at.json` has the flagship as it ships and as it was before it was fitted.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from threatsim.calibration.moment_markets import MomentMarkets, Particle
from threatsim.calibration.moments_file import read_moments, shipped_moments
from threatsim.calibration.moments_of_scenario import scenario_with_arms
from threatsim.calibration.predictions import interval, predicted
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.markets import lone_replicates
from threatsim.report.terminal.progress_bars import TerminalProgress

FRESH = 5000
"""Number of the first stream: beyond all that a fit of the usual size has looked at."""


def main() -> None:
    """Run it, and print the results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scenario", default="insurance_upcoding")
    options.add_argument("--number", default="conduct.reluctance_median")
    options.add_argument("--at", type=float, nargs="+", default=[814.0, 2000.0])
    options.add_argument("--weeks", type=int, default=156)
    options.add_argument("--markets", type=int, default=24)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    progress = TerminalProgress(Console(stderr=True))
    read = read_moments(shipped_moments())
    with tempfile.TemporaryDirectory() as folder:
        request = RunRequest(given.scenario, None, None, None, 1, "cpu", Path(folder), overrides={"weeks": given.weeks})
        loaded, held = scenario_with_arms(request, request.overrides, read)
        run = Run(loaded, replace(request, overrides=held), progress)
        run.check()
        run.prepare()
        arms = tuple(arm.name for arm in loaded.scenario.arms)
        markets = MomentMarkets(run, read.content.moments, arms, LocalExecutor(1), progress, Path(folder) / "kept")
        fitted = read.used("fit")
        rows: list[dict[str, Any]] = []
        for value in given.at:
            streams = [lone_replicates(FRESH + number, 1) for number in range(given.markets)]
            particles = [Particle({given.number: value}, one) for one in streams]
            found = markets.moments_of(particles, tuple(fitted), f"{given.number} = {value:g}")
            for (name, moment), column in zip(fitted.items(), found.T, strict=True):
                told = predicted(column, moment)
                rows.append(
                    {"number": given.number, "at": value, "moment": name, "published": moment.value}
                    | {"mean": told.mean, "90 %": interval(column), "verdict": told.verdict}
                )
    if given.json:
        print(json.dumps({"scenario": given.scenario, "markets": given.markets, "rows": rows}, indent=1))
        return
    for row in rows:
        print(", ".join(f"{key}: {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
