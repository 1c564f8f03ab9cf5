"""`threatsim doctor`: thin, with heavy imports inside. Registered in `main`."""

from __future__ import annotations

import typer

from threatsim.cli.options import Json, console, interruptible, print_json


def doctor(as_json: Json = False) -> None:
    """Check the processor, libraries, cache, and fixed small runs; exit code 1 if something is off."""
    from threatsim.experiment.doctor.checkup import check_up
    from threatsim.report.terminal.doctor_table import print_findings, verdict

    with interruptible("Nothing was written."):
        findings = check_up()
    if as_json:
        rows = [finding.model_dump(mode="json") for finding in findings]
        print_json({"verdict": verdict(findings), "findings": rows})
    else:
        print_findings(findings, console())
    if any(finding.state == "off" for finding in findings):
        raise typer.Exit(1)
