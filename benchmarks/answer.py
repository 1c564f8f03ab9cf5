"""Time to the answer: CPU seconds of each stage of a run as shares of its market's, pictures known and not.

    python benchmarks/answer.py insurance_upcoding --replicates 4 > benchmarks/results/answer.json

The cache is that of THREATSIM_CACHE: with an empty one the first run attacks; the second finds what that one kept.
Each run is a process of its own, so that imports count; only ratios within one process are told.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_ONE = """
import sys, time, json
from pathlib import Path
began = time.process_time()
from rich.console import Console
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.market.simulation import simulate
from threatsim.report.publishing import publish
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.scenario.reading.reader import load_scenario

spent, last = {}, began
def mark(stage):
    global last
    now = time.process_time()
    spent[stage], last = now - last, now

mark("imports")
loaded = load_scenario(sys.argv[1], overrides={"replicates": int(sys.argv[2])})
request = RunRequest(sys.argv[1], None, None, None, 1, "cpu", Path(sys.argv[3]))
run = Run(loaded, request, TerminalProgress(Console(stderr=True), quiet=True))
run.check()
mark("read")
run.prepare()
mark("pictures")
run.simulate()
mark("market")
run.answer(None)
mark("answer")
run.measure()
mark("patterns, curves and gallery")
publish(run, run.progress)
mark("page")
shares = {stage: round(seconds / spent["market"], 3) for stage, seconds in spent.items()}
print(json.dumps({"known": run.known is not None, "torch": "torch" in sys.modules, "shares of the market": shares}))
"""


def main() -> None:
    """Run a scenario twice, and print the shares of both runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--replicates", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [_run(given.scenario, given.replicates, Path(folder) / name) for name in ("first", "second")]
    print(json.dumps({"scenario": given.scenario, "machine": platform.processor(), "runs": runs}, indent=1))


def _run(scenario: str, replicates: int, out: Path) -> Any:
    command = [sys.executable, "-c", _ONE, scenario, str(replicates), str(out)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    main()
