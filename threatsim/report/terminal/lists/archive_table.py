"""What an archive of real images has, as `threatsim images check` says it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.archive_check import ArchiveCheck
from threatsim.report.plain_text import visible


def print_archive(check: ArchiveCheck, console: Console) -> None:
    """Print an archive's layout, counts and sizes, and what is wrong."""
    console.print(Text(visible(check.path), style="bold"))
    console.print(Text(f"{check.title}; {check.modality}; label 1: {check.finding}"))
    if check.splits:
        table = Table("split", box=None, pad_edge=False)
        for column in ("images", "with the finding", "without", "patients"):
            table.add_column(column, justify="right")
        for row in check.splits:
            counts = (row.images, row.positives, row.images - row.positives, row.patients)
            table.add_row(row.split, *(f"{count:,}" for count in counts))
        console.print(table)
    if check.left_out:
        console.print(Text(f"{check.left_out:,} more show what is in the test split, and are left out."))
    if sizes := _sizes(check):
        console.print(Text(sizes))
    if check.is_usable:
        what = "was read to its end" if check.decoded else "was read at its beginning and its last bytes (--quick)"
        console.print(Text(f"Nothing is wrong; every file {what}.", style="green"))
        return
    console.print(Text(f"{check.problems:,} {'problem' if check.problems == 1 else 'problems'}:", style="bold red"))
    for problem in check.first_problems:
        console.print(Text(visible(problem)), soft_wrap=True)
    if more := check.problems - len(check.first_problems):
        console.print(Text(f"and {more:,} more"))


def _sizes(check: ArchiveCheck) -> str:
    if check.smallest is None or check.largest is None:
        return ""
    smallest, largest = (f"{width} x {height}" for width, height in (check.smallest, check.largest))
    text = f"Pictures of {smallest} pixels" if smallest == largest else f"Pictures of {smallest} to {largest} pixels"
    if not check.oblong:
        return f"{text}, all square."
    return (
        f"{text}; {check.oblong:,} of {check.images:,} are no squares: a classifier's card says whether they are "
        "squeezed, or cropped to the field of view and padded."
    )
