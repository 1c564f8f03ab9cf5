"""Runs every scenario of the library and keeps its record, summary and page under reports/reference.

python docs/reference_reports.py [NAME ...]
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.replicates import available_workers
from threatsim.experiment.run import RunRequest, run
from threatsim.report.publishing import publish
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.report.terminal.summary import print_summary
from threatsim.scenario.reading.scenario_library import scenario_names

FOLDER = Path(__file__).parents[1] / "reports" / "reference"
KEPT = (RECORD_NAME, "report.html")
SUMMARY = "summary.txt"


def rebuild(name: str) -> None:
    """Run one scenario as it stands in the library, and put its reference report in place of the former one."""
    progress = TerminalProgress(Console(stderr=True))
    with tempfile.TemporaryDirectory() as temporary:
        finished = run(RunRequest(name, None, None, None, available_workers(), "cpu", Path(temporary)), progress)
        publish(finished, progress)
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        for file in KEPT:
            shutil.copyfile(finished.folder / file, folder / file)
        text = io.StringIO()
        path = f"reports/reference/{name}/report.html"
        print_summary(finished.record, Console(file=text, width=80, color_system=None), report_path=path)
        (folder / SUMMARY).write_text(text.getvalue(), encoding="utf-8", newline="\n")
    print(f"{folder}: written")


if __name__ == "__main__":
    for scenario in sys.argv[1:] or scenario_names():
        rebuild(scenario)
