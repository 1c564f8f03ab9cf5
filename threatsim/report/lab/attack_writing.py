"""The folder of an attack: page.html, panel.png, curve.png, curve.svg and figures.json; of a table: table.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_bytes
from threatsim.experiment.record.fingerprint import canonical_json
from threatsim.outcomes.lab.attack_run import AttackRun
from threatsim.outcomes.lab.paper_table_run import PaperTables
from threatsim.report.lab.attack_charts import curve_files, panel_of, panel_of_pgd
from threatsim.report.lab.attack_page import attack_page
from threatsim.report.lab.attack_panel import panel_png
from threatsim.report.lab.attack_words import attack_title


def check_folder(folder: Path | None) -> None:
    """Refuse, before the work, a place that no folder can be made at.

    Raises:
        ThreatsimError: it or a part of its path is a file.
    """
    if folder is None:
        return
    for part in (folder, *folder.parents):
        if part.exists():
            if not part.is_dir():
                raise ThreatsimError("is a file, so nothing can be written there", location=str(part), hint=_HINT)
            return


def write_attack(run: AttackRun, folder: Path) -> Path:
    """Write all files of an attack; files of the same names are replaced, others stay.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    figures = run.figures
    made = {
        "figures.json": (canonical_json(figures.model_dump(mode="json"), indent=1) + "\n").encode(),
        "panel.png": panel_png(run.examples, threshold=figures.threshold, heading=attack_title(figures)),
        "page.html": attack_page(run).encode(),
    }
    if figures.curve is not None and figures.curve.points:
        made |= curve_files([panel_of(figures.curve)])
    return write_files(made, folder)


def write_tables(made: PaperTables, folder: Path | None) -> Path | None:
    """Write table.json, and with real images curve.json, curve.svg and curve.png.

    Args:
        folder: where to; where None, nothing is written but the curve, below reports/attacks.

    Returns:
        The folder, or None if nothing was written.
    """
    files: dict[str, bytes] = {}
    if made.curves:
        curves = [curve.model_dump(mode="json") for curve in made.curves]
        files |= curve_files([panel_of_pgd(curve, made.budget.whole_levels) for curve in made.curves])
        files["curve.json"] = (canonical_json(curves, indent=1) + "\n").encode()
    if folder is not None or files:
        files["table.json"] = (canonical_json(made.flat(), indent=1) + "\n").encode()
        return write_files(files, folder or Path("reports") / "attacks" / f"table-{made.identity}")
    return None


def write_files(made: Mapping[str, bytes], folder: Path) -> Path:
    """Write files by name into a folder that is made if need be.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    try:
        for name, data in made.items():
            write_bytes(folder / name, data)
    except OSError as error:
        raise ThreatsimError(
            f"nothing can be written there: {error.strerror or error}", location=str(folder), hint=_HINT
        ) from error
    return folder


_HINT = "Name another folder with --out."
