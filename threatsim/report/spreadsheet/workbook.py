"""Sheets as an .xlsx file. Text is text: a cell that begins as a formula does is never one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_bytes
from threatsim.experiment.record.record_reading import record_file
from threatsim.report.frames import Report
from threatsim.report.spreadsheet.sheets import Sheet, sheets_of

_LONGEST: Final = 32_767
"""Characters that the format lets a cell hold."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST: Final = 60
_FORMS: Final = {"share": "0.0%", "USD": "#,##0", "USD per year": "#,##0", "USD per provider-year": "#,##0"}
"""Unit -> how a figure of it is shown; the cell holds it in full."""
_NAMED: Final = ("value", "low", "high", "difference", "one_market", "detectable", "expected")


def write_spreadsheet(report: Report, path: Path) -> None:
    """Write a report as a spreadsheet. The same record and label give the same bytes.

    Args:
        report: the report.
        path: the file to write.

    Raises:
        ThreatsimError: XlsxWriter is not installed, or the file cannot be written.
    """
    written = datetime.fromtimestamp(record_file(report.path).stat().st_mtime, UTC)
    data = workbook(sheets_of(report), written)
    try:
        write_bytes(path, data)
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(path)) from None


def workbook(sheets: Sequence[Sheet], written: datetime) -> bytes:
    """Return sheets as the bytes of a workbook.

    Args:
        sheets: the sheets.
        written: when what they hold was written, which the file says of itself.

    Raises:
        ThreatsimError: XlsxWriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        hint = "Install it with: pip install 'threatsim[xlsx]'"
        raise ThreatsimError("a spreadsheet needs XlsxWriter", hint=hint) from None
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": written.replace(tzinfo=None), "author": "threatsim"})
    looks = _Looks(book)
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name), sheet, looks)
    book.close()
    return buffer.getvalue()


class _Looks:
    """The formats of a workbook's cells."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"italic": True, "font_color": "#57606a"})
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        # Kept as text, too, when somebody edits the cell or pastes it elsewhere.
        self.quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self.plain = book.add_format({"valign": "top"})
        self.units = {unit: book.add_format({"num_format": form, "valign": "top"}) for unit, form in _FORMS.items()}


def _write(worksheet: Any, sheet: Sheet, looks: _Looks) -> None:
    """Fill a worksheet: what it holds, the headings with their meanings, the rows."""
    worksheet.write_string(0, 0, _text(sheet.title), looks.title)
    for column, (head, meaning) in enumerate(zip(sheet.columns, sheet.meanings, strict=True)):
        worksheet.write_string(1, column, head, looks.head)
        if meaning:
            worksheet.write_comment(1, column, meaning)
        widest = max((len(str(row[column])) for row in sheet.rows[:500] if row[column] is not None), default=0)
        worksheet.set_column(column, column, min(_WIDEST, max(len(head) + 2, min(widest, _WIDEST) + 1, 9)))
    unit_column = sheet.columns.index("unit") if "unit" in sheet.columns else None
    for number, row in enumerate(sheet.rows, start=2):
        unit = looks.units.get(str(row[unit_column])) if unit_column is not None else None
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, str):
                text = _text(cell)
                worksheet.write_string(number, column, text, looks.quoted if text.startswith(_FORMULA) else looks.text)
            elif isinstance(cell, bool):
                worksheet.write_boolean(number, column, cell, looks.plain)
            else:
                told = unit if unit is not None and sheet.columns[column].startswith(_NAMED) else looks.plain
                worksheet.write_number(number, column, cell, told)
    worksheet.freeze_panes(2, 1)
    if sheet.rows:
        worksheet.autofilter(1, 0, len(sheet.rows) + 1, len(sheet.columns) - 1)


def _text(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
