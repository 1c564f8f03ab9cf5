"""Payers: triage by a classifier, controls on the image, human readers, payment; and one that attacks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.thresholds import threshold_at
from threatsim.market.agents import Agent, Model
from threatsim.market.payers.contractor import gains_by_denying
from threatsim.market.payers.exemption import Exemptions
from threatsim.market.payers.picture_controls import PictureControls
from threatsim.market.payers.tactic_kinds import TacticKinds
from threatsim.market.streams import WeekDraws
from threatsim.market.week import Claims
from threatsim.scenario import schema
from threatsim.scenario.sections.picture_controls import Price


def operating_threshold(table: OutcomeTable, point: schema.OperatingPoint) -> float:
    """Return the threshold that reaches an operating point on the table's calibration cases.

    Raises:
        ThreatsimError: the table has no calibration case of the label that is needed.
    """
    rates = {
        name: float(rate)
        for name, rate in (("sensitivity", point.sensitivity), ("specificity", point.specificity))
        if rate is not None
    }
    try:
        return threshold_at(table.calibration_scores, table.calibration_labels, **rates)
    except ValueError as error:
        raise ThreatsimError(f"{table.modality}: {error}") from error


class TriageModel(Agent):
    """The payer's classifier at its operating point.

    Attributes:
        thresholds: (modalities,) float32, in the order of the scenario.
        hardened: whether it decides by the hardened classifier.
    """

    def __init__(
        self,
        model: Model,
        triage: schema.Triage,
        tables: Mapping[str, OutcomeTable],
        modalities: Sequence[str],
    ) -> None:
        super().__init__(model)
        self._tables = [tables[name] for name in modalities]
        self._decide_at(triage.operating_point, hardened=False)

    def move(self, point: schema.OperatingPoint) -> None:
        """Decide at another operating point from now on."""
        if point != self._point:
            self._decide_at(point, hardened=self.hardened)

    def harden(self) -> None:
        """Decide by the hardened classifier from now on, at the same operating point."""
        if not self.hardened:
            self._decide_at(self._point, hardened=True)

    def _decide_at(self, point: schema.OperatingPoint, *, hardened: bool) -> None:
        self.hardened, self._point = hardened, point
        self.thresholds: NDArray[np.float32] = np.array(
            [operating_threshold(self._deciding(table), point) for table in self._tables], np.float32
        )

    def _deciding(self, table: OutcomeTable) -> OutcomeTable:
        return table.hardened if self.hardened and table.hardened else table

    def approves(self, score: NDArray[np.float32], modality: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return (N,) whether each image scores (N,) at or above the threshold of its modality (N,)."""
        return score >= self.thresholds[modality]


