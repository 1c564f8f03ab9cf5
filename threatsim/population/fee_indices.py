"""Medicare's geographic practice cost indices (GPCI), a row a locality: what fees are multiplied by in each state.

A fee is the sum of work, practice expense and malpractice, each times its index (42 CFR 414.22, 414.26). Here one
factor stands for the three, their mean by given weights; a state has the plain mean of its localities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from threatsim.population import cells
from threatsim.population.foreign_table import ForeignTable, foreign_table

LAYOUT = "Medicare's table of geographic practice cost indices"
_MOST_BANNER = 12
"""Rows above the names of the columns, at most."""
_INDICES = ("PW GPCI", "PE GPCI", "MP GPCI")


def read_fee_indices(path: Path, weights: Sequence[float]) -> dict[str, float]:
    """Return state -> factor.

    Args:
        path: the file, as CSV: some rows of titles, the names of the columns, a row a locality, notes.
        weights: of work, practice expense and malpractice; they sum to 1.

    Raises:
        InputError: the layout is not recognised, or an index is no number.
    """
    with foreign_table(path, "table of fee indices") as table:
        rows = table.rows()
        place = _header(table, rows)
        localities: dict[str, list[float]] = {}
        for row in rows:
            if len(row) <= max(place.values()) or not row[place["locality"]].strip():
                continue  # notes below the table
            state = cells.state(table, "State", row[place["state"]])
            indices = [cells.amount(table, name, row[place[name]]) for name in _INDICES]
            factor = math.fsum(weight * index for weight, index in zip(weights, indices, strict=True))
            localities.setdefault(state, []).append(factor)
        if not localities:
            raise table.wrong("the table has no locality")
        return {state: math.fsum(factors) / len(factors) for state, factors in localities.items()}


def _header(table: ForeignTable, rows: Iterator[list[str]]) -> Mapping[str, int]:
    """Return name -> place of the columns; of the work indices with and without a floor that with it, which is paid."""
    for row in islice(rows, _MOST_BANNER):
        names = [" ".join(name.lower().split()) for name in row]
        place = {"state": names.index("state")} if "state" in names else {}
        for key, part in (("locality", "locality number"), *((name, name.lower()) for name in _INDICES)):
            found = [at for at, name in enumerate(names) if part in name and "without" not in name]
            if found:
                place[key] = found[0]
        if len(place) == 2 + len(_INDICES):
            return place
    wanted = "State, Locality Number, PW GPCI, PE GPCI and MP GPCI"
    raise table.wrong(
        f"the layout is not recognised: {LAYOUT} has {wanted}, and none of the first {_MOST_BANNER} rows names them"
    )
