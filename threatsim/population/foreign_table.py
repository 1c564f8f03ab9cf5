"""A table of somebody else's in CSV, read row by row: what is wrong is told with the line it stands in."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from threatsim.common.errors import InputError
from threatsim.common.files import MEGABYTE, open_foreign
from threatsim.common.suggest import nearest

LONGEST_LINE = 1_000_000
"""Most characters of a line that are read."""
_SHOWN = 40
"""Most characters of a cell that a message repeats."""


class ForeignTable:
    """The rows of a CSV file.

    Args:
        path: the file.
        stream: its text, opened without translation of line ends.
    """

    def __init__(self, path: Path, stream: TextIO) -> None:
        self.path = path
        self._stream = stream
        self._reader = csv.reader(self._lines())

    @property
    def megabytes(self) -> int:
        """Megabytes of the file that are read so far."""
        return int(self._stream.buffer.tell()) // MEGABYTE if isinstance(self._stream, TextIOWrapper) else 0

    @property
    def line(self) -> int:
        """Number of the line in which the row read last ends, from 1."""
        return self._reader.line_num

    def rows(self) -> Iterator[list[str]]:
        """Yield the cells of every row that is not empty, the header among them.

        Raises:
            InputError: it is no text, has a NUL byte, or a line or a cell that is far too long.
        """
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                text = "a cell is too long: a quote that was opened is not closed" if "field" in str(error) else error
                raise self.wrong(f"the row cannot be read: {text}") from None
            except OSError as error:
                raise self.wrong(f"the file cannot be read: {error.strerror or error}") from None
            if any(row):
                yield row

    def _lines(self) -> Iterator[str]:
        number = 0
        while line := self._stream.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise self.wrong(f"the row is longer than {LONGEST_LINE:,} characters", line=number)
            if "\0" in line:
                raise self.wrong("the row has a NUL byte, so the file is no text or is damaged", line=number)
            yield line

    def columns(self, header: Sequence[str], wanted: Sequence[str], layout: str) -> dict[str, int]:
        """Return name -> place of columns, capitals and small letters alike.

        Args:
            header: the names in the file.
            wanted: those that must be there.
            layout: what is read, for the message that it is not.

        Raises:
            InputError: some are not there, or one is there twice.
        """
        plain = [name.strip().lower() for name in header]
        lacking = [name for name in wanted if name.lower() not in plain]
        if lacking:
            close = [(name, found) for name in lacking if (found := nearest(name, header))]
            raise self.wrong(
                f"the layout is not recognised: {layout} has {shown_list(wanted)}; "
                f"this file lacks {shown_list(lacking)} and has {shown_list([name for name in header if name])}",
                hint=f"The column {_shown(close[0][1])} looks like '{close[0][0]}'." if close else None,
            )
        for name in plain:
            if name and plain.count(name) > 1:
                raise self.wrong(f"the column {_shown(name)} is there twice")
        return {name: plain.index(name.lower()) for name in wanted}

    def whole(self, row: Sequence[str], width: int) -> None:
        """Make sure that a row has as many cells as the header.

        Raises:
            InputError: it has more or fewer.
        """
        if len(row) != width:
            hint = "A text with a comma in it is written in quotes." if len(row) > width else None
            raise self.wrong(f"the row has {len(row):,} cells, and the header {width:,}", hint=hint)

    def wrong(
        self,
        message: str,
        *,
        given: str = "",
        allowed: Sequence[str] = (),
        hint: str | None = None,
        line: int | None = None,
    ) -> InputError:
        """Make the error that says what is wrong with the row read last."""
        place = f"{self.path}:{self.line if line is None else line}"
        return InputError(message, given=given, allowed=allowed, hint=hint, location=place)


@contextmanager
def foreign_table(path: Path, what: str) -> Iterator[ForeignTable]:
    """Open a CSV file of somebody else's.

    Text is UTF-8, with a byte order mark or without; what is not UTF-8 is kept as it is and matters only in a column
    that is read.

    Args:
        path: the file.
        what: its kind, one of `files.BOUNDS`.

    Raises:
        InputError: it is not there, is no regular file, is too large or empty.
    """
    try:
        with open_foreign(path, what) as file:
            stream = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
            try:
                yield ForeignTable(path, stream)
            finally:
                stream.detach()
    except FileNotFoundError:
        raise InputError(f"there is no such {what}", given=str(path), location=str(path)) from None


def shown_list(names: Sequence[str], most: int = 12) -> str:
    """Return names in a row, of many the first."""
    listed = ", ".join(_shown(name, quotes=False) for name in names[:most]) or "none"
    return listed if len(names) <= most else f"{listed} and {len(names) - most} more"


def _shown(text: str, *, quotes: bool = True) -> str:
    """Return a cell as a message repeats it: in a line, cut where it is long."""
    plain = text.encode("utf-8", "replace").decode() if text.isprintable() else ascii(text)[1:-1]
    short = plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}..."
    return f"'{short}'" if quotes else short


def shown(text: str) -> str:
    """Return a cell in quotes as a message repeats it."""
    return _shown(text)


def counted(counts: Mapping[str, int]) -> str:
    """Return reasons with their counts, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{count:,} {reason}" for reason, count in ordered)
