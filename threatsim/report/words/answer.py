"""The scenario's question answered in a few sentences, computed from the record."""

from __future__ import annotations

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import title
from threatsim.report.words.endpoint import claims_absence, endpoint_answer
from threatsim.report.words.suppression import bills_falsely, suppresses, suppression_answer
from threatsim.statistics.estimate import Estimate


def answer(record: RunRecord) -> list[str]:
    """Return what happens in the baseline and what arms change: absences, payers that alter images, false billing."""
    reported = endpoint_answer(record) if claims_absence(record) else []
    if not suppresses(record):
        return reported + _of_false_billing(record)
    return reported + suppression_answer(record) + (_of_false_billing(record) if bills_falsely(record) else [])


def _of_false_billing(record: RunRecord) -> list[str]:
    """Return what fraud does in the baseline, which arm is worth most, and what else it changes.

    Records of before net benefit was told have the arm that changes payer loss most.
    """
    baseline, *others = record.arms
    if not others:
        return [_situation(baseline), _price(baseline), "The scenario has one arm, so nothing is compared."]
    told = all("net_benefit" in arm.differences for arm in others)
    chosen = most_beneficial(others) if told else strongest(others)
    change = _benefit(baseline, chosen, others) if told else _change(baseline, chosen, others)
    return [_situation(baseline), change, _besides(chosen)]


def _situation(baseline: ArmOutcome) -> str:
    loss, payoff, rate = (baseline.outcomes[name] for name in ("payer_loss", "fraud_payoff", "detection_rate"))
    if payoff.value is None:
        lost = numbers.money(loss)
        return f"In the baseline payers lose {lost} a year to false billing, and no provider bills falsely."
    verb = "gains" if payoff.value >= 0 else "loses"
    gain = payoff if payoff.value >= 0 else -payoff
    return (
        f"In the baseline, payers lose {numbers.money(loss)} a year to false billing; a provider who bills falsely "
        f"{verb} {numbers.money(gain)} per provider-year, and {numbers.in_words(rate, 'share')} of false claims are "
        "detected."
    )


def _price(baseline: ArmOutcome) -> str:
    cost, accused, denied = (baseline.outcomes[name] for name in ("control_cost", "false_accusations", "honest_denied"))
    return (
        f"Readers and audits cost the payers {numbers.money(cost)} a year; {numbers.in_words(accused, '')} honest "
        f"providers are accused per 100 provider-years, and {numbers.in_words(denied, 'share')} of true claims are "
        "denied."
    )


def most_beneficial(others: list[ArmOutcome]) -> ArmOutcome:
    """Return the arm of the greatest net benefit, among those with a detectable one if there are any."""
    detectable = [arm for arm in others if arm.differences["net_benefit"].excludes_zero]
    return max(detectable or others, key=lambda arm: arm.differences["net_benefit"].value or 0.0)


def _benefit(baseline: ArmOutcome, chosen: ArmOutcome, others: list[ArmOutcome]) -> str:
    benefit = chosen.differences["net_benefit"]
    if not benefit.excludes_zero:
        span = numbers.change_interval(benefit, "USD")
        return (
            f"No arm has a detectable net benefit against the baseline: that of {title(chosen)}, the largest, is "
            f"{numbers.change(benefit.value, 'USD')} USD a year"
            + (f", and its 95% interval ({span}) includes zero" if span else " without an interval")
            + f": {_made_of(baseline, chosen)}."
        )
    parts = [f"{title(chosen)} {_is_worth(benefit)} a year: {_made_of(baseline, chosen)}"]
    rest = sorted(others, key=lambda arm: -(arm.differences["net_benefit"].value or 0.0))
    seen = [arm for arm in rest if arm is not chosen and arm.differences["net_benefit"].excludes_zero]
    unseen = [arm for arm in rest if arm is not chosen and arm not in seen]
    if seen:
        parts.append(numbers.listed([f"{title(arm)} {_is_worth(arm.differences['net_benefit'])}" for arm in seen]))
    if unseen:
        parts.append(f"no detectable net benefit of {numbers.listed([title(arm) for arm in unseen])}")
    lead = "Worth most, by net benefit: " if (benefit.value or 0.0) > 0 else "No arm is worth its price: "
    return f"{lead}{'; '.join(parts)}."