class PayerAgent(Agent):
    """One payer, working on its own claims of the week.

    Args:
        model: the market.
        spec: the payer's section of the scenario.
        triage_model: its classifier.
        picture_controls: its controls on the picture.
        modality: (P,) modality of each provider.
        kinds: what the tactics do to an image.

    Attributes:
        signed: whether images are signed at capture by now.
        claims_of_week: a view of this payer's block of the week's claims.
        findings: audit findings of this payer so far, those before payment among them.
        turned_down: rows of the week's claims that a reader has denied, whatever an appeal made of it.
        appellants: (N,) the provider of each denial that was appealed this week.
    """

    def __init__(
        self,
        model: Model,
        spec: schema.Payer,
        triage_model: TriageModel,
        picture_controls: PictureControls,
        modality: NDArray[np.int64],
        kinds: TacticKinds,
    ) -> None:
        super().__init__(model)
        self.spec, self.triage_model, self.picture_controls = spec, triage_model, picture_controls
        self._modality, self.kinds = modality, kinds
        exemption = spec.triage.exemption
        self.exemptions = Exemptions(exemption, modality.size) if exemption else None
        self._waived: NDArray[np.bool_] | None = None  # claims of exempt practices, which nobody looks at
        self.turned_down = self.appellants = np.zeros(0, np.int64)
        self.signed = spec.integrity.hash_at_capture and spec.integrity.announced
        self.findings = 0
        self.claims_of_week: Claims
        self._shown: NDArray[np.float32]  # share of substitutes that a reader of the claim would recognise
        self.draws: WeekDraws
        self.week = 0

    def open_record(self) -> None:
        """Begin the record, and with it the signatures that nobody was told of."""
        self.signed |= self.spec.integrity.hash_at_capture

    def receive(self, claims: Claims, draws: WeekDraws, week: int) -> None:
        """Take in the week's claims: a view of this payer's block, and the week's random columns."""
        self.claims_of_week, self.draws, self.week = claims, draws, week

    def approves(self, rows: slice | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return (N,) whether the triage model approves the images of some claims (N,) as they are now."""
        claims = self.claims_of_week
        return self.triage_model.approves(claims.score[rows], self._modality[claims.provider[rows]])

    def triage(self) -> None:
        """Check signatures and pictures, then approve, pend or deny by the triage model.

        Where images are signed at capture, an altered file fails the check: the claim is denied and there is
        a finding. An untouched file fails with `false_alarm` and goes to the readers. What other controls flag is
        denied with a finding, goes to the readers, or is only marked, as each says.
        """
        claims, integrity = self.claims_of_week, self.spec.integrity
        if self.signed:
            claims.recognised[:] = self.kinds.alters_file[claims.tactic]
            claims.flagged[:] = claims.recognised
            if float(integrity.false_alarm) > 0:
                claims.flagged |= self.draws("false_alarm")[claims.row] < np.float32(integrity.false_alarm)
            claims.held[:] = claims.flagged
        modality = self._modality[claims.provider]
        self._shown = np.zeros(claims.row.size, np.float32)
        for control, alarm in self.picture_controls.alarms(claims, modality, self.triage_model.hardened, self.draws):
            claims.flagged |= alarm
            if control.on_hit == "deny":
                claims.recognised |= alarm
            if control.on_hit != "mark":
                claims.held |= alarm
            np.maximum(self._shown, alarm * np.float32(control.recognised_share), out=self._shown)
        if self.spec.triage.classifier:
            claims.approved[:] = self.approves(slice(None))
            claims.approved &= ~claims.recognised
        if self.spec.triage.below == "pend" or not self.spec.triage.classifier:
            claims.pended[:] = ~(claims.approved | claims.recognised)
        if self.exemptions:
            self._waive(self.exemptions)

    def _waive(self, exemptions: Exemptions) -> None:
        """Approve the claims of exempt practices as if nothing had looked at them."""
        claims = self.claims_of_week
        self._waived = exemptions.waived(claims.provider, self.draws("spot_check")[claims.row])
        for column in (claims.recognised, claims.flagged, claims.held, claims.pended):
            column &= ~self._waived
        claims.approved |= self._waived

    @property
    def looked_at(self) -> int:
        """Claims of the week whose image is checked: all but those of exempt practices."""
        size = self.claims_of_week.row.size
        return size if self._waived is None else size - int(np.count_nonzero(self._waived))

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Begin anew with some practices, which have a new owner."""
        if self.exemptions:
            self.exemptions.forget(rows)

    def review(self) -> None:
        """Have pended, held and some approved claims read, in random order up to the capacity; settle who is paid.

        A reader sees the true picture under any perturbation: it confirms a true finding with `sensitivity`
        and turns down a case without it with `specificity`, which is a denial and not a finding. In another patient's
        picture it sees that patient's finding. It recognises a patch with `patch_seen`, and a picture as another
        patient's with `recognised` of the control that shows it the match: a denial and a finding. Then those denied
        unread who appeal are read, whatever the capacity. A payer without a classifier pays what nobody has read.
        A firm paid by savings denies some more, where that pays; then denials by a reader may fall on appeal.
        """
        claims, readers = self.claims_of_week, self.spec.readers
        claims.paid[:] = claims.approved & ~claims.held
        queue = np.flatnonzero(claims.pended | (claims.approved & claims.held) | self._second_look())
        capacity = self.capacity()
        if queue.size > capacity:
            order = self.draws("reader_order")[claims.row[queue]]
            first = first_in_line(order, capacity)
            claims.paid[queue[~first]] |= readers.overflow == "pay" or not self.spec.triage.classifier
            queue = queue[first]
        self._read(queue)
        if readers.contractor and gains_by_denying(readers):
            confirmed, share = queue[claims.paid[queue]], np.float32(readers.contractor.discretion)
            claims.paid[confirmed] = self.draws("discretionary_denial")[claims.row[confirmed]] >= share
        self.turned_down = queue[~claims.paid[queue]]
        if readers.appeals:
            self._hear(readers.appeals)
        if float(readers.appealed) > 0:
            denied = np.flatnonzero(~(claims.paid | claims.read | claims.recognised))
            self._read(denied[self.draws("denial_appeal")[claims.row[denied]] < np.float32(readers.appealed)])
        if self.exemptions:
            looked_at = ~self._waived if self._waived is not None else np.ones(claims.row.size, np.bool_)
            self.exemptions.count(self.week, claims.provider[looked_at], claims.provider[looked_at & claims.paid])

    def _hear(self, appeals: schema.DenialAppeals) -> None:
        """Pay the claims whose denial by a reader falls on appeal; where an image was tampered with, none is filed."""
        claims, rows = self.claims_of_week, self.turned_down[~self.claims_of_week.recognised[self.turned_down]]
        filed = rows[self.draws("reading_appeal")[claims.row[rows]] < np.float32(appeals.filed)]
        just, unjust = np.float32(appeals.overturned_supported), np.float32(appeals.overturned_unsupported)
        odds = np.where(claims.truth[filed], just, unjust)
        claims.paid[filed] = self.draws("reading_appeal_verdict")[claims.row[filed]] < odds
        self.appellants = claims.provider[filed]

    def _second_look(self) -> NDArray[np.bool_]:
        """Return (m,) the approved claims that are read before they are paid; those beyond the capacity are paid."""
        claims, share = self.claims_of_week, np.float32(self.spec.readers.second_look)
        if share == 0:
            return np.zeros(claims.row.size, np.bool_)
        chosen: NDArray[np.bool_] = claims.approved & (self.draws("second_look")[claims.row] < share)
        return chosen if self._waived is None else chosen & ~self._waived

    def _read(self, queue: NDArray[np.int64]) -> None:
        claims, readers = self.claims_of_week, self.spec.readers
        if not queue.size:
            return
        claims.read[queue] = True
        uniform = self.draws("reader_verdict")[claims.row[queue]]
        tactic = claims.tactic[queue]
        substituted = self.kinds.substituted[tactic]
        confirmed = np.where(
            claims.truth[queue] | substituted,
            uniform < np.float32(readers.sensitivity),
            uniform >= np.float32(readers.specificity),
        )
        patched = self.kinds.patch[tactic]
        if patched.any():
            patched &= self.draws("patch_seen")[claims.row[queue]] < np.float32(readers.patch_seen)
        substituted &= self._shown[queue] > 0
        if substituted.any():
            substituted &= self.draws("exchange_seen")[claims.row[queue]] < self._shown[queue]
        seen = patched | substituted
        if seen.any():
            claims.recognised[queue] = seen
            confirmed &= ~seen
        claims.paid[queue] = confirmed

    @property
    def prices(self) -> list[Price]:
        """What each check of an image that the payer makes by now costs, signatures among them."""
        return [self.spec.integrity.price] * self.signed + self.picture_controls.prices

    def capacity(self) -> int:
        """Return the readings of this week."""
        return whole_in_week(float(self.spec.readers.capacity), self.week)


def first_in_line(order: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    """Return (N,) which of some numbers (N,) are the least `count` of more than `count`; of equal ones the earlier."""
    if not count:
        return np.zeros(order.size, np.bool_)
    edge = np.partition(order, count - 1)[count - 1]
    chosen: NDArray[np.bool_] = order < edge
    chosen[np.flatnonzero(order == edge)[: count - np.count_nonzero(chosen)]] = True
    return chosen


def whole_in_week(rate: float, week: int) -> int:
    """Return how many fall on a week at so many per week; a fractional rate is made up over the weeks."""
    return math.floor(rate * (week + 1)) - math.floor(rate * week)
