"""What a calibration found, as its record holds it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.questions.answer_record import AnswerRecord

Verdict = Literal["met", "near", "missed", "undefined"]
"""How what is predicted of a moment stands to what is published of it."""


class FittedNumber(RecordPart):
    """A free number, before and after."""

    path: str = Field(description="Dotted path, with a * for every one of several.")
    unit: str = Field(description="Its unit; empty if it has none.")
    stands: float | None = Field(description="What the scenario has there; null where its places differ.")
    prior: str = Field(description="What was believed of it, as a distribution.")
    prior_low: float = Field(description="2.5 % quantile of the prior.")
    prior_high: float = Field(description="97.5 % quantile of the prior.")
    mean: float = Field(description="Mean of the posterior.")
    median: float = Field(description="Median of the posterior.")
    low: float = Field(description="2.5 % quantile of the posterior.")
    high: float = Field(description="97.5 % quantile of the posterior.")
    width: float = Field(description="Standard deviation as a share of the prior's, on the prior's own scale.")
    identified: bool = Field(description="Whether the posterior is narrower than its prior by more than a fifth.")
    moves: dict[str, float | None] = Field(
        description="Fitted moment -> its change, in standard errors, from the 10 % to the 90 % quantile of the prior, "
        "the other numbers at their medians; null where undefined."
    )


class Correlated(RecordPart):
    """Two free numbers in the posterior."""

    one: str = Field(description="Path of the one.")
    other: str = Field(description="Path of the other.")
    correlation: float = Field(description="Their correlation, on the scale on which the prior is normal.")
    together: bool = Field(description="Whether it is beyond 0.95 either way, so that moments know their sum alone.")


class MomentFound(RecordPart):
    """A moment, published and predicted."""

    name: str = Field(description="Its name in the file.")
    description: str = Field(description="What it is.")
    use: str = Field(description="fit, or predict: it was held out.")
    unit: str = Field(description="Its unit.")
    value: float = Field(description="As published.")
    low: float = Field(description="Lower end of its published 95 % interval.")
    high: float = Field(description="Upper end of it.")
    source: str = Field(description="Where it was read; empty if assumed.")
    kind: str = Field(description="measured, estimated or assumed.")
    measured_by: str = Field(description="How the model measures it.")
    prior_low: float | None = Field(description="5 % quantile under the prior; null if it was not fitted.")
    prior_high: float | None = Field(description="95 % quantile under the prior; null if it was not fitted.")
    predicted: float | None = Field(description="Mean over fresh markets of the posterior; null if undefined.")
    predicted_low: float | None = Field(description="5 % quantile of them.")
    predicted_high: float | None = Field(description="95 % quantile of them.")
    defined: int = Field(description="Draws in which it is defined.")
    verdict: Verdict = Field(
        description="met: the published value lies within the 90 % predictive interval; near: only its interval "
        "reaches in; missed; or undefined."
    )


class PopulationFound(RecordPart):
    """A population of particles."""

    number: int = Field(description="From 1.")
    simulated: int = Field(description="New particles.")
    acceptance: float = Field(description="Share of them within the tolerance before; 1 of the first.")
    tolerance: float = Field(description="Greatest distance of those kept, in standard errors a moment.")
    effective: float = Field(description="How many equally weighted particles tell as much as those kept.")


class PosteriorParticle(RecordPart):
    """A particle of the posterior."""

    values: tuple[float, ...] = Field(description="Of the free numbers, in their order.")
    weight: float = Field(description="Its share of the weight.")


class CalibrationFindings(RecordPart):
    """A posterior, and how it stands to what is known."""

    free: tuple[FittedNumber, ...] = Field(description="The free numbers.")
    correlations: tuple[Correlated, ...] = Field(description="Each pair of them.")
    moments: tuple[MomentFound, ...] = Field(description="The moments, fitted ones first.")
    populations: tuple[PopulationFound, ...] = Field(description="The populations, in their order.")
    ended: str = Field(description="acceptance or populations: what ended the search.")
    particles: tuple[PosteriorParticle, ...] = Field(description="The posterior.")
    effective: float = Field(description="How many equally weighted particles tell as much.")
    replicates: int = Field(description="Markets of each arm of a particle, on streams of their own.")
    draws: int = Field(description="Draws of the posterior that were predicted from.")
    markets: int = Field(description="Markets in all.")
    fitted_to: str = Field(description="Fingerprint of the scenario without its arms, which a posterior belongs to.")
    posterior_of: str = Field(default="", description="Calibration that has the posterior, if an earlier one.")

    def of_use(self, use: str) -> list[MomentFound]:
        """Return the moments of one use."""
        return [one for one in self.moments if one.use == use]


CalibrationRecord = AnswerRecord[CalibrationFindings]
