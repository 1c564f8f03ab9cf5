"""What may stand in a cell of a table of somebody else's: names, states, amounts, weeks, days."""

from __future__ import annotations

import re
from datetime import date

from threatsim.population.foreign_table import ForeignTable, shown

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_STATE = re.compile(r"[A-Z]{2}")
_DAY = re.compile(r"\d{8}")


def formula(cell: str) -> bool:
    """Return whether a spreadsheet would compute a cell in place of showing it."""
    return cell[:1] in ("=", "+", "@") or (cell[:1] == "-" and not _NUMBER.fullmatch(cell[1:]))


def amount(table: ForeignTable, column: str, cell: str) -> float:
    """Return a number that is not negative.

    Raises:
        InputError: it is a formula, negative, or no number.
    """
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        return float(cell)
    _no_formula(table, column, cell)
    if cell[:1] == "-":
        raise table.wrong(f"{column} is {shown(cell)}; it is at least 0", given=cell)
    hint = "Numbers are written without commas, as 1234.5." if _NUMBER.fullmatch(cell.replace(",", "")) else None
    raise table.wrong(f"{column} is {shown(cell)}, which is no number", given=cell, hint=hint)


def name(table: ForeignTable, column: str, cell: str) -> str:
    """Return a short name: letters, digits, `_`, `.` and `-`.

    Raises:
        InputError: it is a formula, empty or something else.
    """
    cell = cell.strip()
    if _NAME.fullmatch(cell):
        return cell
    _no_formula(table, column, cell)
    raise table.wrong(f"{column} is {shown(cell)}; it has 1 to 40 letters, digits, _, . and -", given=cell)


def state(table: ForeignTable, column: str, cell: str) -> str:
    """Return a state as two capital letters.

    Raises:
        InputError: it is something else.
    """
    cell = cell.strip()
    if _STATE.fullmatch(cell):
        return cell
    _no_formula(table, column, cell)
    raise table.wrong(f"{column} is {shown(cell)}; it is two capital letters, as OH", given=cell)


def week(table: ForeignTable, column: str, cell: str) -> int | None:
    """Return a number of weeks, or None of an empty cell.

    Raises:
        InputError: it is no whole number from 0 to 9,999.
    """
    cell = cell.strip()
    if not cell:
        return None
    if cell.isascii() and cell.isdigit() and len(cell) <= 4:
        return int(cell)
    _no_formula(table, column, cell)
    raise table.wrong(f"{column} is {shown(cell)}; it is a whole number of weeks, at least 0, or empty", given=cell)


def day(table: ForeignTable, column: str, cell: str) -> date | None:
    """Return a day written as YYYYMMDD, or None of an empty cell or of eight zeros.

    Raises:
        InputError: there is no such day.
    """
    cell = cell.strip()
    if not cell or cell == "00000000":
        return None
    try:
        if _DAY.fullmatch(cell):
            return date(int(cell[:4]), int(cell[4:6]), int(cell[6:]))
    except ValueError:
        pass
    raise table.wrong(f"{column} is {shown(cell)}; a day is written as YYYYMMDD, as 20220131", given=cell)


def _no_formula(table: ForeignTable, column: str, cell: str) -> None:
    if formula(cell):
        hint = "Save the values, not the formulas: a text that begins so would be computed by a spreadsheet."
        raise table.wrong(f"{column} is {shown(cell)}, a spreadsheet's formula and no value", given=cell, hint=hint)
