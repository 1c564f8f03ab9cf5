"""`threatsim images`: what archives of real images have, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import Finding, Json, Quiet, console, interruptible, print_json, terminal_progress

images_app = typer.Typer(help="Archives of real images: check one before it is used.", no_args_is_help=True)


@images_app.callback()
def _group() -> None:
    """Keep `check` a command of its own, though it is the only one."""


@images_app.command()
def check(
    path: Annotated[Path, typer.Argument(help="An archive, or a folder with some.")],
    modality: Annotated[str | None, typer.Option(help="Check the archive of this modality alone.")] = None,
    finding: Finding = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read the beginning of each file alone: damage further on is not found.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say how real images are laid out, what is in each split, and what is wrong; exit code 2 if something is."""
    from threatsim.outcomes.archive_check import check_archives
    from threatsim.report.terminal.lists.archive_table import print_archive

    with interruptible("Nothing was written."):
        checks = check_archives(
            path, modality=modality, finding=finding, quick=quick, progress=terminal_progress(quiet or as_json)
        )
    if as_json:
        print_json([{"usable": one.is_usable, **one.model_dump(mode="json")} for one in checks])
    elif not quiet:
        for one in checks:
            print_archive(one, console())
    if not all(one.is_usable for one in checks):
        raise typer.Exit(2)
