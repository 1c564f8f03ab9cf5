"""A control on the picture at the budget that a payer gives it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ControlUse:
    """A control on the picture that some payer may use, with the greatest share of clean pictures that it may flag.

    Attributes:
        name: duplicate_search, same_patient or a kind of detector.
        false_alarm: greatest share of clean pictures flagged.
    """

    name: str
    false_alarm: float

    @property
    def words(self) -> str:
        """The control with its budget, for tables."""
        kind = self.name.replace("_", " ").capitalize()
        return f"{kind}, budget {100 * self.false_alarm:.3g} %"
