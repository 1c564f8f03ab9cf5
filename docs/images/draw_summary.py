"""Draw the picture of a run's summary that the README shows.

    python docs/images/draw_summary.py REPORT

Writes `docs/images/summary.svg`: what `threatsim run` printed at the end of that run.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from threatsim.experiment.record.record_reading import read_record
from threatsim.report.terminal.summary import print_summary

WIDTH = 100


def main(report: Path) -> None:
    """Print the summary into a picture."""
    printed = io.StringIO()
    console = Console(file=printed, width=WIDTH, force_terminal=True, color_system="truecolor", highlight=False)
    print_summary(read_record(report), console, report_path=f"reports/{report.parent.name}/{report.name}/report.html")
    lines = printed.getvalue().splitlines()
    picture = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in lines:
        picture.print(Text.from_ansi(line), soft_wrap=True)
    svg = picture.export_svg(title="threatsim run scenarios/insurance_upcoding.yaml")
    # No font is fetched: the reader's own monospace serves, and every piece of text carries its width.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    svg = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"
    Path(__file__).with_name("summary.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
