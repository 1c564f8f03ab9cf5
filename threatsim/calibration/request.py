"""What is asked of a calibration, and whether its options can be; imports little, so that they are refused at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from threatsim.common.errors import InputError

if TYPE_CHECKING:
    from threatsim.experiment.run_request import RunRequest

LEAST_PARTICLES: Final = 10


@dataclass(frozen=True)
class CalibrationRequest:
    """What is asked.

    Attributes:
        run: the scenario, and where and how it is run; its replicates are those of every particle.
        moments: file of moments; None for the one that comes with threatsim.
        particles: kept of every population; the first simulates twice as many.
        populations: the most populations.
        least_acceptance: share of new particles within the tolerance at or below which it ends.
        draws: of the posterior, from which moments are predicted.
        posterior: folder of an earlier calibration whose posterior is taken; None to fit one.
    """

    run: RunRequest
    moments: Path | None = None
    particles: int = 100
    populations: int = 6
    least_acceptance: float = 0.1
    draws: int = 60
    posterior: Path | None = None

    def check(self) -> None:
        """Refuse what cannot be, before anything is read.

        Raises:
            InputError: a number lies outside what is allowed.
        """
        bounds: tuple[tuple[str, float, float, float], ...] = (
            ("--particles", self.particles, LEAST_PARTICLES, 100_000),
            ("--populations", self.populations, 1, 100),
            ("--least-acceptance", self.least_acceptance, 0, 1),
            ("--draws", self.draws, LEAST_PARTICLES, 10_000),
        )
        for option, value, low, high in bounds:
            if not low <= value <= high:
                raise InputError(f"{option} is {value:g}; allowed is {low:g} to {high:,g}", given=str(value))
