"""A claim before and after a swap of codes, as a report shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SwappedClaim:
    """A claim before and after.

    Attributes:
        tactic: name of the tactic; empty for the published example.
        service: the service that is billed, with its words.
        before, after: codes with their words, as a careful coder writes them and as sent.
        score_before, score_after: p(payable) by the payer's classifier.
        denied_before, denied_after: the policy's edits that deny the claim; none if they pay it.
    """

    tactic: str
    service: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    score_before: float
    score_after: float
    denied_before: tuple[str, ...]
    denied_after: tuple[str, ...]
