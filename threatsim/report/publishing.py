"""Writing a finished run's report folder: record, tables, page, Markdown and charts, all or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from threatsim.common.progress import Progress
from threatsim.experiment.record.writing import write_report
from threatsim.experiment.run import Run
from threatsim.experiment.success_curves import thresholds_now
from threatsim.report.charts.network_view import network_view
from threatsim.report.page.markdown import write_markdown
from threatsim.report.page.page import Contents, write_page


def publish(run: Run, progress: Progress) -> None:
    """Write the report of a run into its folder; the kept replicates are then no longer needed.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    with progress.stage("Report", 3) as advance:
        thresholds = thresholds_now(run.prepared, run.loaded.scenario)
        shown = {name: part.attacked_now for name, part in run.prepared.items()}
        gallery = [item for name, part in shown.items() for item in part.gallery(run.attacks, thresholds[name])]
        advance(1)
        contents = Contents.of(run.record, gallery, network_view(run.record, run.results))
        advance(1)

        def extra(folder: Path) -> None:
            write_page(contents, folder / "report.html")
            write_markdown(contents, folder)
            if run.claims:
                shutil.move(run.claims, folder / "claims")

        write_report(run.folder, run.record, run.results, extra=extra)
        advance(1)
    run.work.discard()
