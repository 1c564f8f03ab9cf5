"""`threatsim doctor` and `clean`: thin, with heavy imports inside. Registered in `main`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import Json, console, interruptible, print_json, say


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


def clean(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders of reports; reports/ if none is named.")] = None,
    days: Annotated[
        float,
        typer.Option("--days", min=0, help="Age from which what an unfinished run or training kept is left over."),
    ] = 7.0,
    yes: Annotated[bool, typer.Option("--yes", help="Remove what is listed.")] = False,
    as_json: Json = False,
) -> None:
    """List what killed runs have left beside the reports, and killed trainings in the cache; with --yes, remove it."""
    from threatsim.common.cache import cache_folder
    from threatsim.experiment.kept.leftovers import find_checkpoints, find_leftovers, remove
    from threatsim.experiment.record.report_finder import HOME
    from threatsim.report.terminal.lists.leftover_table import in_total, print_leftovers

    oldest = days * 86400.0
    found = find_leftovers(folders or [HOME], oldest) + find_checkpoints(cache_folder(), oldest)
    failed = {one.path: why for one, why in remove(found) if why} if yes else {}
    if as_json:
        rows = [
            {"path": str(one.path), "what": one.what, "bytes": one.size, "problem": failed.get(one.path, "")}
            for one in found
        ]
        print_json({"removed": yes, "leftovers": rows})
    else:
        print_leftovers(found, failed, console())
        say(in_total(found, failed, removed=yes))
    if failed:
        raise typer.Exit(1)
