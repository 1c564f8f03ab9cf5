"""Runs every scenario of the library and keeps of its report what a forge shows under reports/reference.

That is the record, the terminal summary, and report.md with its charts as small pictures; the page is kept of the
flagship alone, since a page weighs megabytes and every rebuild stays in the history for good.

python docs/make/reference_reports.py [NAME ...]
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console

from threatsim.experiment.record.fingerprint import canonical_json
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.replicates import available_workers
from threatsim.experiment.run_request import RunRequest
from threatsim.experiment.whole_run import run
from threatsim.report.publishing import publish
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.report.terminal.summary import print_summary
from threatsim.scenario.reading.scenario_library import scenario_names

FOLDER = Path(__file__).parents[2] / "reports" / "reference"
FLAGSHIP = "insurance_upcoding"
PAGE, MARKDOWN, SUMMARY = "report.html", "report.md", "summary.txt"
CHART_WIDTH, CHART_COLOURS = 720, 32
"""Of a kept chart: pixels, enough for a column of text, and colours of its palette."""


def rebuild(name: str) -> None:
    """Run one scenario as it stands in the library, and put its reference report in place of the former one."""
    progress = TerminalProgress(Console(stderr=True))
    with tempfile.TemporaryDirectory() as temporary:
        finished = run(RunRequest(name, None, None, None, available_workers(), "cpu", Path(temporary)), progress)
        publish(finished, progress)
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "charts").mkdir(parents=True)
        # Without blanks a record takes two thirds, and says the same.
        (folder / RECORD_NAME).write_text(
            canonical_json(json.loads((finished.folder / RECORD_NAME).read_text(encoding="utf-8"))) + "\n",
            encoding="utf-8",
            newline="\n",
        )
        if name == FLAGSHIP:
            shutil.copyfile(finished.folder / PAGE, folder / PAGE)
        keep_markdown(finished.folder, folder)
        text = io.StringIO()
        path = f"reports/reference/{name}/{PAGE if name == FLAGSHIP else MARKDOWN}"
        print_summary(finished.record, Console(file=text, width=80, color_system=None), report_path=path)
        (folder / SUMMARY).write_text(text.getvalue(), encoding="utf-8", newline="\n")
    print(f"{folder}: written")


def keep_markdown(report: Path, folder: Path) -> None:
    """Copy report.md, and the charts it shows in a size for a column of text."""
    text = (report / MARKDOWN).read_text(encoding="utf-8")
    text = re.sub(r"^As \[SVG\]\(.*\n+", "", text, flags=re.MULTILINE)
    (folder / MARKDOWN).write_text(text, encoding="utf-8", newline="\n")
    for chart in re.findall(r"\(charts/(\w+\.png)\)", text):
        with Image.open(report / "charts" / chart) as picture:
            height = round(picture.height * CHART_WIDTH / picture.width)
            small = picture.convert("RGB").resize((CHART_WIDTH, height), Image.Resampling.LANCZOS)
        # Most pixels are white or grey: a palette by their number would leave the thin coloured lines none.
        palette = small.quantize(CHART_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        palette.save(folder / "charts" / chart, optimize=True)


if __name__ == "__main__":
    for scenario in sys.argv[1:] or scenario_names():
        rebuild(scenario)
