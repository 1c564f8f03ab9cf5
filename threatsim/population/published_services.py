"""Medicare's public file "Physician & Other Practitioners - by Provider and Service": a row a provider and service.

The columns are those of the data dictionary at data.cms.gov (resources/medicare-physician-other-practitioners-by-
provider-and-service-data-dictionary). A service that fewer than 11 beneficiaries had of a provider is not in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from threatsim.common.suggest import nearest
from threatsim.population import cells
from threatsim.population.foreign_table import ForeignTable, foreign_table, shown, shown_list

LAYOUT = "Medicare's 'Physician & Other Practitioners - by Provider and Service'"
COLUMNS = (
    "Rndrng_NPI",
    "Rndrng_Prvdr_Type",
    "Rndrng_Prvdr_State_Abrvtn",
    "HCPCS_Cd",
    "Place_Of_Srvc",
    "Tot_Srvcs",
    "Avg_Mdcr_Pymt_Amt",
    "Avg_Mdcr_Stdzd_Amt",
)
OTHER_TYPE, OTHER_SERVICE = "of other provider types", "of other services"
_EVERY = 50_000
"""Rows between two reports of progress."""


@dataclass
class PublishedProvider:
    """A provider of the file: its specialty here, its state, the line it first stood in, services a year by code."""

    specialty: str
    state: str
    line: int
    services: dict[str, float] = field(default_factory=dict)


@dataclass
class PublishedServices:
    """What was taken of the file.

    Attributes:
        providers: NPI -> provider.
        rows, used: rows of the file, and those taken.
        left_out: reason -> rows.
        paid, standardized: state -> USD that Medicare paid for the rows taken, and what it would have paid for them
            without geographic differences.
    """

    providers: dict[str, PublishedProvider] = field(default_factory=dict)
    rows: int = 0
    used: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    paid: dict[str, float] = field(default_factory=dict)
    standardized: dict[str, float] = field(default_factory=dict)

    def fee_factors(self) -> dict[str, float]:
        """Return state -> what Medicare paid there for each dollar of the same services without geography."""
        return {
            state: self.paid[state] / standard if standard > 0 else 1.0 for state, standard in self.standardized.items()
        }


def read_services(
    path: Path,
    types: Mapping[str, str],
    codes: Collection[str] = (),
    advance: Callable[[int], None] | None = None,
) -> PublishedServices:
    """Read the rows of some types of provider, one after the other; only what is taken stays in memory.

    Args:
        path: the file.
        types: published type of provider, as Ophthalmology -> specialty of the scenario.
        codes: the services to take; empty for all.
        advance: called with the megabytes read since.

    Raises:
        InputError: the first thing that is wrong in a row that is taken; a type or a code that no row has.
    """
    with foreign_table(path, "file of services") as table:
        rows = table.rows()
        header = next(rows, [])
        if not header:
            raise table.wrong("the file is empty", line=1)
        place = table.columns(header, COLUMNS, LAYOUT)
        reader = _ServicesReader(table, place, types, codes)
        width, before = len(header), 0
        for number, row in enumerate(rows, start=1):
            table.whole(row, width)
            reader.take(row)
            if advance and number % _EVERY == 0:
                before, since = table.megabytes, table.megabytes - before
                advance(since)
        reader.check(types, codes)
        return reader.found


class _ServicesReader:
    """Takes in the rows of the file, one after the other."""

    def __init__(
        self, table: ForeignTable, place: Mapping[str, int], types: Mapping[str, str], codes: Collection[str]
    ) -> None:
        self.table, self.found = table, PublishedServices()
        self._at = [place[name] for name in COLUMNS]
        self._types = {name.strip().lower(): specialty for name, specialty in types.items()}
        self._codes = frozenset(code.upper() for code in codes)
        self._lines: dict[tuple[str, str, str], int] = {}
        self._seen_types: dict[str, None] = {}
        self._seen_codes: set[str] = set()

    def take(self, row: list[str]) -> None:
        """Take in a row, or count why it is left out."""
        found, table = self.found, self.table
        npi, kind, state, written, setting, services, paid, standardized = (row[at].strip() for at in self._at)
        found.rows += 1
        self._seen_types[kind] = None
        specialty = self._types.get(kind.lower())
        if specialty is None:
            found.left_out[OTHER_TYPE] = found.left_out.get(OTHER_TYPE, 0) + 1
            return
        code = written.upper()
        self._seen_codes.add(code)
        if self._codes and code not in self._codes:
            found.left_out[OTHER_SERVICE] = found.left_out.get(OTHER_SERVICE, 0) + 1
            return
        if not (npi.isascii() and npi.isdigit() and len(npi) == 10):
            raise table.wrong(f"Rndrng_NPI is {shown(npi)}; an NPI has ten digits", given=npi)
        cells.name(table, "HCPCS_Cd", written)
        state = cells.state(table, "Rndrng_Prvdr_State_Abrvtn", state)
        earlier = self._lines.setdefault((npi, code, setting), table.line)
        if earlier != table.line:
            text = f"{npi} has service {code} in setting {shown(setting)} already, in line {earlier:,}"
            raise table.wrong(text, given=npi)
        provider = found.providers.setdefault(npi, PublishedProvider(specialty, state, table.line))
        if (provider.specialty, provider.state) != (specialty, state):
            text = (
                f"{npi} is {specialty} in {state} here, and {provider.specialty} in {provider.state} in line "
                f"{provider.line:,}"
            )
            raise table.wrong(text, given=npi)
        count = cells.amount(table, "Tot_Srvcs", services)
        provider.services[code] = provider.services.get(code, 0.0) + count
        for sums, column, cell in (
            (found.paid, "Avg_Mdcr_Pymt_Amt", paid),
            (found.standardized, "Avg_Mdcr_Stdzd_Amt", standardized),
        ):
            sums[state] = sums.get(state, 0.0) + count * cells.amount(table, column, cell)
        found.used += 1

    def check(self, types: Mapping[str, str], codes: Collection[str]) -> None:
        """Make sure that every type and every code asked for was there.

        Raises:
            InputError: one was not.
        """
        kinds = {name.lower(): name for name in self._seen_types}
        for name in types:
            if name.strip().lower() not in kinds:
                names = list(kinds.values())
                hint = f"Did you mean '{close}'?" if (close := nearest(name, names)) else None
                text = f"no row is of the provider type {shown(name)}; there are {shown_list(sorted(names))}"
                raise self.table.wrong(text, given=name, allowed=names, hint=hint)
        for code in codes:
            if code.upper() not in self._seen_codes:
                text = f"no row of these provider types has the service {shown(code)}"
                raise self.table.wrong(text, given=code, allowed=sorted(self._seen_codes))
