"""`threatsim attack run`, `table` and `transfer`: thin, with heavy imports inside. Registered in `attack_commands`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
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
    own_command,
    print_json,
    say,
    terminal_progress,
)
from threatsim.common.errors import InputError

Cases = Annotated[int, typer.Option(min=1, help="Test cases to attack.")]
Epsilon = Annotated[
    str | None,
    typer.Option(help="Greatest change: 0.02 on the pixel range (the paper's, by default), or 4/255 in grey levels."),
]
PixelRange = Annotated[
    str | None, typer.Option(help="Values of black and white that epsilon is measured on; -1,1 by default.")
]


def _named_values(settings: Iterable[str]) -> dict[str, str]:
    """Return `name=value` -> value by name.

    Raises:
        InputError: there is no `=`.
    """
    found = {}
    for one in settings:
        name, equals, value = one.partition("=")
        if not equals:
            raise InputError(f"--set is '{one}'; wanted is NAME=VALUE", given=one)
        found[name.strip()] = value.strip()
    return found


def run(
    modality: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    attack: Annotated[
        str,
        typer.Option(
            help="Name of an attack, such as pgd or lens_patch (a wrong name lists them all), foolbox:Name or art:Name."
        ),
    ],
    access: Annotated[str | None, typer.Option(help="white_box, black_box, queries or none.")] = None,
    epsilon: Epsilon = None,
    pixel_range: PixelRange = None,
    norm: Annotated[str | None, typer.Option(help="Norm of the budget: linf or l2.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Gradient steps.")] = None,
    step: Annotated[str | None, typer.Option(help="Step size, written as epsilon is; half of it by default.")] = None,
    restarts: Annotated[int | None, typer.Option(min=1, help="Random starts of apgd.")] = None,
    queries: Annotated[int | None, typer.Option(min=1, help="Queries that an image may cost.")] = None,
    goal: Annotated[str | None, typer.Option(help="Stop once the decision is turned, or never.")] = None,
    assumed_resize: Annotated[
        str | None,
        typer.Option(
            help="Resize that the attacker takes for the payer's, such as opencv_linear, or none (not aware of the "
            "scaling); the payer's own by default."
        ),
    ] = None,
    scale: Annotated[float | None, typer.Option(help="Diameter of a patch, share of the width.")] = None,
    angle: Annotated[float | None, typer.Option(help="Greatest rotation either way (degrees).")] = None,
    captures: Annotated[int | None, typer.Option(help="Captures to choose from.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of another package's attack; may be repeated."),
    ] = None,
    towards: Annotated[
        str, typer.Option(help="finding, no_finding, or wrong: every image towards what it is not.")
    ] = "wrong",
    cases: Cases = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the attack's random numbers.")] = 0,
    images: Images = None,
    finding: Finding = None,
    device: Device = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder to write to; one below reports/attacks by default.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run one attack on a classifier's test cases: success, its cost, the curve against the budget, and pictures."""
    from threatsim.outcomes.lab.attack_options import attack_from
    from threatsim.outcomes.lab.attack_run import report_folder, run_attack, towards_known

    spec = attack_from(
        attack,
        {
            "access": access,
            "epsilon": epsilon,
            "pixel_range": pixel_range,
            "norm": norm,
            "steps": steps,
            "step": step,
            "restarts": restarts,
            "queries": queries,
            "goal": goal,
            "assumed_resize": assumed_resize,
            "scale": scale,
            "angle": angle,
            "captures": captures,
            **_named_values(settings or ()),
        },
    )
    towards_known(towards)

    from threatsim.common.device import resolve_device
    from threatsim.outcomes.making.attacker import subject_of
    from threatsim.report.lab.attack_writing import check_folder, write_attack

    check_folder(out)
    progress = terminal_progress(quiet or as_json)
    with interruptible("Batches that were attacked are kept; the same command goes on from there."):
        where = resolve_device(device)
        subject = subject_of(
            modality, images, cases=cases, device=where, progress=progress, finding=finding, attack=spec
        )
        made = run_attack(subject, spec, name=attack, towards=towards, seed=seed, progress=progress)
        folder = write_attack(made, report_folder(made, out))
    if as_json:
        print_json({"report": str(folder), **made.figures.model_dump(mode="json")})
    elif quiet:
        say(str(folder))
    else:
        from threatsim.report.lab.attack_summary import print_attack

        print_attack(made.figures, console(), folder=folder)


