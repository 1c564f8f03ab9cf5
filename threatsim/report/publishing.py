"""Writing a finished run's report folder: record, tables, page, Markdown and charts, all or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from threatsim.common.progress import Progress
from threatsim.experiment.claim_data.documents import write_documents
from threatsim.experiment.execution.durable import while_running
from threatsim.experiment.record.writing import write_report
from threatsim.experiment.run import Run
from threatsim.report.charts.weekly_bands import weekly_bands
from threatsim.report.page.markdown import write_markdown
from threatsim.report.page.neighbours import neighbours
from threatsim.report.page.page import Contents, write_page


def publish(run: Run, progress: Progress) -> None:
    """Write the report of a run into its folder; the kept replicates are then no longer needed.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    page = run.request.page
    with while_running(run.work.folder), progress.stage("Report", 2 if page else 1) as advance:
        contents = None
        if page:
            found = neighbours(run.record, run.results), weekly_bands(run.record, run.results)
            contents = Contents.of(run.record, run.shown.gallery, *found)
            advance(1)

        def extra(folder: Path) -> None:
            if contents:
                write_page(contents, folder / "report.html")
                write_markdown(contents, folder)
            if run.claims:
                shutil.move(run.claims, folder / "claims")
                write_documents(folder / "claims", run.record)

        write_report(run.folder, run.record, run.results, extra=extra)
        advance(1)
    run.work.discard()
