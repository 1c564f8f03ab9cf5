"""What is wanted, and what must hold: sums of figures, read from text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.errors import InputError
from threatsim.common.suggest import did_you_mean
from threatsim.experiment.figures.figure_names import read_figure
from threatsim.questions.markets import Figures, Floats
from threatsim.scenario.schema import Scenario

_TERM: Final = re.compile(
    r"\s*([+-]?)\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)\s*\*\s*)?([A-Za-z_]\w*(?:@[\w.*-]+)?)\s*"
)
_BOUND: Final = re.compile(r"^(.*?)(<=|>=|<|>|=)(.*)$")


@dataclass(frozen=True)
class Sum:
    """A weighted sum of figures.

    Attributes:
        text: as it was written.
        terms: weight and figure of each.
    """

    text: str
    terms: tuple[tuple[float, str], ...]

    def of(self, figures: Figures, arm: str) -> Floats:
        """Return (replicates,) the sum at a point."""
        total: Floats = sum((weight * figures[arm][name] for weight, name in self.terms[1:]), self._first(figures, arm))
        return total

    def _first(self, figures: Figures, arm: str) -> Floats:
        weight, name = self.terms[0]
        return weight * figures[arm][name]


@dataclass(frozen=True)
class WantedSum:
    """What is to be as small, or as great, as can be."""

    sum: Sum
    direction: Literal["minimise", "maximise"]

    @property
    def sign(self) -> int:
        """By which it is multiplied to be minimised."""
        return 1 if self.direction == "minimise" else -1


@dataclass(frozen=True)
class Constraint:
    """What must hold of the mean over markets: a sum that is at most, or at least, a number."""

    text: str
    sum: Sum
    at_most: bool
    bound: float

    def excess(self, value: float) -> float:
        """Return by how much a value breaks it; 0 or below where it holds."""
        return value - self.bound if self.at_most else self.bound - value


def read_sum(text: str, option: str) -> Sum:
    """Return a sum of figures, such as `payer_loss + 2 * control_cost`.

    Raises:
        InputError: it is none, or names a figure that there is not.
    """
    location = f"{option} {text}"
    terms: list[tuple[float, str]] = []
    place = 0
    while place < len(text) or not terms:
        match = _TERM.match(text, place)
        if match is None or (terms and not match[1]):
            raise InputError(
                "it is not a sum of figures",
                given=text,
                location=location,
                hint="For instance payer_loss + control_cost, or payer_loss + 2 * denied_value.",
            )
        sign, weight, name = match.groups()
        if not math.isfinite(times := float(weight or 1)):
            raise InputError(f"{weight} is too large a number", given=text, location=location)
        terms.append(((-1.0 if sign == "-" else 1.0) * times, _known(name, location)))
        place = match.end()
    return Sum(text.strip(), tuple(terms))


def check_figures(objectives: Sequence[WantedSum], constraints: Sequence[Constraint], scenario: Scenario) -> None:
    """Refuse figures of payers or tactics that a scenario has not.

    Raises:
        InputError: for the first of them.
    """
    sums = [(f"--{one.direction}", one.sum) for one in objectives]
    for option, one in [*sums, *(("--subject-to", one.sum) for one in constraints)]:
        for _, name in one.terms:
            read_figure(name, scenario, option)


def _known(name: str, location: str) -> str:
    figure = name.split("@")[0]
    means = [one for one, row in ARM_METRICS.items() if row.kind != "duration" and not row.avoids]
    if figure not in means:
        near = did_you_mean(figure, means) or _by_words(figure, means)
        raise InputError(
            f"there is no figure '{figure}' with a mean; there are {', '.join(means)}",
            given=figure,
            allowed=means,
            location=location,
            hint=near or None,
        )
    return name


def _by_words(figure: str, means: Sequence[str]) -> str:
    """Return the figure whose title has the words of a name; empty if none has."""
    words = set(figure.lower().split("_"))
    near = next((one for one in means if words <= set(ARM_METRICS[one].title.lower().split())), "")
    return f"'{ARM_METRICS[near].title}' is called {near}." if near else ""


def read_constraint(text: str, option: str = "--subject-to") -> Constraint:
    """Return a constraint, such as `honest_denied <= 0.12`.

    Raises:
        InputError: it is none, or names a figure that there is not.
    """
    match = _BOUND.match(text)
    try:
        number = float(match[3]) if match else None
    except ValueError:
        number = None
    if match is None or number is None or not math.isfinite(number) or match[2] == "=":
        raise InputError(
            "it needs a figure, <= or >=, and a finite number",
            given=text,
            location=f"{option} {text}",
            hint="For instance 'honest_denied <= 0.12'.",
        )
    return Constraint(text.strip(), read_sum(match[1], option), "<" in match[2], number)
