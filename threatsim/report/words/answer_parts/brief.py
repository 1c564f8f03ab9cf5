"""The answer in three sentences, for a terminal: what fraud does, which arm is worth most, and how sure that is."""

from __future__ import annotations

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.asked import answered_by, asked
from threatsim.report.words.answer_parts.benefit import most_beneficial, policies
from threatsim.report.words.answer_parts.ceiling import at_most
from threatsim.report.words.answer_parts.endpoint import claims_absence, endpoint_answer
from threatsim.report.words.answer_parts.situation import briefly
from threatsim.report.words.answer_parts.suppression import (
    backfiring,
    bills_falsely,
    suppresses,
    suppression_situation,
    suppression_tactics,
)
from threatsim.report.words.arm_words import title
from threatsim.report.words.doubt.doubt_words import held, in_brief
from threatsim.report.words.pattern_words import tests


def brief_answer(record: RunRecord, *, commands: bool = True) -> list[str]:
    """Return what happens in the baseline, which arm is worth most, and what the figures leave open.

    Args:
        record: the run.
        commands: whether the reader may be told which command would close what is left open.
    """
    told = [asked(record, commands=commands)]
    told += endpoint_answer(record)[:1] if claims_absence(record) and not told[0] else []
    if suppresses(record):
        told += [suppression_situation(record), backfiring(record)]
    if not suppresses(record) or bills_falsely(record):
        told += [briefly(record, but=answered_by(record)), _worth(record)]
    open_still = in_brief(record) or (_not_drawn(record) if commands else "")
    return [sentence for sentence in (*told, open_still) if sentence]


def attack_success(record: RunRecord) -> str:
    """Return how often each attack succeeds, least and most over the modalities; empty where none was tried.

    Of tactics that payers use on true findings, how often they push one below the threshold.
    """
    of_payers = suppression_tactics(record) if suppresses(record) else []
    rates: dict[str, list[float]] = {}
    for figures in record.classifiers:
        for attack in figures.attacks:
            rate = attack.suppression if attack.tactic in of_payers else attack.success
            if rate is not None and rate.value is not None:
                rates.setdefault(attack.tactic, []).append(rate.value)
    if not rates:
        return ""
    return f"Attack success: {', '.join(f'{numbers.title(tactic)} {_ends(found)}' for tactic, found in rates.items())}."


def _ends(rates: list[float]) -> str:
    return " to ".join(dict.fromkeys(numbers.value(rate, "share") for rate in (min(rates), max(rates))))


def patterns_kept(record: RunRecord) -> str:
    """Return how many published patterns of false billing the market shows; empty where that was not looked at."""
    if not record.patterns or not bills_falsely(record):
        return ""
    checks = tests(record.patterns)
    kept = sum(check.verdict == "held" for check in checks)
    return f"{kept} of {len(checks)} published patterns hold in this market."


def _worth(record: RunRecord) -> str:
    """Return the policies by net benefit; the price of each stands in the table of arms."""
    others = list(record.arms[1:])
    if not others:
        return "The scenario has one arm, so nothing is compared."
    if not all("net_benefit" in arm.differences for arm in others):
        return ""
    arms = policies(others)
    chosen = most_beneficial(arms)
    benefits = {arm.name: arm.differences["net_benefit"] for arm in arms}
    gains = [arm for arm in arms if benefits[arm.name].detected and (benefits[arm.name].value or 0.0) > 0]
    loses = [arm for arm in arms if benefits[arm.name].detected and arm not in gains]
    unseen = [arm for arm in arms if not benefits[arm.name].detected]
    parts = []
    if gains:
        worth = f"{numbers.money(benefits[chosen.name])} a year{at_most(chosen)}"
        parts.append(f"worth most after its price: {title(chosen)}, {worth}")
    if also := [arm for arm in gains if arm is not chosen]:
        parts.append(f"{_titles(also)} {'gains' if len(also) == 1 else 'gain'} as well")
    if loses:
        verb = "costs more than it saves" if len(loses) == 1 else "cost more than they save"
        parts.append(f"{_titles(loses)} {verb}")
    if unseen:
        parts.append(f"no net benefit was found of {_titles(unseen)}")
    if left := [arm for arm in others if arm not in arms]:
        parts.append(f"{_titles(left)} {'is' if len(left) == 1 else 'are'} for comparison only")
    told = "; ".join(parts)
    return f"{told[:1].upper()}{told[1:]}."


def _titles(arms: list[ArmOutcome]) -> str:
    return numbers.listed([title(arm) for arm in arms])


def _not_drawn(record: RunRecord) -> str:
    return "The intervals hold chance alone; --doubt 100 draws the uncertain numbers." if held(record) else ""
