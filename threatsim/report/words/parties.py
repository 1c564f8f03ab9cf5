"""Who gains and who pays: the accounts of the books as parties, each arm summing to zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers


@dataclass(frozen=True)
class Party:
    """One party and its account.

    Attributes:
        account: name of the account; patients have none where the market keeps none.
        title: the party.
        meaning: what its sum is made of.
    """

    account: str
    title: str
    meaning: str

    def net(self, arm: ArmOutcome) -> float:
        """Return what the party has gained over the run in an arm, mean over the replicates (USD)."""
        return arm.accounts.get(self.account, 0.0)


_KNOWN: Final = {
    "providers": ("Providers", "fees, less what care, attacks, appeals, recoupment, damages and fines cost them"),
    "payers": (
        "Payers",
        "what they recoup and are awarded as damages, less their part of the fees, readings, audits and image checks",
    ),
    "patients": ("Patients", "what is given back to them, less their part of the fees"),
    "treasury": ("Enforcement", "fines, which go to the treasury"),
    "reviewers": ("Reviewers", "those who read, audit and hear appeals"),
    "contractors": (
        "Review contractors",
        "their share of what their denials avert, less what falls on appeal and what their readings cost",
    ),
    "suppliers": ("Suppliers", "those who deliver care and attacks to the providers"),
}
"""Account -> party and what its sum is made of, in the order of the page."""
_OF_BEFORE: Final = Party("patients", "Patients", "no money of theirs moves here: payers pay the whole fee")
"""The patients of a record from before they had an account."""


def parties(record: RunRecord) -> list[Party]:
    """Return the parties of a record: provider, payer, patient, enforcement first, then all others with an account."""
    accounts = list(dict.fromkeys(name for arm in record.arms for name in arm.accounts))
    there = {name: Party(name, *text) for name, text in _KNOWN.items() if name in accounts}
    known = [there.get(name, _OF_BEFORE) for name in _KNOWN if name in accounts or name == "patients"]
    return known + [Party(name, numbers.title(name), "") for name in accounts if name not in _KNOWN]


def total(arm: ArmOutcome) -> float:
    """Return the sum over all parties in whole cents: below them is only the rounding of floating-point sums."""
    return round(sum(arm.accounts.values()), 2)
