"""Commands on attacks, `threatsim attack ...`: thin, with heavy imports inside."""

from __future__ import annotations

from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
    Finding,
    Images,
    Json,
    Quiet,
    console,
    interruptible,
    print_json,
    terminal_progress,
)
from threatsim.cli.pictures import lab_commands

attack_app = typer.Typer(
    help="Attacks on the payers' classifiers: run one, the paper's table, transfer, defences, audit.",
    no_args_is_help=True,
)


attack_app.command()(lab_commands.run)
attack_app.command()(lab_commands.table)
attack_app.command()(lab_commands.transfer)


@attack_app.callback()
def _attack() -> None:
    pass


@attack_app.command()
def audit(
    name: Annotated[
        str | None, typer.Argument(help="Name of a classifier, or a folder with a card.yaml; all shipped by default.")
    ] = None,
    images: Images = None,
    finding: Finding = None,
    cases: Annotated[int, typer.Option(min=8, help="Test cases that the attacks are checked on.")] = 64,
    save: Annotated[
        bool | None,
        typer.Option("--save/--no-save", help="Keep the report beside the weights; by default for your own only."),
    ] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check whether attacked figures of a classifier can be believed: gradients, budgets, restarts, black boxes."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.audit.audit_run import AuditRequest, audit_as_requested
    from threatsim.report.lab.audit_table import print_audit

    request, made = AuditRequest(name, images, cases, save, finding), []
    progress = terminal_progress(quiet or as_json)
    with interruptible("Audits that were finished are as printed; those that were to be saved are saved."):
        for one in audit_as_requested(request, device=resolve_device(device), progress=progress):
            made.append(one)
            if not as_json:
                print_audit(one, console(), brief=quiet)
    if as_json:
        print_json([one.rows() for one in made])
    if any(one.report.flags for one in made):
        raise typer.Exit(1)


@attack_app.command()
def defences(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    images: Images = None,
    finding: Finding = None,
    cases: Annotated[int, typer.Option(min=8, help="Test cases that the attacks are run on.")] = 128,
    false_alarm: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Share of clean images that a control may flag.")
    ] = 0.05,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure detectors, restoration and integrity controls: false alarms, naive attacks, attacks that know them."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.defence_trials.defence_run import DefenceRequest, measure_defences

    request = DefenceRequest(name, images, cases, false_alarm, finding=finding)
    with interruptible("Nothing was written."):
        figures = measure_defences(request, device=resolve_device(device), progress=terminal_progress(quiet or as_json))
    if as_json:
        print_json(figures.model_dump(mode="json"))
    elif not quiet:
        from threatsim.report.lab.defence_tables import print_defences

        print_defences(figures, console())
