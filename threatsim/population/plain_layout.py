"""The plain layout of a population: a CSV file with a row a provider.

    id,specialty,state,fee_factor,excluded_week,reinstated_week,services_92250,services_92228
    p000001,ophthalmology,OH,0.954,,,310,12
    p000002,ophthalmology,OH,0.954,17,,92,0

`id`, `specialty` and one column `services_CODE` at least must be there. `state` is two capital letters; `fee_factor`
multiplies the fees and the cost of care (1 where it is left out); the weeks are those from the first of the record, the
first in which a provider is excluded and the first in which it may bill again, empty for never.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.common.suggest import did_you_mean
from threatsim.population import cells
from threatsim.population.foreign_table import ForeignTable, shown, shown_list

SERVICES = "services_"
"""What the name of a column of services begins with; a code follows."""
NEEDED = ("id", "specialty")
OPTIONAL = ("state", "fee_factor", "excluded_week", "reinstated_week")
NO_SERVICE = "provided no service that counts"
LARGEST_FACTOR = 10.0


@dataclass
class PracticeColumns:
    """The practices of one specialty, in the order of the file.

    Attributes:
        services: a year, of those that count.
        fee_factors: what fees and cost of care are multiplied by.
        excluded: place, week of exclusion, week of reinstatement or None, of those who are excluded.
        states: how many there are in each state.
    """

    services: list[float] = field(default_factory=list)
    fee_factors: list[float] = field(default_factory=list)
    excluded: list[tuple[int, int, int | None]] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PopulationFile:
    """What a population file says.

    Attributes:
        sha256: of the file, as 64 hex digits.
        rows: providers that it has.
        left_out: reason -> providers that are not used.
        practices: specialty -> those that are.
    """

    sha256: str
    rows: int
    left_out: Mapping[str, int]
    practices: Mapping[str, PracticeColumns]


@dataclass(frozen=True)
class PlainRow:
    """A provider, as it is written to a file in the plain layout."""

    id: str
    specialty: str
    state: str
    fee_factor: float
    excluded_week: int | None
    reinstated_week: int | None
    services: Mapping[str, float]


def read_population(
    path: Path, specialties: Sequence[str], services: Mapping[str, Sequence[str]] | None = None
) -> PopulationFile:
    """Read a file in the plain layout.

    Args:
        path: the file.
        specialties: those that there may be.
        services: specialty -> codes of the services that count; of one without, all of them do.

    Raises:
        InputError: it cannot be read, or the first thing that is wrong in it.
    """
    try:
        data = read_foreign(path, "population file")
    except FileNotFoundError:
        raise InputError("there is no such population file", given=str(path), location=str(path)) from None
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline="")
    table = ForeignTable(path, stream)
    rows = table.rows()
    header = next(rows, [])
    if not header:
        raise table.wrong("the file is empty; its first row has the names of the columns", line=1)
    reader = _Reader(table, header, specialties, services or {})
    for row in rows:
        reader.take(row)
    if not reader.seen:
        raise table.wrong("the file has no provider: no row follows its header")
    return PopulationFile(hashlib.sha256(data).hexdigest(), len(reader.seen), reader.left_out, reader.practices)


class _Reader:
    """Takes in the rows of a plain file, one after the other."""

    def __init__(
        self,
        table: ForeignTable,
        header: Sequence[str],
        specialties: Sequence[str],
        services: Mapping[str, Sequence[str]],
    ) -> None:
        self.table, self.width, self.specialties = table, len(header), specialties
        self.seen: dict[str, int] = {}
        self.left_out: dict[str, int] = {}
        self.practices = {one: PracticeColumns() for one in specialties}
        layout = f"a plain population (columns id, specialty and {SERVICES}CODE)"
        self.place = table.columns(header, NEEDED, layout)
        names = [name.strip().lower() for name in header]
        self.place |= {name: names.index(name) for name in OPTIONAL if name in names}
        self.codes = {
            name[len(SERVICES) :].upper(): column for column, name in enumerate(names) if name.startswith(SERVICES)
        }
        known = (*NEEDED, *OPTIONAL)
        for name in names:
            if name not in known and not name.startswith(SERVICES):
                hint = did_you_mean(name, known) or f"A column of services begins with {SERVICES}, as {SERVICES}92250."
                raise table.wrong(f"there is no column {shown(name)} in {layout}", given=name, hint=hint)
        if not self.codes:
            raise table.wrong(f"the layout is not recognised: {layout} has a column of services, and this file none")
        self.counting = {one: self._counting(one, services) for one in specialties}

    def _counting(self, specialty: str, services: Mapping[str, Sequence[str]]) -> list[tuple[str, int]]:
        wanted = [code.upper() for code in services.get(specialty, self.codes)]
        for code in wanted:
            if code not in self.codes:
                raise self.table.wrong(
                    f"there is no column {SERVICES}{code}, which counts for {specialty}; there are "
                    f"{shown_list(list(self.codes))}",
                    given=code,
                    allowed=list(self.codes),
                )
        return [(code, self.codes[code]) for code in wanted]

    def take(self, row: Sequence[str]) -> None:
        table, place = self.table, self.place
        table.whole(row, self.width)
        identity = cells.name(table, "id", row[place["id"]])
        if identity in self.seen:
            text = f"the id {shown(identity)} is in line {self.seen[identity]:,} already; each provider has one row"
            raise table.wrong(text, given=identity)
        self.seen[identity] = table.line
        specialty = row[place["specialty"]].strip()
        if specialty not in self.practices:
            raise self._unknown(specialty)
        practices = self.practices[specialty]
        state = cells.state(table, "state", row[place["state"]]) if "state" in place else ""
        factor = cells.amount(table, "fee_factor", row[place["fee_factor"]]) if "fee_factor" in place else 1.0
        if not 0 < factor <= LARGEST_FACTOR:
            raise table.wrong(f"fee_factor is {factor:g}; it is above 0, up to {LARGEST_FACTOR:g}")
        weeks = [cells.week(table, name, row[place[name]]) if name in place else None for name in OPTIONAL[2:]]
        services = {code: cells.amount(table, f"{SERVICES}{code}", row[at]) for code, at in self.codes.items()}
        total = math.fsum(services[code] for code, _ in self.counting[specialty])
        excluded, reinstated = weeks
        if reinstated is not None and (excluded is None or reinstated <= excluded):
            raise table.wrong("reinstated_week comes after excluded_week, and there is none without it")
        if total == 0:
            self.left_out[NO_SERVICE] = self.left_out.get(NO_SERVICE, 0) + 1
            return
        if excluded is not None:
            practices.excluded.append((len(practices.services), excluded, reinstated))
        practices.services.append(total)
        practices.fee_factors.append(factor)
        practices.states[state] = practices.states.get(state, 0) + 1

    def _unknown(self, specialty: str) -> InputError:
        if cells.formula(specialty):
            return self.table.wrong(f"specialty is {shown(specialty)}, a spreadsheet's formula and no value")
        return self.table.wrong(
            f"the scenario has no providers {shown(specialty)}; it has {shown_list(self.specialties)}",
            given=specialty,
            allowed=self.specialties,
        )


def population_text(rows: Sequence[PlainRow], codes: Sequence[str]) -> str:
    """Return the text of a file in the plain layout."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*NEEDED, *OPTIONAL, *(f"{SERVICES}{code}" for code in codes)])
    for row in rows:
        weeks = ["" if week is None else week for week in (row.excluded_week, row.reinstated_week)]
        counts = [f"{row.services.get(code, 0.0):.10g}" for code in codes]
        writer.writerow([row.id, row.specialty, row.state, f"{row.fee_factor:.6g}", *weeks, *counts])
    return out.getvalue()
