"""A patient's chart, and every code set that describes it truthfully.

A description chooses one option in each slot: whether the syndrome's code is used, how each condition is coded, and
which true codes are added that nobody must write. Its code set is the union. Every code of it is true of the patient,
and every condition is described, by a code of its own or by the syndrome's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from threatsim.cases.codes.book import (
    ASIDE,
    CODES,
    CONDITIONS,
    CRITERIA_FOR_SYNDROME,
    HYPERTENSION,
    HYPERTENSIVE_KIDNEY,
    KIDNEY_DISEASE,
    SYNDROME,
    UNSPECIFIED,
)

MOST_CODES = 12
"""Diagnoses that a claim form holds (CMS-1500, version 02/12)."""

Codes = frozenset[str]
Choice = tuple[int, ...]
"""An option in each slot of a chart."""
_NOTHING: Codes = frozenset()


@dataclass(frozen=True)
class Chart:
    """What is true of a patient.

    Attributes:
        conditions: names of `CONDITIONS`, at most one of a domain.
        aside: codes of `ASIDE` that are true too.
        has_syndrome: whether the metabolic syndrome is diagnosed, which takes enough of its criteria.
    """

    conditions: tuple[str, ...]
    aside: tuple[str, ...] = ()
    has_syndrome: bool = False

    def __post_init__(self) -> None:
        domains = [CONDITIONS[name].domain for name in self.conditions]
        if len(set(domains)) < len(domains):
            raise ValueError("a patient has at most one condition of a domain")
        if not set(self.aside) <= set(ASIDE):
            raise ValueError("these codes are not of those that may be added")
        if self.has_syndrome and not self.meets_criteria:
            raise ValueError(f"the metabolic syndrome takes {CRITERIA_FOR_SYNDROME} of its criteria")

    @property
    def meets_criteria(self) -> bool:
        """Whether the patient meets enough criteria of the metabolic syndrome."""
        return len({CONDITIONS[name].criterion for name in self.conditions} - {""}) >= CRITERIA_FOR_SYNDROME

    @cached_property
    def slots(self) -> tuple[tuple[Codes, ...], ...]:
        """The options of each slot: the syndrome's if there is one, then each condition's, then each code aside.

        The first option is a careful coder's: the syndrome where it holds, the most specific code, nothing that nobody
        must write. An option that is empty leaves its condition to the syndrome.
        """
        syndrome: list[tuple[Codes, ...]] = [(frozenset({SYNDROME}), _NOTHING)] if self.has_syndrome else []
        aside: list[tuple[Codes, ...]] = [(_NOTHING, frozenset({code})) for code in self.aside]
        return (*syndrome, *(self._options(name) for name in self.conditions), *aside)

    def _options(self, name: str) -> tuple[Codes, ...]:
        condition = CONDITIONS[name]
        own = condition.codings
        if name in HYPERTENSION and KIDNEY_DISEASE & set(self.conditions):
            own = (frozenset({HYPERTENSIVE_KIDNEY}), *own)
        return (_NOTHING, *own) if condition.component and self.has_syndrome else own

    @property
    def careful(self) -> Choice:
        """What a careful coder writes."""
        return (0,) * len(self.slots)

    def codes(self, choice: Choice) -> Codes:
        """Return the code set of a description."""
        return _NOTHING.union(*(options[chosen] for options, chosen in zip(self.slots, choice, strict=True)))

    def moves(self, choice: Choice) -> Iterator[Choice]:
        """Yield every description that differs in one slot.

        Where the syndrome's code is dropped, what it stood for is coded by its own most specific code; a condition is
        left to the syndrome only where that is coded.
        """
        for slot, options in enumerate(self.slots):
            for option in range(len(options)):
                if option == choice[slot]:
                    continue
                moved = [*choice[:slot], option, *choice[slot + 1 :]]
                if self.has_syndrome and moved[0] == 1:  # the syndrome is not coded
                    if slot and not options[option] and self._is_condition(slot):
                        continue
                    for other in range(1, len(moved)):
                        if self._is_condition(other) and not self.slots[other][moved[other]]:
                            moved[other] = 1
                yield tuple(moved)

    def every_choice(self) -> Iterator[Choice]:
        """Yield every description; there may be very many."""
        for choice in product(*(range(len(options)) for options in self.slots)):
            if self._stands(choice):
                yield choice

    @property
    def choices(self) -> int:
        """How many combinations of options there are, those included that leave a condition to no code."""
        return prod(len(options) for options in self.slots)

    def _stands(self, choice: Choice) -> bool:
        if not self.has_syndrome or choice[0] == 0:
            return True
        return all(self.slots[slot][chosen] for slot, chosen in enumerate(choice) if self._is_condition(slot))

    def _is_condition(self, slot: int) -> bool:
        return 0 <= slot - int(self.has_syndrome) < len(self.conditions)

    @cached_property
    def true_codes(self) -> Codes:
        """Every code that is true of the patient."""
        return _NOTHING.union(*(option for options in self.slots for option in options))

    def is_truthful(self, codes: Codes) -> bool:
        """Return whether every code is true of the patient and every condition is described."""
        if not codes or not codes <= self.true_codes or len(codes) > MOST_CODES:
            return False
        return all(
            any(option <= codes and (option or SYNDROME in codes) for option in self._options(name))
            for name in self.conditions
        )


def code_lines(codes: Codes) -> list[str]:
    """Write codes with their titles, in the order of the classification."""
    return [f"{code} {CODES[code]}" for code in sorted(codes)]


def share_unspecified(codes: Codes) -> float:
    """Return share of the diagnoses (V codes aside) that are unspecified or symptoms."""
    diagnoses = [code for code in codes if not code.startswith("V")]
    return sum(code in UNSPECIFIED for code in diagnoses) / max(len(diagnoses), 1)
