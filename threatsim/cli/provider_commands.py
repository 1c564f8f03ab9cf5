"""`threatsim providers`: populations of real providers for scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import Json, Quiet, console, interruptible, print_json, say, terminal_progress, write
from threatsim.common.errors import InputError

providers_app = typer.Typer(help="Populations of real providers, for scenarios.", no_args_is_help=True)


@providers_app.callback()
def _group() -> None:
    """Keep `import` a command of its own, though it is the only one."""


@providers_app.command("import")
def import_file(
    path: Annotated[
        Path,
        typer.Argument(help="Medicare's file 'Physician & Other Practitioners - by Provider and Service', as CSV."),
    ],
    specialties: Annotated[
        list[str],
        typer.Option(
            "--specialty",
            metavar="TYPE=NAME",
            help="A provider type of the file and the specialty of the scenario, as Ophthalmology=eye; repeatable.",
        ),
    ],
    services: Annotated[
        list[str] | None,
        typer.Option("--service", metavar="CODE", help="A service (HCPCS code) to take, repeatable; else all are."),
    ] = None,
    year: Annotated[
        int | None, typer.Option(min=2000, max=2100, help="Year of the services; needed with --exclusions.")
    ] = None,
    exclusions: Annotated[
        Path | None, typer.Option(help="A list of exclusions in LEIE's layout, as CSV: who may not bill, and when.")
    ] = None,
    gpci: Annotated[
        Path | None,
        typer.Option(
            help="Medicare's table of geographic practice cost indices, as CSV; else fees differ between states as "
            "what Medicare paid does."
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--gpci-weights", metavar="W,P,M", help="Shares of work, practice expense and malpractice in a fee."
        ),
    ] = None,
    keep_ids: Annotated[
        bool,
        typer.Option("--keep-ids", help="Write NPIs, which are personal data, and not running numbers in their place."),
    ] = False,
    out: Annotated[Path, typer.Option(help="The population file to write.")] = Path("population.csv"),
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a population file, which a scenario names as providers.from, of Medicare's public files."""
    from threatsim.population.importing import ImportRequest, import_population, read_types, read_weights
    from threatsim.report.terminal.lists.population_table import print_population

    request = ImportRequest(
        path=path,
        types=read_types(specialties),
        codes=services or (),
        year=year,
        exclusions=exclusions,
        gpci=gpci,
        weights=read_weights(weights) if weights is not None else None,
        ids="kept" if keep_ids else "running",
    )
    if weights is not None and gpci is None:
        raise InputError("--gpci-weights weigh the indices of --gpci, and none is given", given=weights)
    with interruptible("Nothing was written."):
        text, found = import_population(request, terminal_progress(quiet or as_json))
        write(out, text)
    if as_json:
        print_json({"population": str(out), **found.model_dump(mode="json")})
    elif quiet:
        say(str(out))
    else:
        print_population(found, console(), str(out))
