"""`threatsim brief` and `export`: a report for those who do not open reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import say, write
from threatsim.cli.report_commands import Report


def brief(
    report: Report = "latest",
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write, .pdf or .html; SCENARIO-RUN-brief.pdf where a Chromium prints it, else .html."
        ),
    ] = None,
) -> None:
    """Write a report on one side of A4: question, answer, one chart, three caveats."""
    from threatsim.common.errors import InputError
    from threatsim.experiment.record.record_reading import read_record, record_file
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.report.brief.brief_page import brief_page
    from threatsim.report.brief.print_pdf import chromium, print_pdf
    from threatsim.report.labels import label_of

    if out is not None and out.suffix.lower() not in (".pdf", ".html"):
        raise InputError(f"a brief is a .pdf or a .html, not '{out.suffix}'", given=str(out), location=str(out))
    folder = find_report(report)
    record, label = read_record(folder), label_of(record_file(folder).parent)
    browser = chromium()
    if out is None:
        out = Path(f"{record.scenario.get('name', 'run')}-{record.run_id}-brief{'.pdf' if browser else '.html'}")
    if out.suffix.lower() == ".html":
        write(out, brief_page(record, label))
    elif browser is None:
        hint = f"Write HTML, and print that from any browser: --out {out.with_suffix('.html')}"
        raise InputError("there is no Chromium here to print a PDF", given=str(out), hint=hint, location=str(out))
    else:
        print_pdf(brief_page(record, label), out, browser)
    say(str(out))


def export(
    report: Report = "latest",
    xlsx: Annotated[bool, typer.Option("--xlsx", help="As a spreadsheet: a sheet a table, with units and sources.")] = (
        False
    ),
    out: Annotated[Path | None, typer.Option(help="File to write; SCENARIO-RUN.xlsx by default.")] = None,
) -> None:
    """Write a report's tables for another program."""
    from threatsim.common.errors import InputError
    from threatsim.report.frames import load
    from threatsim.report.spreadsheet.workbook import write_spreadsheet

    if not xlsx:
        hint = "threatsim export REPORT --xlsx; a report's folder holds Parquet and JSON already."
        raise InputError("name the form to export to; there is --xlsx", given=report, hint=hint)
    if out is not None and out.suffix.lower() != ".xlsx":
        raise InputError(f"a spreadsheet is a .xlsx, not '{out.suffix}'", given=str(out), location=str(out))
    found = load(report)
    if out is None:
        out = Path(f"{found.record.scenario.get('name', 'run')}-{found.record.run_id}.xlsx")
    write_spreadsheet(found, out)
    say(str(out))
