"""How payers change their controls: by what their audits find, and by how much they have found."""

from __future__ import annotations

from collections import deque

from threatsim.common.arithmetic.portable import exp
from threatsim.market.agents import Agent, Model
from threatsim.market.conventions import Cents
from threatsim.market.payers.investigator import Closed, Investigator
from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.scenario.schema import Law
from threatsim.scenario.sections.adaptation import BestReply
from threatsim.scenario.sections.picture_controls import controls_in


class PayerPolicy(Agent):
    """What a payer does with its controls. Acts once a week, on what the payer itself has seen.

    Args:
        model: the market.
        payer, investigator: whose controls it moves.
        added: (P,) cents of the payer's at stake on a claim of each provider.
        law: what an audit finding brings the payer.
    """

    def __init__(self, model: Model, payer: PayerAgent, investigator: Investigator, added: Cents, law: Law) -> None:
        super().__init__(model)
        self.payer, self.investigator = payer, investigator
        self._spec = payer.spec.adaptation
        self._added = added
        self._gain_of_finding = 1 + float(law.collected.penalties) * max(law.statute[0] - 1, 0.0)
        window = self._spec.raise_audits.window if self._spec.raise_audits else 1
        self._lately: deque[tuple[int, int]] = deque(maxlen=window)
        self._rates = 0.0  # sum over weeks with audits of the share that found something
        self._weeks = 0
        self._stake = 0.0  # sum over all audits of what a finding would bring (USD)
        self._audits = 0

    def learn(self, closed: list[Closed]) -> None:
        """Take in the week's closed audits."""
        audits = sum(part.audited.size for part in closed)
        audit_findings = sum(part.provider.size for part in closed)
        self._lately.append((audits, audit_findings))
        if audits:
            self._rates += audit_findings / audits
            self._weeks += 1
            self._audits += audits
            for part in closed:
                self._stake += self._gain_of_finding * float(self._added[part.audited].sum()) / 100

    def adapt(self) -> None:
        """Move the controls, from next week on."""
        spec, payer = self._spec, self.payer
        if spec.raise_audits:
            audits, audit_findings = (sum(column) for column in zip(*self._lately, strict=True))
            many = audits > 0 and audit_findings / audits > float(spec.raise_audits.above)
            self.investigator.factor = float(spec.raise_audits.factor) if many else 1.0
        if spec.best_reply and self._audits:
            self.investigator.random_share = self._best_reply(spec.best_reply)
        if spec.move_threshold and payer.findings >= spec.move_threshold.after_findings:
            payer.triage_model.move(spec.move_threshold.operating_point)
        if spec.harden and payer.findings >= spec.harden.after_findings:
            payer.triage_model.harden()
        if spec.sign_images and payer.findings >= spec.sign_images.after_findings:
            payer.signed = True
        for section in (spec.match_images, spec.detect):
            if section and payer.findings >= section.after_findings:
                payer.picture_controls.adopt(controls_in(section))

    def _best_reply(self, spec: BestReply) -> float:
        """Return the share of claims audited at random that is the better reply to what audits have found so far.

        A week's share of audits that find something is the other side's play of that week, however many audits there
        were; the mean over weeks is what fictitious play replies to.
        """
        audit = self.investigator.spec
        gain = self._rates / self._weeks * self._stake / self._audits - float(audit.cost)
        low, high = float(audit.random), float(spec.most)
        if spec.precision is None:
            return high if gain > 0 else low
        return low + (high - low) / (1 + float(exp(-float(spec.precision) * gain / 1000)))
