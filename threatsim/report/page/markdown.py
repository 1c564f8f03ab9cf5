"""The report as Markdown, and its charts as files for a paper: SVG, PNG and CSV of each."""

from __future__ import annotations

import re
from pathlib import Path

from threatsim.report.charts.drawing import standalone
from threatsim.report.page.live_page import templates
from threatsim.report.page.page import Contents
from threatsim.report.words import numbers

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")


def write_markdown(contents: Contents, folder: Path) -> None:
    """Write report.md and charts/NAME.svg, .png and .csv.

    Args:
        contents: what the report says.
        folder: the report's folder; it exists.
    """
    (folder / "report.md").write_text(markdown(contents), encoding="utf-8", newline="\n")
    charts = folder / "charts"
    charts.mkdir()
    for figure in contents.drawn:
        drawing, picture = standalone(figure.still)
        (charts / f"{figure.key}.svg").write_bytes(drawing)
        (charts / f"{figure.key}.png").write_bytes(picture)
        (charts / f"{figure.key}.csv").write_bytes(figure.csv.encode())


def markdown(contents: Contents) -> str:
    """Return the report as Markdown text, in the order of the page; text of the scenario is text, whatever is in it."""
    environment = templates(autoescape=False)
    environment.filters["md"] = escaped
    figures = {figure.key: figure for figure in contents.drawn}
    text = environment.get_template("report.md.j2").render(**contents.values, figures=figures)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def escaped(text: object) -> str:
    """Return text on one line without markup: backslashes before all that Markdown, or HTML in it, could take."""
    plain = _SPECIAL.sub(r"\\\1", numbers.printable(str(text)))
    return re.sub(r"^([-+]|\d+[.)])(?=\s)", r"\\\1", plain)
