"""The list and the reports' pages as files, that open from a disk or any web server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import write_text
from threatsim.view.app import list_page
from threatsim.view.index import RunIndex
from threatsim.view.report_pages import report_html


def write_bundle(folders: Sequence[Path], into: Path) -> int:
    """Write the list and every report's page.

    Args:
        folders: where reports lie.
        into: folder to write to; it is not there yet, or empty.

    Returns:
        How many reports are in it.

    Raises:
        InputError: the folder holds something, or a folder of reports is not there.
        ThreatsimError: it cannot be written.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise InputError("something is there already", given=str(into), location=str(into))
    rows = RunIndex(folders).all_rows()
    finished = [row for row in rows if row.state == "finished"]
    try:
        for row in finished:
            folder, target = Path(row.path), into / "report" / f"{row.id}.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_text(target, report_html(folder))
        write_text(into / "index.html", list_page(rows=[row.model_copy(update={"path": ""}) for row in rows]))
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(into)) from error
    return len(finished)
