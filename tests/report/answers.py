"""Answers to questions whose figures are made up and known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from threatsim.questions.answer_record import AnswerRecord
from threatsim.questions.break_even.findings import BreakEvenFindings, Crossing, ValueLookedAt
from threatsim.questions.break_even.question import BreakEvenRecord
from threatsim.questions.optimise.findings import FreshTold, GoalTold, LeverTold, SearchFindings, TrialTold
from threatsim.questions.optimise.record import SearchRecord
from threatsim.questions.sensitivity.findings import (
    Answer,
    Effect,
    Index,
    SensitivityFindings,
    Swing,
    Variance,
    VariedNumber,
)
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.questions.sweep.findings import PointFigure, SweepFindings, VariedPath
from threatsim.questions.sweep.question import SweepRecord
from threatsim.statistics.estimate import Difference, Estimate

ARMS = {"baseline": "As it is", "audits": "Twice the audits <script>hacked = 1</script>"}
FIGURES = ("payer_loss", "honest_denied")


def about(value: float, width: float = 1.0) -> Estimate:
    return Estimate(value=value, low=value - width, high=value + width, n=8)


def _record(kind: type[AnswerRecord[Any]], question: str, findings: Any) -> Any:
    return kind(
        question=question,
        scenario="made_up",
        title="A made-up scenario",
        seed=1,
        arms=ARMS,
        options={},
        inputs="ab",
        versions={},
        findings=findings,
    )


def sweep_of(paths: dict[str, Sequence[Any]], points: Sequence[dict[str, Any]], design: str = "grid") -> SweepRecord:
    """A sweep in which a figure is the number of its point, of the second arm ten more."""
    found = [
        PointFigure(
            point=place,
            arm=arm,
            figure=figure,
            level=about((place + 10 * shift) / (100 if figure == "honest_denied" else 1), 0.01),
            difference=None if arm == "baseline" else Difference(**about(10.0).model_dump()),
        )
        for place in range(len(points))
        for shift, arm in enumerate(ARMS)
        for figure in FIGURES
    ]
    findings = SweepFindings(
        design=design,
        replicates=8,
        varied=tuple(
            VariedPath(path=path, unit="share", stands=values[0], values=tuple(values), log=path == "a.rate")
            for path, values in paths.items()
        ),
        points=tuple(points),
        figures=FIGURES,
        found=tuple(found),
        failures=(),
        metrics_hash="",
    )
    record: SweepRecord = _record(SweepRecord, "sweep", findings)
    return record


def grid(rates: Sequence[float], fines: Sequence[float]) -> SweepRecord:
    points = [{"a.rate": rate, "b.fine": fine} for rate in rates for fine in fines]
    return sweep_of({"a.rate": rates, "b.fine": fines}, points)


def line(rates: Sequence[float]) -> SweepRecord:
    return sweep_of({"a.rate": rates}, [{"a.rate": rate} for rate in rates])


def break_even() -> BreakEvenRecord:
    """A loss that falls through zero at 0.1."""
    curve = [
        ValueLookedAt(value=rate, left=about(at, 3.0), distance=about(at, 3.0))
        for rate, at in ((0.01, 10.0), (0.05, 4.0), (0.1, 0.0), (0.5, -6.0), (0.9, -9.0))
    ]
    findings = BreakEvenFindings(
        until="payer_loss = 0",
        figure="payer_loss",
        arm="baseline",
        number=0.0,
        other=None,
        varied=VariedPath(path="a.rate", unit="share", stands=0.02, values=(0.01, 0.9), log=True),
        replicates=8,
        crossings=(Crossing(at=0.1, low=0.06, high=None, rises=False),),
        curve=tuple(curve),
    )
    record: BreakEvenRecord = _record(BreakEvenRecord, "break-even", findings)
    return record


def sensitivity() -> SensitivityRecord:
    """Two numbers; the first lowers the loss at its lower end, the second does nothing that is told from chance."""
    answer = Answer(figure="payer_loss", arm="baseline", difference=False)
    labels = ("conduct.reluctance", "law.damages")
    swings = [
        Swing(
            number=label,
            answer=answer,
            at_low=about(50),
            at_high=about(60),
            change_low=about(-40 / size, 5),
            change_high=about(30 / size, 5),
        )
        for size, label in enumerate(labels, 1)
    ]
    findings = SensitivityFindings(
        arms=tuple(ARMS),
        answers=(answer,),
        numbers=tuple(
            VariedNumber(
                label=label,
                places=(label,),
                unit="USD",
                value=2,
                low=1,
                high=3,
                range="uniform (1 to 3)",
                spread=True,
                kind="assumed",
                source="",
            )
            for label in labels
        ),
        left_out={},
        spread=0.5,
        evaluations=100,
        swings=tuple(swings),
        confirmed=labels,
        turns=(),
        trajectories=4,
        effects=tuple(
            Effect(
                number=label,
                answer=answer,
                mean=about(30 / size, 5),
                absolute=about(35 / size, 5),
                spread=8.0,
                chance=9.0,
                beyond_chance=about(35 / size - 19, 5),
            )
            for size, label in enumerate(labels, 1)
        ),
        samples=16,
        indices=tuple(
            Index(number=label, answer=answer, first=about(0.5 / size, 0.1), total=about(0.7 / size, 0.1))
            for size, label in enumerate(labels, 1)
        ),
        variances=(Variance(answer=answer, deviation=4.0, chance=0.2),),
        ranking=None,
    )
    record: SensitivityRecord = _record(SensitivityRecord, "sensitivity", findings)
    return record


def search(objectives: int, trials: int = 12) -> SearchRecord:
    """A search in which more audits cost more and lose less; constraints are broken by the last trial alone."""
    goals = [GoalTold(text=text, direction="minimise") for text in ("payer_loss", "control_cost")][:objectives]
    rates = [0.01 * (place + 1) for place in range(trials)]

    def of(rate: float) -> tuple[float, ...]:
        return (100 * (1 - rate), 1000 * rate)[:objectives]

    def fresh(trial: int, rate: float) -> FreshTold:
        values = {"a.rate": rate, "b.below": "deny"} if trial >= 0 else {}
        estimates = tuple(about(one, 2.0) for one in of(rate))
        return FreshTold(
            trial=trial, values=values, in_search=of(rate), objectives=estimates, gains=estimates, constraints=()
        )

    findings = SearchFindings(
        side="payer",
        arm="baseline",
        levers=(
            LeverTold(path="a.rate", side="payer", choices=(), low=0.01, high=1.0, log=True),
            LeverTold(path="b.below", side="payer", choices=("pend", "deny"), low=0, high=1, log=False),
        ),
        objectives=tuple(goals),
        constraints=(),
        replicates=2,
        fresh_replicates=8,
        trials=tuple(
            TrialTold(
                number=place,
                values={"a.rate": rate, "b.below": "deny" if place % 2 else "pend"},
                objectives=of(rate),
                constraints=(),
                holds=place < trials - 1,
            )
            for place, rate in enumerate(rates)
        ),
        as_it_is=fresh(-1, 0.005),
        front=tuple(fresh(place, rates[place]) for place in ((trials - 1, 0) if objectives > 1 else (trials - 1,))),
    )
    record: SearchRecord = _record(SearchRecord, "optimise", findings)
    return record