def _is_worth(benefit: Estimate) -> str:
    gains = (benefit.value or 0.0) > 0
    return f"{'gains' if gains else 'loses'} {numbers.money(benefit if gains else -benefit)}"


def _made_of(baseline: ArmOutcome, arm: ArmOutcome) -> str:
    """Return what a net benefit is made of: loss, the price of control, true claims unpaid."""
    loss = arm.differences["payer_loss"]
    named = (("control", "control_cost"), ("true claims left unpaid", "denied_value"))
    prices = [f"{numbers.change(arm.differences[name].value, 'USD')} USD of {text}" for text, name in named]
    moved = numbers.change(loss.value, "USD")
    return f"{moved} USD of payer loss{_relative(baseline, loss)}, {numbers.listed(prices)}"


def strongest(others: list[ArmOutcome]) -> ArmOutcome:
    """Return the arm with the greatest change of payer loss, among those with a detectable one if there are any."""
    detectable = [arm for arm in others if arm.differences["payer_loss"].excludes_zero]
    return max(detectable or others, key=lambda arm: abs(arm.differences["payer_loss"].value or 0.0))


def _change(baseline: ArmOutcome, chosen: ArmOutcome, others: list[ArmOutcome]) -> str:
    difference = chosen.differences["payer_loss"]
    if not difference.excludes_zero:
        span = numbers.change_interval(difference, "USD")
        return (
            "There is no detectable difference in payer loss between any arm and the baseline: the largest change, "
            f"{title(chosen)}, is {numbers.change(difference.value, 'USD')} USD a year"
            + (f", and its 95% interval ({span}) includes zero." if span else " without an interval.")
        )
    rest = [arm for arm in others if arm is not chosen]
    seen = [arm for arm in rest if arm.differences["payer_loss"].excludes_zero]
    unseen = [arm for arm in rest if arm not in seen]
    text = f"{title(chosen)} changes payer loss most: it {_moves(difference)} a year{_relative(baseline, difference)}"
    text += ", and the 95% interval excludes zero"
    if seen:
        text += "; " + numbers.listed([f"{title(arm)} {_moves(arm.differences['payer_loss'])}" for arm in seen])
    if unseen:
        text += f"; no detectable difference for {numbers.listed([title(arm) for arm in unseen])}"
    return text + "."


def _moves(difference: Estimate) -> str:
    down = (difference.value or 0.0) < 0
    return f"{'lowers' if down else 'raises'} it by {numbers.money(-difference if down else difference)}"


def _relative(baseline: ArmOutcome, difference: Estimate) -> str:
    loss = baseline.outcomes["payer_loss"].value
    if not loss or loss < 0 or difference.value is None:
        return ""
    times = abs(difference.value) / loss
    return (
        f", {numbers.number(times)} times the baseline"
        if times > 2
        else f", {numbers.value(times, 'share')} of the baseline"
    )


def _besides(arm: ArmOutcome) -> str:
    changed, same = [], []
    for name in shown_in("answer"):
        metric, difference = ARM_METRICS[name], arm.differences[name]
        if difference.excludes_zero:
            unit = "" if metric.unit == "share" else f" {metric.unit}"
            change = numbers.change(difference.value, metric.unit)
            span = numbers.change_interval(difference, metric.unit)
            changed.append(f"{metric.phrase} {change}{unit} ({span})")
        else:
            same.append(metric.phrase)
    if same:
        changed.append(f"no detectable difference in {numbers.listed(same).replace(' and ', ' or ')}")
    return f"What else {title(arm)} changes: {'; '.join(changed)}."
