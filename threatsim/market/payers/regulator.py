"""The regulator: reviews denials of payers that are suspected of altering images."""

from __future__ import annotations

import numpy as np

from threatsim.market.case_pool import CasePool
from threatsim.market.conventions import cents
from threatsim.market.money.ledger import Ledger
from threatsim.market.payers.payer_agent import PayerAgent


def suppress(payer: PayerAgent, pool: CasePool, tactics: list[str]) -> None:
    """Alter the images of some of a payer's claims with a true finding, before its triage model sees them.

    The tactic acts toward the wrong class, which for these cases is the negative. Claims whose image the provider
    altered are left alone: their finding is not true.
    """
    plan, claims = payer.spec.suppression, payer.claims_of_week
    if plan is None:
        return
    chosen = np.flatnonzero(claims.truth & (payer.draws("suppression")[claims.row] < np.float32(plan.share)))
    claims.suppressed[chosen] = True
    claims.approval_suppressed[chosen] = payer.approves(chosen)
    tactic = np.full(chosen.size, tactics.index(plan.tactic), np.int8)
    claims.score[chosen] = pool.score(claims.case[chosen], tactic, payer.triage_model.hardened)


def review(payer: PayerAgent, ledger: Ledger, account: int) -> None:
    """Look into a share of the denials; suppressed claims that are found are paid after all, with a penalty."""
    plan, claims = payer.spec.suppression, payer.claims_of_week
    if plan is None:
        return
    seen = payer.draws("regulator")[claims.row] < np.float32(plan.reviewed)
    found = np.flatnonzero(claims.suppressed & ~claims.paid & seen)
    claims.paid[found] = True
    ledger.transfer("suppression", account, ledger.treasury, int(found.size) * cents(float(plan.penalty)))
