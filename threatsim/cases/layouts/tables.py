"""Tables of labels (CSV): rows that know their file and line, so that what is wrong is said with its place."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.common.suggest import did_you_mean

_MOST_LINES = 2_000_000


@dataclass(frozen=True)
class LabelRow:
    """A row of a table of labels.

    Attributes:
        table: the file.
        line: its line, counted from 1.
        cells: text by column, as written.
    """

    table: Path
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """Return a cell without blanks around it; empty if the row ends before it."""
        return self.cells.get(column, "").strip()

    def wrong(self, column: str, message: str) -> InputError:
        """Make the error that says what is wrong with a cell, with file, line and column."""
        before = list(self.cells)[: list(self.cells).index(column)] if column in self.cells else list(self.cells)
        position = 1 + sum(len(self.cells[name]) + 1 for name in before)
        return InputError(message, given=self.cells.get(column, ""), location=f"{self.table}:{self.line}:{position}")

    def one_of(self, column: str, allowed: Sequence[str]) -> str:
        """Return a cell that must be one of these.

        Raises:
            InputError: it is none of them.
        """
        found = self.text(column)
        if found not in allowed:
            listed = f"{', '.join(allowed[:-1])} and {allowed[-1]}"
            raise self.wrong(column, f"{column} is '{found}'; allowed are {listed}")
        return found

    def is_one(self, column: str) -> bool:
        """Return whether a cell that must be 0 or 1, whole or as 0.0 and 1.0, is 1.

        Raises:
            InputError: it is neither.
        """
        return float(self.one_of(column, ("0", "1", "0.0", "1.0"))) == 1


def read_table(path: Path, *columns: str, headed: bool = True) -> list[LabelRow]:
    """Read all rows of a table that are not empty.

    Args:
        path: a CSV file in UTF-8.
        columns: those that it must have; where it has no header, what its columns are called here, in order.
        headed: whether its first line names the columns.

    Raises:
        InputError: it is absent, is no table, or lacks a column.
    """
    try:
        text = read_foreign(path, "table of labels").decode("utf-8-sig")
        table = list(islice(csv.reader(StringIO(text, newline="")), _MOST_LINES + 1))
    except FileNotFoundError:
        raise InputError(f"the archive has no {path.name}", given=str(path), location=str(path)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read: {error}", given=str(path), location=str(path)) from error
    if len(table) > _MOST_LINES:
        text = f"{path.name} has more than {_MOST_LINES:,} lines"
        raise InputError(text, given=str(path), location=f"{path}:{_MOST_LINES + 1}:1")
    header = [name.strip() for name in table[0]] if table and headed else [] if headed else list(columns)
    for needed in columns:
        if needed not in header:
            raise InputError(
                f"{path.name} has no column '{needed}'; its columns are {', '.join(filter(None, header)) or 'none'}",
                given=needed,
                allowed=header,
                location=f"{path}:1:1",
                hint=did_you_mean(needed, header, found="The column looks like") or None,
            )
    return [
        LabelRow(path, line, dict(zip(header, cells, strict=False)))
        for line, cells in enumerate(table[headed:], start=1 + headed)
        if any(cell.strip() for cell in cells)
    ]
