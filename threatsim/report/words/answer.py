"""The scenario's question answered in a few sentences, computed from the record."""

from __future__ import annotations

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.benefit import (
    beside_policies,
    besides,
    most_beneficial,
    policies,
    ranked,
    relative,
    whose,
)
from threatsim.report.words.answer_parts.ceiling import marginal, may_cost
from threatsim.report.words.answer_parts.endpoint import claims_absence, endpoint_answer
from threatsim.report.words.answer_parts.situation import price, situation
from threatsim.report.words.answer_parts.suppression import bills_falsely, suppresses, suppression_answer
from threatsim.report.words.arm_words import title
from threatsim.report.words.doubt.doubt_words import answered
from threatsim.statistics.estimate import Estimate


def answer(record: RunRecord) -> list[str]:
    """Return what happens in the baseline and what arms change: absences, payers that alter images, false billing."""
    reported = endpoint_answer(record) if claims_absence(record) else []
    if not suppresses(record):
        return reported + _of_false_billing(record)
    return reported + suppression_answer(record) + (_of_false_billing(record) if bills_falsely(record) else [])


def _of_false_billing(record: RunRecord) -> list[str]:
    """Return what fraud does in the baseline, which arm is worth most, whose that is, and what else it changes.

    Records of before net benefit was told have the arm that changes payer loss most.
    """
    baseline, *others = record.arms
    told = [situation(record)]
    if not others:
        told += [price(baseline), "The scenario has one arm, so nothing is compared."]
    elif all("net_benefit" in arm.differences for arm in others):
        arms = policies(others)
        chosen = most_beneficial(arms)
        told += [ranked(baseline, chosen, arms), whose(chosen), besides(chosen), beside_policies(others)]
        told += [may_cost(arms), marginal(record)]
    else:
        told += [_change(baseline, strongest(others), others), besides(strongest(others))]
    return [sentence for sentence in (*told, answered(record)) if sentence]


def strongest(others: list[ArmOutcome]) -> ArmOutcome:
    """Return the arm with the greatest change of payer loss, among those with a detectable one if there are any."""
    detectable = [arm for arm in others if arm.differences["payer_loss"].detected]
    return max(detectable or others, key=lambda arm: abs(arm.differences["payer_loss"].value or 0.0))


def _change(baseline: ArmOutcome, chosen: ArmOutcome, others: list[ArmOutcome]) -> str:
    difference = chosen.differences["payer_loss"]
    if not difference.detected:
        span = numbers.change_interval(difference, "USD")
        return (
            "There is no detectable difference in payer loss between any arm and the baseline: the largest change, "
            f"{title(chosen)}, is {numbers.change(difference.value, 'USD')} USD a year"
            + (f", and its 95% interval ({span}) includes zero." if span else " without an interval.")
        )
    rest = [arm for arm in others if arm is not chosen]
    seen = [arm for arm in rest if arm.differences["payer_loss"].detected]
    unseen = [arm for arm in rest if arm not in seen]
    text = f"{title(chosen)} changes payer loss most: it {_moves(difference)} a year{relative(baseline, difference)}"
    text += ", and the 95% interval excludes zero"
    if seen:
        text += "; " + numbers.listed([f"{title(arm)} {_moves(arm.differences['payer_loss'])}" for arm in seen])
    if unseen:
        text += f"; no detectable difference for {numbers.listed([title(arm) for arm in unseen])}"
    return text + "."


def _moves(difference: Estimate) -> str:
    down = (difference.value or 0.0) < 0
    return f"{'lowers' if down else 'raises'} it by {numbers.money(-difference if down else difference)}"
