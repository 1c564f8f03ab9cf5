"""`threatsim classifiers surrogates`: thin, with heavy imports inside. Registered in `classifier_commands`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
    Json,
    Quiet,
    console,
    interruptible,
    own_command,
    print_json,
    say,
    terminal_progress,
)


def surrogates(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Train them anew and write them to this folder; surrogates/ of a classifier is read."),
    ] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the surrogates beside a classifier that share less with it than its own, or train them with --out."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.classifier_list import surrogate_rows, surrogates_of
    from threatsim.outcomes.making.surrogate_training import make_as_requested
    from threatsim.report.terminal.lists.listings import surrogate_table

    if out is None:
        shelf, records = surrogates_of(name)
    else:
        shelf = out
        with interruptible("Nothing was written; surrogates that were finished are kept in the cache."):
            records = make_as_requested(
                name,
                out,
                device=resolve_device(device),
                command=own_command(),
                progress=terminal_progress(quiet or as_json),
            )
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
    elif quiet:
        say(str(shelf))
    else:
        table = surrogate_table(surrogate_rows(records))
        console().print(table if records else f"There are no surrogates beside {name}.")
