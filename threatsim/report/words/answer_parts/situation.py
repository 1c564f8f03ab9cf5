"""What false billing does in the baseline: who loses, what it pays, what of it is stopped and found, who is accused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import budget
from threatsim.statistics.estimate import Estimate

_YEAR: Final = 52


def situation(record: RunRecord) -> str:
    """Return in a few sentences what false billing does in the baseline."""
    baseline = record.arms[0]
    lost, payoff = _lost(baseline), baseline.outcomes["fraud_payoff"]
    if payoff.value is None:
        return f"In the baseline {lost}, and no provider bills falsely."
    told = [f"In the baseline, {lost}.", budget(record), f"{_payoff(baseline)}."]
    return " ".join(sentence for sentence in (*told, *_detection(baseline), *_innocents(record)) if sentence)


def briefly(record: RunRecord, *, but: str = "") -> str:
    """Return in two sentences what false billing does in the baseline; `but` names a figure that was told already."""
    baseline = record.arms[0]
    loss, payoff = baseline.outcomes["payer_loss"], baseline.outcomes["fraud_payoff"]
    lost = f"In the baseline, payers lose {numbers.money(loss)} a year to false billing"
    if payoff.value is None:
        return f"{lost}, and no provider bills falsely."
    told = f"{lost}{'' if but == 'fraud_payoff' else f', and a provider who bills falsely {_gains(payoff)} a year'}."
    return " ".join([told, *_detection(baseline)])


def price(baseline: ArmOutcome) -> str:
    """Return what control costs in the baseline, and whom it hits."""
    cost, accused, denied = (baseline.outcomes[name] for name in ("control_cost", "false_accusations", "honest_denied"))
    return (
        f"Readers and audits cost the payers {numbers.money(cost)} a year; {numbers.in_words(accused, '')} honest "
        f"providers are accused per 100 provider-years, and {numbers.in_words(denied, 'share')} of true claims are "
        "denied."
    )


def _lost(baseline: ArmOutcome) -> str:
    loss, patients = baseline.outcomes["payer_loss"], baseline.outcomes.get("beneficiary_loss")
    of_patients = f", and their patients {numbers.money(patients)}" if patients and patients.value else ""
    return f"payers lose {numbers.money(loss)} a year to false billing{of_patients}"


def _payoff(baseline: ArmOutcome) -> str:
    """Return what false billing pays: its mean; its median and who loses, where a record has them."""
    figures = baseline.outcomes
    text = f"A provider who bills falsely {_gains(figures['fraud_payoff'])} per provider-year"
    if "fraud_payoff_median" not in figures:
        return text
    text += f" in the mean and {_gains(figures['fraud_payoff_median'], verb=False)} in the median"
    text += f", and {numbers.value(figures['fraud_payoff_losing'].value, 'share')} lose by it"
    less, losing = figures["payoff_less_income"], figures["payoff_less_income_losing"]
    if less.value == figures["fraud_payoff"].value:
        return text
    return (
        f"{text}; less the honest income of those who are barred the mean is {_usd(less)}, and "
        f"{numbers.value(losing.value, 'share')} lose"
    )


def _gains(payoff: Estimate, *, verb: bool = True) -> str:
    gain = (payoff.value or 0.0) >= 0
    if not verb:
        return _usd(payoff)
    return f"{'gains' if gain else 'loses'} {numbers.money(payoff if gain else -payoff)}"


def _usd(sum_of_money: Estimate) -> str:
    return f"USD {numbers.in_words(sum_of_money, 'USD')}"


def _detection(baseline: ArmOutcome) -> list[str]:
    figures = baseline.outcomes
    if "stopped_rate" not in figures:  # a record of before the two were told apart
        return [f"Of false claims {numbers.in_words(figures['detection_rate'], 'share')} are detected."]
    found = figures["found_rate"]
    after = f"; of those paid, audits find {numbers.in_words(found, 'share')}" if found.value is not None else ""
    stopped = numbers.in_words(figures["stopped_rate"], "share")
    return [f"Of false claims {stopped} are stopped before payment{after}."]


def _innocents(record: RunRecord) -> list[str]:
    """Return how many of the accused are innocent, year by year where there are several."""
    share = record.arms[0].outcomes.get("innocent_share")
    if share is None or share.value is None:
        return []
    years = innocents_by_year(record.arms[0])
    by_year = ""
    if len(years) > 1:
        told = ["nobody accused" if math.isnan(one) else numbers.value(one, "share") for one in years]
        by_year = f", year by year {', '.join(told)}"
    return [f"Of the accused {numbers.in_words(share, 'share')} are innocent{by_year}."]


def innocents_by_year(arm: ArmOutcome) -> list[float]:
    """Return the innocents' share of the accused in each whole year of the record, over all replicates; NaN of none."""
    accused, innocent = (_years(arm.weekly.get(name, [])) for name in ("accused", "accused_honest"))
    return [part / whole if whole else math.nan for part, whole in zip(innocent, accused, strict=True)]


def _years(weekly: Sequence[float]) -> list[float]:
    return [math.fsum(weekly[start : start + _YEAR]) for start in range(0, len(weekly) - _YEAR + 1, _YEAR)]
