"""Runs the stand-in market with workers until it is interrupted: `interruptible_run.py FOLDER SIMULATE`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import small_world
import stand_in_market

from threatsim.experiment.replicates import ReplicateDone, run_replicates
from threatsim.scenario.schema import Scenario


def main() -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
    scenario = Scenario.model_validate(small_world.scenario_data())

    def tell(done: ReplicateDone) -> None:
        print(done.arm, done.replicate, "resumed" if done.resumed else "computed", flush=True)

    try:
        run_replicates(
            {"baseline": scenario},
            small_world.small_tables(),
            getattr(stand_in_market, sys.argv[2]),
            replicates=4,
            seed=7,
            inputs_fingerprint="ab" * 32,
            folder=Path(sys.argv[1]),
            workers=2,
            progress=tell,
        )
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
