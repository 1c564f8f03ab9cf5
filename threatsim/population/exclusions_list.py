"""The list of excluded individuals and entities (LEIE) of the US Department of Health's Office of Inspector General.

It has those who are excluded on the day it was made: whoever was reinstated before is not in it any more. A row without
an NPI (0000000000) cannot be matched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from threatsim.population import cells
from threatsim.population.foreign_table import foreign_table

LAYOUT = "the list of excluded individuals and entities (LEIE)"
COLUMNS = ("NPI", "EXCLTYPE", "EXCLDATE", "REINDATE")
NO_NPI = "0000000000"


@dataclass(frozen=True)
class DatedExclusion:
    """An exclusion: its days, and the line it stands in."""

    start: date
    end: date | None
    line: int


@dataclass
class ExclusionsList:
    """What the list says.

    Attributes:
        rows, without_npi: rows of the list, and those without an NPI.
        first, last: the earliest and the latest day of an exclusion.
        matched: NPI -> its latest exclusion, of those asked for.
    """

    rows: int = 0
    without_npi: int = 0
    first: date = date.max
    last: date = date.min
    matched: dict[str, DatedExclusion] = field(default_factory=dict)


def read_exclusions(path: Path, wanted: Collection[str] | Mapping[str, object], year: int) -> ExclusionsList:
    """Read a list of exclusions.

    Args:
        path: the file.
        wanted: NPIs to look for.
        year: that the population is of.

    Raises:
        InputError: the first thing that is wrong in it; that no exclusion of it is of the year or before, or that it
            ends before the year.
    """
    with foreign_table(path, "list of exclusions") as table:
        rows = table.rows()
        header = next(rows, [])
        if not header:
            raise table.wrong("the file is empty", line=1)
        place = table.columns(header, COLUMNS, LAYOUT)
        npi_at, start_at, end_at = (place[name] for name in ("NPI", "EXCLDATE", "REINDATE"))
        found, width = ExclusionsList(), len(header)
        for row in rows:
            table.whole(row, width)
            found.rows += 1
            start = cells.day(table, "EXCLDATE", row[start_at])
            if start is None:
                raise table.wrong("EXCLDATE is empty; it is the day of the exclusion, as YYYYMMDD")
            end = cells.day(table, "REINDATE", row[end_at])
            if end is not None and end <= start:
                raise table.wrong(f"REINDATE {end:%Y%m%d} is not after EXCLDATE {start:%Y%m%d}")
            found.first, found.last = min(found.first, start), max(found.last, start)
            npi = row[npi_at].strip()
            if npi in ("", NO_NPI):
                found.without_npi += 1
            elif npi in wanted and (npi not in found.matched or found.matched[npi].start < start):
                found.matched[npi] = DatedExclusion(start, end, table.line)
        if not found.rows:
            raise table.wrong("the list has no exclusion: no row follows its header")
        if found.last < date(year, 1, 1) or found.first > date(year, 12, 31):
            span = f"from {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}"
            raise table.wrong(
                f"the list is of another year: its exclusions are {span}, and the population is of {year}",
                given=str(year),
                hint=f"Take the list as it was published after {year}, or set --year to the year of the services.",
            )
        return found
