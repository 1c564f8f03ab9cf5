"""One provider's run, from a report: what it believed, chose, was paid, and when it was accused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pydantic import Field

from threatsim.common.errors import InputError, RecordError
from threatsim.common.suggest import nearest
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.stories.career import CareerPeriod, Decision, career


class ProviderStory(RecordPart):
    """One provider's run in one arm."""

    provider: str = Field(description="Specialty and number within it, as in ophthalmology.17.")
    arm: str = Field(description="Name of the arm.")
    weeks: int = Field(description="Weeks of the run.")
    volume: float = Field(description="Mean cases a week.")
    access: str = Field(description="What it had of the payers' classifiers at the end: none, black_box, white_box.")
    claims: int = Field(description="Claims it billed.")
    false_claims: int = Field(description="Claims it billed falsely on purpose.")
    findings: int = Field(description="Findings against it.")
    accused_week: int | None = Field(description="Week of the accusation, or None.")
    entered_week: int = Field(description="Week from which the present owner had the practice.")
    net_fraud_usd: float = Field(description="What false billing brought over the run, after the same.")
    rate: float | None = Field(description="Share of its claims billed with the finding.")
    peers_rate: float | None = Field(description="Median of that share over its specialty.")
    career: tuple[CareerPeriod, ...] = Field(
        description="What it did year by year, or by quarters in a run of a year or less; empty like the decisions."
    )
    decisions: tuple[Decision, ...] = Field(description="Its decisions in their order; empty if they were not kept.")


def provider_story(report: Path, provider: str, arm: str | None = None) -> ProviderStory:
    """Read one provider's run from a report; replicate 0, of which decisions are kept.

    Args:
        report: the report's folder.
        provider: specialty and number, as in `ophthalmology.17` or `Ophthalmology 17`, or the row of
            providers.parquet.
        arm: name of the arm; the baseline if None.

    Raises:
        ThreatsimError: there is no such report, arm or provider, or the report keeps no decisions.
    """
    record = read_record(report)
    chosen = _arm(record, report, arm)
    everyone = _rows(report / "providers.parquet", arm=chosen, replicate=0)
    row, label = _row(_starts(everyone), len(everyone), provider)
    practice = next(one for one in everyone if one["provider"] == row)
    rates = sorted(
        one["billed_finding_rate"]
        for one in everyone
        if one["specialty"] == practice["specialty"] and one["billed_finding_rate"] == one["billed_finding_rate"]
    )
    rate = practice["billed_finding_rate"]
    decisions = tuple(_decisions(report / "decisions.parquet", chosen, row))
    weeks, entered_week = int(record.scenario["weeks"]), practice.get("entered_week", 0)
    accused_week = practice["accused_week"] if practice["accused_week"] >= 0 else None
    return ProviderStory(
        provider=label,
        arm=chosen,
        weeks=weeks,
        volume=practice["volume"],
        access=practice["access"],
        claims=practice["claims"],
        false_claims=practice["false_claims"],
        findings=practice["findings"],
        accused_week=accused_week,
        entered_week=entered_week,
        net_fraud_usd=practice["net_fraud_usd"],
        rate=rate if rate == rate else None,
        peers_rate=rates[len(rates) // 2] if rates else None,
        career=career(
            decisions,
            weeks=weeks,
            accused_week=accused_week,
            entered_week=entered_week,
            net_usd=practice["net_fraud_usd"],
        ),
        decisions=decisions,
    )


def suspicious(report: Path, arm: str | None = None, *, most: int = 5) -> list[str]:
    """Return the providers of replicate 0 that billed most falsely, by the name that `provider_story` takes."""
    record = read_record(report)
    rows = _rows(report / "providers.parquet", arm=_arm(record, report, arm), replicate=0)
    worst = sorted(rows, key=lambda one: -one["false_claims"])[:most]
    starts = _starts(rows)
    return [f"{one['specialty']}.{one['provider'] - starts[one['specialty']]}" for one in worst if one["false_claims"]]


def _arm(record: RunRecord, report: Path, arm: str | None) -> str:
    """Return the arm that is meant: the baseline if none is named."""
    names = [one.name for one in record.arms]
    chosen = arm or names[0]
    if chosen not in names:
        raise InputError(
            f"there is no arm '{chosen}' in the report; it has {', '.join(names)}",
            given=chosen,
            allowed=names,
            location=str(report),
        )
    return chosen


def _row(starts: Mapping[str, int], total: int, provider: str) -> tuple[int, str]:
    """Return the row of a provider, and its name."""
    counts = {
        name: end - start for (name, start), end in zip(starts.items(), [*starts.values(), total][1:], strict=True)
    }
    if re.fullmatch(r"[0-9]+", provider):
        row = int(provider)
        if row >= total:
            raise InputError(f"there is no provider {row}; there are {total:,}, numbered from 0", given=provider)
        specialty = max((name for name in starts if starts[name] <= row), key=lambda name: starts[name])
        return row, f"{specialty}.{row - starts[specialty]}"
    # As reports print it too: `Radiology 21`.
    written = re.fullmatch(r"\s*(.*?)[\s.]+([0-9]+)\s*", provider)
    specialty, number = (written[1].lower().replace(" ", "_"), written[2]) if written else ("", "")
    if specialty not in counts:
        close = nearest(specialty or provider, counts)
        raise InputError(
            f"'{provider}' is no provider; write a specialty and a number, such as {next(iter(counts))}.0",
            given=provider,
            allowed=counts,
            hint=f"Did you mean '{close}.{number or 0}'?" if close else f"The specialties are {', '.join(counts)}.",
        )
    provider = f"{specialty}.{int(number)}"
    if int(number) >= counts[specialty]:
        raise InputError(
            f"there is no {provider}; {specialty} has {counts[specialty]:,} providers, numbered from 0", given=provider
        )
    return starts[specialty] + int(number), provider


def _starts(everyone: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return specialty -> the row of its provider 0; a record does not keep the order of its specialties."""
    starts: dict[str, int] = {}
    for one in everyone:
        starts.setdefault(one["specialty"], one["provider"])
    return starts


def _decisions(path: Path, arm: str, row: int) -> Iterator[Decision]:
    if not path.is_file():
        return
    for one in _rows(path, arm=arm, provider=row):
        fields = {name: one[name] for name in Decision.model_fields}
        unknown = (name for name, value in fields.items() if isinstance(value, float) and not math.isfinite(value))
        yield Decision(**fields | dict.fromkeys(unknown))


def _rows(path: Path, **equal: Any) -> list[Mapping[str, Any]]:
    if not path.is_file():
        text = f"the report has no {path.name}: it was kept without its tables"
        raise RecordError(text, path=path.parent, fault="missing", hint="A run of its scenario writes them.")
    try:
        table = pq.read_table(path, filters=[(name, "==", value) for name, value in equal.items()])
    except (OSError, ValueError) as error:
        raise RecordError("the report's tables cannot be read", path=path, fault="damaged") from error
    rows: list[Mapping[str, Any]] = table.to_pylist()
    return rows
