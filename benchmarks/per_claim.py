"""The market's rules with one Mesa agent a claim: a second writing of them, to compare speed and results.

What providers decide and what the law does stay as they are; everything that happens to a claim is done by the claim
itself, one after the other, on the same random numbers. The results must be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.agents import Agent
from threatsim.market.conventions import ALL_PAYERS, HONEST
from threatsim.market.model import Market
from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.market.week import Claims
from threatsim.scenario.schema import Scenario


class Claim(Agent):
    """A case, and the claim that is made of it."""

    def __init__(self, model: PerClaimMarket, row: int, provider: int, payer: int, truth: bool) -> None:
        super().__init__(model)
        self.row, self.provider, self.payer, self.truth = int(row), int(provider), int(payer), bool(truth)
        self.billed = self.approved = self.pended = self.flagged = self.held = False
        self.read = self.recognised = self.paid = False
        self.shown = 0.0  # chance that a reader recognises another patient's picture
        self.tactic = HONEST
        self.case, self.score = 0, 0.0

    def uniform(self, decision: str) -> float:
        """Return the claim's own number of a decision."""
        return float(self.model.demand.draws(decision)[self.row])

    def bill(self) -> None:
        """Be billed with the finding or without, on purpose or in error."""
        market, table = self.model, self.model.table
        if table.barred[self.payer, self.provider]:
            return
        target = table.target[self.provider]
        eligible = not self.truth and target in (ALL_PAYERS, self.payer)
        if eligible and self.uniform("false_billing") < table.share[self.provider]:
            self.tactic, self.billed = int(table.tactic[self.provider]), True
        elif self.truth:
            self.billed = self.uniform("coding_error") >= table.error_down[self.provider]
        else:
            self.billed = self.uniform("coding_error") < table.error_up[self.provider]
        if self.billed:
            pool, modality = market.pool, int(table.modality[self.provider])
            start, size = pool.start[modality, int(self.truth)], pool.size[modality, int(self.truth)]
            self.case = int(pool.members[start + int(self.uniform("case") * float(size))])
            self.score = pool.scores[self.tactic + 1, self.case]

    def triage(self) -> None:
        """Be checked and scored."""
        payer = self.model.payers[self.payer]
        if payer.signed:
            self.recognised = self.flagged = bool(payer.kinds.alters_file[self.tactic])
            alarm = np.float32(payer.spec.integrity.false_alarm)
            self.flagged = self.flagged or (alarm > 0 and self.uniform("false_alarm") < alarm)
            self.held = self.flagged
        for control in self.controls():
            if not self.raises(control):
                continue
            self.flagged = True
            self.held = self.held or control.on_hit in ("pend", "deny")
            self.recognised = self.recognised or control.on_hit == "deny"
            if control.on_hit == "pend" and hasattr(control, "recognised"):
                share = 1.0 if control.recognised is None else float(np.float32(control.recognised))
                self.shown = max(self.shown, share)
        threshold = payer.triage_model.thresholds[self.model.table.modality[self.provider]]
        self.approved = bool(self.score >= threshold) and not self.recognised
        self.pended = payer.spec.triage.below == "pend" and not (self.approved or self.recognised)
        self.paid = self.approved and not self.held

    def controls(self) -> list[Any]:
        """Return the payer's controls on the picture by now, by its rules and its findings so far."""
        payer = self.model.payers[self.payer]
        integrity, adaptation = payer.spec.integrity, payer.spec.adaptation
        used = {name: getattr(integrity, name) for name in ("duplicate_search", "same_patient", "detector")}
        for later in (adaptation.match_images, adaptation.detect):
            if later and self.model.findings_before[self.payer] >= later.after_findings:
                for name in used:
                    used[name] = getattr(later, name, None) or used[name]
        return [control for control in used.values() if control]

    def raises(self, control: Any) -> bool:
        """Whether a control raises an alarm on the picture that was sent."""
        market = self.model
        modality = list(market.spec.modalities)[market.table.modality[self.provider]]
        statistics = market.tables[modality].control_statistics[control.name]
        row = self.case - int(market.pool.first[market.table.modality[self.provider]])
        tactics = list(market.spec.tactics)
        found = statistics.clean if self.tactic == HONEST else statistics.attacked[tactics[self.tactic]]
        # The least statistic that leaves no more than the budget of the calibration cases, and the picture, above it.
        ordered = sorted(float(value) for value in statistics.calibration)
        spare = int((len(ordered) + 1) * float(control.false_alarm) + 1e-9)
        if found[row] <= ordered[len(ordered) - spare]:
            return False
        known = getattr(control, "known", None)
        return known is None or self.uniform("known_patient") < np.float32(known)

    @property
    def queued(self) -> bool:
        """Whether a reader should see it."""
        share = np.float32(self.model.payers[self.payer].spec.readers.second_look)
        second_look = self.approved and share > 0 and self.uniform("second_look") < share
        return self.pended or (self.approved and self.held) or bool(second_look)

    def review(self, read: bool) -> None:
        """Be read, or be too many."""
        readers = self.model.payers[self.payer].spec.readers
        if not read:
            self.paid = self.paid or readers.overflow == "pay"
            return
        self.read = True
        uniform = self.uniform("reader_verdict")
        kinds = self.model.payers[self.payer].kinds
        shows = self.truth or bool(kinds.substituted[self.tactic])
        self.paid = uniform < np.float32(readers.sensitivity) if shows else uniform >= np.float32(readers.specificity)
        if bool(kinds.patch[self.tactic]) and self.uniform("patch_seen") < np.float32(readers.patch_seen):
            self.recognised, self.paid = True, False
        if bool(kinds.substituted[self.tactic]) and self.shown and self.uniform("exchange_seen") < self.shown:
            self.recognised, self.paid = True, False


