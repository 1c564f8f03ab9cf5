"""`--until "fraud_payoff = 0"`: what is to be reached."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from threatsim.common.errors import InputError
from threatsim.experiment.figures.figure_names import FigureName, read_figure
from threatsim.scenario.schema import Scenario

OPTION: Final = "--until"
_PARTS: Final = re.compile(r"^([^<>=]*[^<>=\s][^<>=]*)(<=|>=|=|<|>)([^<>=]*[^<>=\s][^<>=]*)$")
_EXAMPLE: Final = "For instance 'fraud_payoff = 0', or 'net_benefit[audits_doubled] = net_benefit[baseline]'."


@dataclass(frozen=True)
class Until:
    """A figure, and the number or the same figure of another arm that it is to reach.

    Attributes:
        text: as it was written.
        figure: the figure, with its arm.
        number: what it is to reach; 0 where that is another arm's figure.
        other: that arm; empty for a number.
    """

    text: str
    figure: FigureName
    number: float = 0.0
    other: str = ""

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that are needed."""
        return (self.figure.arm, self.other) if self.other else (self.figure.arm,)


def read_until(text: str, scenario: Scenario) -> Until:
    """Return what is to be reached.

    A crossing is where both sides are equal; `<=` and `>=` ask for the same one.

    Raises:
        InputError: it is no figure, sign and number or figure, or names one that there is not.
    """
    location = f"{OPTION} {text}"
    match = _PARTS.match(text)
    if match is None:
        raise InputError("it needs a figure, '=' and a number", given=text, location=location, hint=_EXAMPLE)
    left, _, right = (part.strip() for part in match.groups())
    figure = read_figure(left, scenario, OPTION)
    arm = figure.arm or scenario.arms[0].name
    figure = FigureName(figure.metric, figure.part, figure.place, arm)
    try:
        number = float(right)
    except ValueError:
        other = read_figure(right, scenario, OPTION)
        if other.name != figure.name or (other_arm := other.arm or scenario.arms[0].name) == arm:
            raise InputError(
                "both sides must be one figure, of two arms", given=text, location=location, hint=_EXAMPLE
            ) from None
        return Until(text.strip(), figure, other=other_arm)
    if not math.isfinite(number):
        raise InputError(f"'{right}' is not a number", given=text, location=location)
    return Until(text.strip(), figure, number)
