"""The practices of a scenario that was filled from a file: what was taken of it, as short texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from threatsim.population.columns_text import column_text, numbers_in
from threatsim.scenario.section import Name, Section, Text


def _column(text: str) -> str:
    numbers_in(text)
    return text


Column = Annotated[str, AfterValidator(_column)]
"""Numbers with blanks between; 12*3 stands for three of 12."""


class ListedExclusion(Section):
    """A practice that a list of exclusions bars, whatever audits find."""

    practice: int = Field(strict=True, ge=0, description="Its number in the specialty, from 0.")
    week: int = Field(strict=True, ge=0, description="First week of the record in which it may not bill.")
    until: int | None = Field(
        default=None, strict=True, ge=1, description="Week of the record from which it may bill again; absent, none."
    )


class Practices(Section):
    """The practices of one specialty, in the order of the file."""

    services: Column = Field(description="Services a year of each practice, of those that count.")
    fee_factors: Column = Field(description="What fees and the cost of care are multiplied by, of each practice.")
    states: dict[str, int] = Field(default_factory=dict, description="Practices in each state.")
    excluded: tuple[ListedExclusion, ...] = Field(default=(), description="Those that a list of exclusions bars.")

    @property
    def volumes(self) -> tuple[float, ...]:
        """Services a year of each practice."""
        return numbers_in(self.services)

    @property
    def factors(self) -> tuple[float, ...]:
        """What fees and the cost of care are multiplied by, of each practice."""
        return numbers_in(self.fee_factors)

    def drawn_evenly(self, count: int) -> Practices:
        """Return so many practices at even steps through these: a larger or smaller market of the same kind.

        The list of exclusions, which names single ones, is left out.
        """
        size = len(self.volumes)
        rows = [(2 * place + 1) * size // (2 * count) for place in range(count)]
        services = column_text([self.volumes[row] for row in rows])
        return Practices(services=services, fee_factors=column_text([self.factors[row] for row in rows]))


class Population(Section):
    """Where the providers come from, and who they are; filled from `providers.from` when a scenario is read."""

    file: Text = Field(description="Name of the file, without its folder.")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="Hash of the file: another content is another run."
    )
    rows: int = Field(strict=True, ge=1, description="Providers in the file.")
    left_out: dict[str, int] = Field(
        default_factory=dict, description="Why some of them are not in the market, and how many."
    )
    practices: dict[Name, Practices] = Field(description="The others, by specialty.")
