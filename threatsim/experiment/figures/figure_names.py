"""Figures as an analyst names them: `payer_loss`, `payer_loss@medicare`, `fraud_payoff[audits_doubled]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS, MetricRow
from threatsim.common.errors import InputError
from threatsim.common.suggest import did_you_mean
from threatsim.scenario.schema import Scenario

_NAME: Final = re.compile(r"\s*([A-Za-z_]\w*)(?:@([^\s\[\]@]+))?(?:\[([^\[\]]+)\])?\s*")


@dataclass(frozen=True)
class FigureName:
    """A figure of an arm, or of one payer or tactic of it.

    Attributes:
        metric: name of the figure.
        part: the payer or tactic; empty for all of the arm.
        place: what columns of it begin with (`threatsim.experiment.execution.figure_rows`).
        arm: the arm; empty where none is named.
    """

    metric: str
    part: str = ""
    place: str = "outcome"
    arm: str = ""

    @property
    def row(self) -> MetricRow:
        """The figure's row."""
        return ARM_METRICS[self.metric]

    @property
    def name(self) -> str:
        """The figure without its arm."""
        return f"{self.metric}@{self.part}" if self.part else self.metric

    @property
    def column(self) -> str:
        """Its column among the figures of a market."""
        return f"{self.place}/{self.metric}"

    @property
    def occurrences(self) -> str:
        """The column that is 0 where there was nothing to detect."""
        kind = self.place.split("/")[0]
        return f"{self.place}/{({'outcome': 'fraud_providers', 'tactic': 'claims', 'payer': 'payer_loss'})[kind]}"


def read_figure(text: str, scenario: Scenario, option: str) -> FigureName:
    """Return the figure that a text names.

    Raises:
        InputError: it names none, or there is no such figure, payer, tactic or arm; the nearest is named.
    """
    location = f"{option} {text}"
    match = _NAME.fullmatch(text)
    if match is None:
        raise InputError(
            "it names no figure",
            given=text,
            location=location,
            hint="For instance fraud_payoff, payer_loss@medicare or payer_loss[audits_doubled].",
        )
    metric, part, arm = (one or "" for one in match.groups())
    means = [name for name, row in ARM_METRICS.items() if row.kind != "duration" and not row.avoids]
    if metric not in means:
        raise _unknown("figure", metric, means, location)
    if arm:
        arms = [one.name for one in scenario.arms]
        if arm not in arms:
            raise _unknown("arm", arm, arms, location)
    return FigureName(metric, part, _place(metric, part, scenario, location), arm)


def _place(metric: str, part: str, scenario: Scenario, location: str) -> str:
    if not part:
        return "outcome"
    payers, tactics = [payer.name for payer in scenario.payers], list(scenario.tactics)
    for kind, names, metrics in (("payer", payers, PAYER_METRICS), ("tactic", tactics, TACTIC_METRICS)):
        if part in names:
            if metric not in metrics:
                raise _unknown(f"figure of a {kind}", metric, list(metrics), location)
            return f"{kind}/{part}"
    raise _unknown("payer or tactic", part, [*payers, *tactics], location)


def _unknown(what: str, name: str, names: Iterable[str], location: str) -> InputError:
    allowed = list(names)
    return InputError(
        f"there is no {what} '{name}'; there are {', '.join(allowed)}",
        given=name,
        allowed=allowed,
        location=location,
        hint=did_you_mean(name, allowed) or None,
    )
