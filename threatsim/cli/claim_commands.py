"""`threatsim claims`: kept claims as a data set for detectors of fraud."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import Json, console, print_json

claims_app = typer.Typer(help="Kept claims (run --keep-claims) as a data set for detectors.", no_args_is_help=True)


@claims_app.callback()
def _group() -> None:
    """Keep `baseline` a command of its own, though it is the only one."""


@claims_app.command()
def baseline(
    report: Annotated[str, typer.Argument(help="A report with kept claims: folder, run id, scenario or latest.")],
    arm: Annotated[str | None, typer.Option(help="Arm of the run; else the baseline.")] = None,
    as_json: Json = False,
) -> None:
    """Measure two detectors off the shelf on the test split, beside the payers' own audits (extra: detectors)."""
    from threatsim.experiment.claim_data.baseline import claim_baseline
    from threatsim.experiment.record.record_reading import read_record
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.report.terminal.lists.baseline_table import print_baseline

    folder = Path(find_report(report))
    found = claim_baseline(folder, arm or read_record(folder).arms[0].name)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_baseline(found, console())
