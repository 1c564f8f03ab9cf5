"""A control on the picture at the budget that a payer gives it."""

from __future__ import annotations

from dataclasses import dataclass

from threatsim.catalogue.controls import label_of


@dataclass(frozen=True)
class ControlUse:
    """A control on the picture that some payer may use, with the greatest share of clean pictures that it may flag.

    Attributes:
        name: of its row in `threatsim.catalogue.controls`.
        false_alarm: greatest share of clean pictures flagged.
    """

    name: str
    false_alarm: float

    @property
    def label(self) -> str:
        """The control with its budget, for tables."""
        return label_of(self.name, self.false_alarm)
