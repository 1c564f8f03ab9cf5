"""From published files to a plain one: providers of some types, who is excluded when, and fees by state."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from threatsim.common.errors import InputError
from threatsim.common.files import MEGABYTE
from threatsim.common.progress import Progress
from threatsim.population.exclusions_list import DatedExclusion, read_exclusions
from threatsim.population.fee_indices import read_fee_indices
from threatsim.population.foreign_table import shown
from threatsim.population.plain_layout import PlainRow, population_text
from threatsim.population.published_services import PublishedProvider, PublishedServices, read_services

GPCI_WEIGHTS = (0.51, 0.45, 0.04)
"""Shares of work, practice expense and malpractice in a fee, where none are given: assumed, no source was read."""
Ids = Literal["running", "kept"]
_SPECIALTY = re.compile(r"[a-z][a-z0-9_]*")


class ImportedPopulation(BaseModel):
    """What was imported, and what was not."""

    model_config = ConfigDict(frozen=True)

    rows: int = Field(description="Rows of the file of services.")
    rows_used: int = Field(description="Rows that were taken.")
    rows_left_out: dict[str, int] = Field(description="Why the others were not, and how many.")
    providers: dict[str, int] = Field(description="Providers written, by specialty.")
    providers_left_out: dict[str, int] = Field(description="Why others were not, and how many.")
    services: dict[str, float] = Field(description="Services a year of those written, by code.")
    states: dict[str, int] = Field(description="Providers written, by state.")
    excluded: int = Field(description="Providers written who are excluded on some day after the year began.")
    ids: Ids = Field(description="running: numbers in place of NPIs; kept: the NPIs.")
    fees: str = Field(description="Where the fee factors come from.")
    notes: tuple[str, ...] = Field(description="What a user should know of it.")


@dataclass(frozen=True)
class ImportRequest:
    """What is asked for.

    Attributes:
        path: the file of services.
        types: published type of provider -> specialty of the scenario.
        codes: services to take; empty for all.
        year: of the services; needed with exclusions.
        exclusions: a list in LEIE's layout.
        gpci: a table of indices, in place of what Medicare paid by state.
        weights: of its three indices; None for `GPCI_WEIGHTS`.
        ids: whether NPIs are replaced.
    """

    path: Path
    types: Mapping[str, str]
    codes: Collection[str] = ()
    year: int | None = None
    exclusions: Path | None = None
    gpci: Path | None = None
    weights: Sequence[float] | None = None
    ids: Ids = "running"


def read_types(written: Sequence[str]) -> dict[str, str]:
    """Return published type of provider -> specialty, of entries as Ophthalmology=eye.

    Raises:
        InputError: an entry is something else, or a type is named twice.
    """
    types: dict[str, str] = {}
    for entry in written:
        kind, sign, specialty = entry.partition("=")
        kind, specialty = kind.strip(), specialty.strip()
        if not (sign and kind and _SPECIALTY.fullmatch(specialty)):
            text = f"a specialty is written as TYPE=NAME, as Ophthalmology=eye, not as {shown(entry)}"
            raise InputError(text, given=entry, hint="A name has lower-case letters, digits and _.")
        if kind.lower() in (one.lower() for one in types):
            raise InputError(f"the provider type {shown(kind)} is named twice", given=entry)
        types[kind] = specialty
    return types


def read_weights(written: str) -> tuple[float, ...]:
    """Return three weights that sum to 1, written with commas between.

    Raises:
        InputError: they are something else.
    """
    try:
        weights = tuple(float(part) for part in written.split(","))
    except ValueError:
        weights = ()
    if len(weights) != 3 or not all(0 <= weight <= 1 for weight in weights) or abs(math.fsum(weights) - 1) > 1e-6:
        text = f"weights are three shares that sum to 1, as 0.5,0.45,0.05, not {shown(written)}"
        raise InputError(text, given=written)
    return weights


def import_population(request: ImportRequest, progress: Progress) -> tuple[str, ImportedPopulation]:
    """Return the text of a file in the plain layout, and what was imported.

    Providers are ordered by specialty and state, in each as they stand in the file.

    Raises:
        InputError: the first thing that is wrong in one of the files.
    """
    if request.exclusions and request.year is None:
        text = "a list of exclusions needs the year of the services, which the file does not say"
        raise InputError(text, given="--exclusions", hint="Name it with --year, as --year 2022.")
    size = request.path.stat().st_size // MEGABYTE if request.path.is_file() else 0
    with progress.stage("Reading services", size, "MB") as advance:
        found = read_services(request.path, request.types, request.codes, advance)
    excluded, notes = _exclusions(request, found.providers)
    factors, fees = _factors(request, found)
    left_out: dict[str, int] = {}
    rows: list[PlainRow] = []
    ordered = sorted(found.providers.items(), key=lambda item: (item[1].specialty, item[1].state))
    for npi, provider in ordered:
        reason, weeks = _weeks(excluded.get(npi), request.year)
        if not reason and sum(provider.services.values()) == 0:
            reason = "with no service"
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        name = f"p{len(rows) + 1:06d}" if request.ids == "running" else npi
        factor = factors.get(provider.state, 1.0)
        rows.append(PlainRow(name, provider.specialty, provider.state, factor, *weeks, provider.services))
    if not rows:
        raise InputError("no provider is left to be written", given=str(request.path), location=str(request.path))
    if missing := sorted({row.state for row in rows} - set(factors)):
        notes = (*notes, f"No fee index for {', '.join(missing)}: their factor is 1.")
    codes = sorted({code for row in rows for code in row.services})
    return population_text(rows, codes), _summary(request, found, rows, codes, left_out, fees, notes)


def _exclusions(
    request: ImportRequest, providers: Mapping[str, PublishedProvider]
) -> tuple[Mapping[str, DatedExclusion], tuple[str, ...]]:
    if request.exclusions is None or request.year is None:
        return {}, ()
    found = read_exclusions(request.exclusions, providers, request.year)
    note = (
        f"The list has {found.rows:,} exclusions, {found.without_npi:,} of them without an NPI, which match nobody; "
        "who was reinstated before it was made is not in it."
    )
    return found.matched, (note,)


def _weeks(exclusion: DatedExclusion | None, year: int | None) -> tuple[str, tuple[int | None, int | None]]:
    """Return why a provider is left out, or empty; and the weeks of exclusion and reinstatement, from 1 January."""
    if exclusion is None or year is None:
        return "", (None, None)
    begin = date(year, 1, 1)
    start = (exclusion.start - begin).days
    end = None if exclusion.end is None else (exclusion.end - begin).days
    if start < 0:
        return "" if end is not None and end <= 0 else f"excluded before {year}", (None, None)
    first, last = start // 7, None if end is None else end // 7
    if last is not None and last <= first:
        last = first + 1
    return "", (first, last)


def _factors(request: ImportRequest, found: PublishedServices) -> tuple[Mapping[str, float], str]:
    if request.gpci is None:
        text = "what Medicare paid in each state for a dollar of the same services without geographic differences"
        return found.fee_factors(), f"{text} (Avg_Mdcr_Pymt_Amt over Avg_Mdcr_Stdzd_Amt)"
    weights = request.weights or GPCI_WEIGHTS
    told = ", ".join(f"{weight:g}" for weight in weights)
    how = "given" if request.weights else "assumed"
    text = f"{request.gpci.name}, the mean of a state's localities; weights of work, practice and malpractice {told}"
    return read_fee_indices(request.gpci, weights), f"{text} ({how})"


def _summary(
    request: ImportRequest,
    found: PublishedServices,
    rows: Sequence[PlainRow],
    codes: Sequence[str],
    left_out: Mapping[str, int],
    fees: str,
    notes: Sequence[str],
) -> ImportedPopulation:
    return ImportedPopulation(
        rows=found.rows,
        rows_used=found.used,
        rows_left_out=dict(found.left_out),
        providers=_tally(row.specialty for row in rows),
        providers_left_out=dict(left_out),
        services={code: sum(row.services.get(code, 0.0) for row in rows) for code in codes},
        states=_tally(row.state for row in rows),
        excluded=sum(row.excluded_week is not None for row in rows),
        ids=request.ids,
        fees=fees,
        notes=tuple(notes),
    )


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
