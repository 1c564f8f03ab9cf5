"""Which arm is worth most: its net benefit with what that is made of, whose it is, and what else it changes."""

from __future__ import annotations

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.record import ArmOutcome
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import missed, title
from threatsim.statistics.estimate import Difference, Estimate


def policies(others: list[ArmOutcome]) -> list[ArmOutcome]:
    """Return the arms that somebody could decide on and keep to; all, if there are none.

    An arm that only changes the tactics there are is nobody's choice; one that keeps a control secret works until it is
    known.
    """
    return [arm for arm in others if not (_is_of_tactics(arm) or _is_secret(arm))] or others


def most_beneficial(others: list[ArmOutcome]) -> ArmOutcome:
    """Return the arm of the greatest net benefit, among those with a detectable one if there are any."""
    detectable = [arm for arm in others if _benefit(arm).detected]
    return max(detectable or others, key=_worth)


def ranked(baseline: ArmOutcome, chosen: ArmOutcome, others: list[ArmOutcome]) -> str:
    """Return the arms by their net benefit, the greatest with its price in the same sentence."""
    benefit = _benefit(chosen)
    if not benefit.detected:
        span = numbers.change_interval(benefit, "USD")
        why = (
            f", and its 95% interval ({span}) {_not_told(benefit)}{_missed(chosen)}" if span else " without an interval"
        )
        return (
            f"No arm has a detectable net benefit against the baseline: that of {title(chosen)}, the largest, is "
            f"{numbers.change(benefit.value, 'USD')} USD a year"
            f"{why}: {_made_of(baseline, chosen)}."
        )
    parts = [f"{title(chosen)} {_is_worth(benefit)} a year: {_made_of(baseline, chosen)}"]
    rest = sorted((arm for arm in others if arm is not chosen), key=lambda arm: -_worth(arm))
    seen = [arm for arm in rest if _benefit(arm).detected]
    unseen = [arm for arm in rest if arm not in seen]
    if seen:
        parts.append(numbers.listed([f"{title(arm)} {_is_worth(_benefit(arm))}{_bought_for(arm)}" for arm in seen]))
    if unseen:
        parts.append(
            f"no detectable net benefit of {numbers.listed([f'{title(arm)}{_missed(arm)}' for arm in unseen])}"
        )
    lead = "Worth most, by net benefit: " if (benefit.value or 0.0) > 0 else "No arm is worth its price: "
    return f"{lead}{'; '.join(parts)}."


def _not_told(benefit: Difference) -> str:
    """Return why a net benefit with an interval is not detectable."""
    if benefit.low is not None and benefit.high is not None and not benefit.low <= 0 <= benefit.high:
        return "excludes zero by itself alone, not for the number of arms compared"
    return "includes zero"


def beside_policies(others: list[ArmOutcome]) -> str:
    """Return what arms that are no policies to keep to would be worth; empty where each is one, or none."""
    left = [arm for arm in others if arm not in policies(others)]
    sentences = []
    for lead, which in (
        ("What works once, as nobody is told of it", _is_secret),
        ("What is no policy, but tells what tactics cost", _is_of_tactics),
    ):
        told = [
            f"{title(arm)} would be worth USD {numbers.change_in_words(_benefit(arm), 'USD')} a year"
            for arm in left
            if which(arm)
        ]
        if told:
            sentences.append(f"{lead}: {numbers.listed(told)}.")
    return " ".join(sentences)


def _is_of_tactics(arm: ArmOutcome) -> bool:
    return all(path.startswith("tactics.") for path in arm.changes)


def _is_secret(arm: ArmOutcome) -> bool:
    return any(path.endswith(".announced") and value is False for path, value in arm.changes.items())


def whose(chosen: ArmOutcome) -> str:
    """Return how a net benefit is divided among payers, and what it is per million; empty where a record lacks it."""
    per_million = chosen.differences.get("net_benefit_per_million")
    if per_million is None or not chosen.payers:
        return ""
    parts = [
        f"{numbers.title(payer.payer)} has USD {numbers.change_in_words(payer.differences['net_benefit'], 'USD')}"
        for payer in chosen.payers
    ]
    of_each = f"Of the net benefit of {title(chosen)}, {numbers.listed(parts)}; all together it is"
    lead = of_each if len(parts) > 1 else f"The net benefit of {title(chosen)} is"
    return f"{lead} USD {numbers.change_in_words(per_million, 'USD')} per 1 million USD of claims."


def besides(arm: ArmOutcome) -> str:
    """Return what else an arm changes, beside its net benefit and what that is made of."""
    changed, same = [], []
    deterred = arm.outcomes.get("deterred_rate")
    if deterred is not None and deterred.value is not None:
        what = "deters" if deterred.value >= 0 else "invites"
        share = deterred if deterred.value >= 0 else -deterred
        changed.append(f"it {what} {numbers.in_words(share, 'share')} of the baseline's false claims")
    for name in shown_in("answer", arm.differences):
        metric, difference = ARM_METRICS[name], arm.differences[name]
        if difference.detected:
            unit = "" if metric.unit == "share" else f" {metric.unit}"
            change = numbers.change(difference.value, metric.unit)
            span = numbers.change_interval(difference, metric.unit)
            changed.append(f"{metric.phrase} {change}{unit} ({span})")
        elif (
            difference.value or difference.low != difference.high
        ):  # 0 on both sides for sure, or undefined, says nothing
            same.append(f"{metric.phrase}{missed(difference, metric.unit)}")
    if same:
        changed.append(f"no detectable difference in {numbers.listed(same).replace(' and ', ' or ')}")
    return f"What else {title(arm)} changes: {'; '.join(changed)}."


def relative(baseline: ArmOutcome, difference: Estimate) -> str:
    """Return a change of payer loss as a share of the baseline's, to be appended; empty where there is none."""
    loss = baseline.outcomes["payer_loss"].value
    if not loss or loss < 0 or difference.value is None:
        return ""
    times = abs(difference.value) / loss
    share = f"{numbers.number(times)} times" if times > 2 else f"{numbers.value(times, 'share')} of"
    return f", {share} the baseline"


def _benefit(arm: ArmOutcome) -> Difference:
    return arm.differences["net_benefit"]


def _missed(arm: ArmOutcome) -> str:
    return missed(_benefit(arm), "USD")


def _worth(arm: ArmOutcome) -> float:
    return _benefit(arm).value or 0.0


def _is_worth(benefit: Estimate) -> str:
    gains = (benefit.value or 0.0) > 0
    return f"{'gains' if gains else 'loses'} {numbers.money(benefit if gains else -benefit)}"


def _made_of(baseline: ArmOutcome, arm: ArmOutcome) -> str:
    """Return what a net benefit is made of: loss, the price of control, true claims unpaid."""
    loss = arm.differences["payer_loss"]
    named = (("control", "control_cost"), ("true claims left unpaid", "denied_value"))
    prices = [f"{numbers.change(arm.differences[name].value, 'USD')} USD of {text}" for text, name in named]
    moved = numbers.change(loss.value, "USD")
    return f"{moved} USD of payer loss{relative(baseline, loss)}, {numbers.listed(prices)}"


def _bought_for(arm: ArmOutcome) -> str:
    """Return the price of an arm in brackets: control, and true claims left unpaid."""
    control, unpaid = (numbers.change(arm.differences[name].value, "USD") for name in ("control_cost", "denied_value"))
    return f" (control {control}, true claims unpaid {unpaid})"