class _Readers:
    """The readers of a payer: triage and review of its claims, one by one."""

    def __init__(self, payer: PayerAgent, claims: list[Claim]) -> None:
        self.payer, self.claims = payer, claims

    def work(self) -> None:
        for claim in self.claims:
            claim.triage()
        queue = sorted(
            (claim for claim in self.claims if claim.queued), key=lambda claim: claim.uniform("reader_order")
        )
        capacity = self.payer.capacity()
        for place, claim in enumerate(queue):
            claim.review(place < capacity)


class PerClaimMarket(Market):
    """The market in which claims are agents; without suppression, appeals of denials and hardened classifiers."""

    # Triage and review are done claim by claim while claims are submitted.
    week_steps = tuple(name for name in Market.week_steps if name not in ("triage", "review"))

    def __init__(self, scenario: Scenario, tables: Mapping[str, OutcomeTable], **options: Any) -> None:
        super().__init__(scenario, tables, **options)
        self.tables = tables
        self.findings_before = [0] * len(self.payers)

    def submit(self) -> None:
        """Make an agent of every case, and let it be billed."""
        demand = self.demand
        self.agents_of_week = list(
            Claim.create_agents(
                self, demand.truth.size, np.arange(demand.truth.size), demand.provider, demand.payer, demand.truth
            )
        )
        for claim in self.agents_of_week:
            claim.bill()
        billed = [claim for claim in self.agents_of_week if claim.billed]
        blocks = [[claim for claim in billed if claim.payer == payer] for payer in range(len(self.payers))]
        for payer, block in zip(self.payers, blocks, strict=True):
            payer.week, payer.draws = self.week, demand.draws
            _Readers(payer, block).work()
        self.claims = _columns([claim for block in blocks for claim in block])
        start = 0
        for payer, block in zip(self.payers, blocks, strict=True):
            payer.claims_of_week = self.claims.part(slice(start, start + len(block)))
            start += len(block)
        for claim in self.agents_of_week:
            claim.remove()

    def step(self) -> None:
        """Simulate a week, and note what payers have found by its end."""
        super().step()
        self.findings_before = [payer.findings for payer in self.payers]


def _columns(claims: list[Claim]) -> Claims:
    def column(name: str, dtype: Any) -> Any:
        return np.array([getattr(claim, name) for claim in claims], dtype)

    flags = {
        name: column(name, np.bool_) for name in ("approved", "pended", "flagged", "held", "read", "recognised", "paid")
    }
    none = {name: np.zeros(len(claims), np.bool_) for name in ("suppressed", "approval_suppressed", "audited", "found")}
    return Claims(
        row=column("row", np.int64),
        provider=column("provider", np.int64),
        tactic=column("tactic", np.int8),
        truth=column("truth", np.bool_),
        case=column("case", np.int64),
        score=column("score", np.float32),
        **flags,
        **none,
    )