def transfer(
    modality: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    images: Images = None,
    finding: Finding = None,
    cases: Cases = 200,
    rungs: Annotated[
        list[str] | None, typer.Option("--surrogate", help="With --images: only this surrogate; may be repeated.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what is measured on photographs beside the weights.")
    ] = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Attack a classifier from surrogates that share less and less with it: architecture, cases, start.

    With --images: one of photographs, from surrogates that are trained on them now, which takes minutes for each.
    """
    if rungs and images is None:
        message = "--surrogate chooses among the surrogates of photographs; name their folder with --images"
        raise InputError(message, given=rungs[0])

    from threatsim.common.device import resolve_device
    from threatsim.outcomes.archive_check import check_finding
    from threatsim.outcomes.lab.ladder import keep_ladder, ladder, rungs_named
    from threatsim.outcomes.lab.transfer_grid import transfer_grid
    from threatsim.report.lab.ladder_lines import print_ladder
    from threatsim.report.lab.transfer_lines import print_transfer

    where, progress = resolve_device(device), terminal_progress(quiet or as_json)
    with interruptible("Surrogates and attacks that were finished are kept; the same command goes on from there."):
        if images is None:
            if finding is not None:
                check_finding(None, finding, ())
            grid = transfer_grid(modality, cases=cases, device=where, progress=progress)
        else:
            chosen = rungs_named(rungs or ())
            made, folder = ladder(
                modality,
                images,
                cases=cases,
                rungs=chosen,
                device=where,
                command=own_command(),
                progress=progress,
                finding=finding,
            )
            if keep:
                keep_ladder(made, folder)
    if as_json:
        print_json((grid if images is None else made).model_dump(mode="json"))
    elif not quiet and images is None:
        print_transfer(grid, console())
    elif not quiet:
        print_ladder(made, console())


def table(
    modalities: Annotated[
        list[str] | None,
        typer.Argument(help="Classifiers; by default the paper's three, or those that there are images of."),
    ] = None,
    images: Images = None,
    finding: Finding = None,
    cases: Annotated[
        int | None,
        typer.Option(min=1, help="Test cases to attack; 500 synthetic ones, or all photographs, by default."),
    ] = None,
    epsilon: Epsilon = None,
    pixel_range: PixelRange = None,
    controls: Annotated[
        bool, typer.Option("--controls", help="Also other patches that are not optimised, and the patch on the lens.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep the tables of photographs beside the weights, to be shown without them."),
    ] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="Take from the table kept there what depends on nothing that changed.")
    ] = False,
    device: Device = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder for table.json, and for the curve of real images.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the paper's Table 1 on these classifiers, beside the paper's figures: clean, PGD and patches.

    Without --images, that of photographs is the one kept with the classifiers of photographs, where they are installed.
    """
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.lab.paper_table_run import TableRequest, run_table
    from threatsim.report.lab.attack_writing import check_folder, write_tables
    from threatsim.report.lab.paper_table_lines import print_tables

    check_folder(out)
    request = TableRequest(
        tuple(modalities or ()),
        images,
        cases,
        epsilon,
        pixel_range,
        controls,
        keep,
        command=own_command(),
        extend=extend,
        finding=finding,
    )
    with interruptible("Attacks that were finished are kept; the same command goes on from there."):
        made = run_table(request, device=resolve_device(device), progress=terminal_progress(quiet or as_json))
        folder = write_tables(made, out)
    if as_json:
        print_json(made.flat())
    elif quiet:
        say(str(folder or ""))
    else:
        print_tables(made, console(), folder=folder)
