"""A provider's career: how many weeks of each year, or quarter of a single one, it billed honestly, falsely or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import Field

from threatsim.experiment.record.part import RecordPart

YEAR: Final = 52
QUARTER: Final = 13


class Decision(RecordPart):
    """What a provider believed and chose at one of its decisions."""

    week: int = Field(description="Week of the decision, from 0.")
    tactic: str = Field(description="Tactic chosen; empty for honest billing.")
    share: float = Field(description="Share of the eligible cases billed falsely until the next decision.")
    payer: str = Field(description="The one payer billed falsely; empty for all of them.")
    considered: str = Field(description="The tactic chosen, or the best of those that were not.")
    worth_usd_per_week: float | None = Field(description="What the option considered should bring a week.")
    believed_paid: float | None = Field(
        description="Believed chance that a false claim by it is paid; None where beliefs play no part."
    )
    believed_found: float | None = Field(description="Believed chance that it is found out.")
    findings: int = Field(description="Findings against the provider so far.")
    excluded: bool = Field(description="Whether it was excluded by then.")
    gained_usd: float = Field(description="What false billing had brought, after attacks, recoupment and penalties.")


class CareerPeriod(RecordPart):
    """A year of a career, or a quarter where the run is no longer than a year."""

    first_week: int = Field(description="First week of the period.")
    last_week: int = Field(description="Last week of the period.")
    honest_weeks: int = Field(description="Weeks in which all billing was honest.")
    cheating_weeks: dict[str, int] = Field(description="Tactic -> weeks in which it was used, the first used first.")
    excluded_weeks: int = Field(description="Weeks in which the practice was excluded and billed nothing.")
    unknown_weeks: int = Field(description="Weeks before the first decision that was kept.")
    accused: bool = Field(description="Whether the provider was accused of fraud in the period.")
    replaced: bool = Field(description="Whether a newcomer took the practice over in the period.")
    gained_usd: float | None = Field(
        description="What false billing brought in the period, after attacks, recoupment and penalties, by the "
        "decisions kept; the last period ends with the run. None where no decision was kept."
    )


def career(
    decisions: Sequence[Decision], *, weeks: int, accused_week: int | None, entered_week: int, net_usd: float
) -> tuple[CareerPeriod, ...]:
    """Return a provider's career by years, or by quarters in a run of a year or less.

    Args:
        decisions: of the provider, in their order; each holds until the next. None were kept: an empty career.
        weeks: length of the run.
        accused_week: week of the accusation; None if there was none.
        entered_week: week from which the present owner had the practice; 0 if it was the first.
        net_usd: what false billing had brought at the end of the run (USD).

    Returns:
        The periods; their weeks add up to `weeks`, and what they brought to `net_usd`.
    """
    if not decisions:
        return ()
    states = list(_states(decisions, weeks, entered_week))
    length = YEAR if weeks > YEAR else QUARTER
    periods = []
    for first in range(0, weeks, length):
        last = min(first + length, weeks) - 1
        here = states[first : last + 1]
        start, end = (_gained_by(decisions, week, weeks, net_usd) for week in (first, last + 1))
        periods.append(
            CareerPeriod(
                first_week=first,
                last_week=last,
                honest_weeks=here.count(""),
                cheating_weeks={
                    tactic: here.count(tactic) for tactic in dict.fromkeys(here) if tactic and tactic != _EXCLUDED
                },
                excluded_weeks=here.count(_EXCLUDED),
                unknown_weeks=here.count(None),
                accused=accused_week is not None and first <= accused_week <= last,
                replaced=entered_week > 0 and first <= entered_week <= last,
                gained_usd=end - start,
            )
        )
    return tuple(periods)


_EXCLUDED: Final = " excluded"  # no name of a tactic begins with a blank


def _states(decisions: Sequence[Decision], weeks: int, entered_week: int) -> Iterator[str | None]:
    """Yield for each week the tactic in use, an empty text for honest billing, or that it was excluded."""
    upcoming = iter([*decisions[1:], None])
    now, following = decisions[0], next(upcoming)
    for week in range(weeks):
        while following is not None and following.week <= week:
            now, following = following, next(upcoming)
        if week < now.week:
            yield None
        elif now.excluded and now.week < entered_week <= week:
            yield ""  # a newcomer bills honestly until it decides
        else:
            yield _EXCLUDED if now.excluded else now.tactic


def _gained_by(decisions: Sequence[Decision], week: int, weeks: int, net_usd: float) -> float:
    """Return what false billing had brought by a week, as the first decision from then on has it."""
    if week == 0:
        return 0.0
    if week >= weeks:
        return net_usd
    return next((decision.gained_usd for decision in decisions if decision.week >= week), net_usd)
