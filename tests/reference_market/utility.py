"""What an option is worth to a person, and which one is taken (Conduct; Utility; The law foreseen)."""

from __future__ import annotations

import math
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.reference_market.foresight import ACCUSED, BARRED, BEHIND, CHARGED, course, odds
from tests.reference_market.people import ACCESS, Practice


class Option(NamedTuple):
    """A tactic, and a share of eligible cases."""

    tactic: str | None
    share: float


HONEST = Option(None, 0.0)


def quotient(above: float, below: float) -> float:
    """Return a quotient; one over 0 is 0."""
    return above / below if below else 0.0


def flows_of(world: Any, practice: Practice, option: Option, law: int) -> Any:
    """Return a week's flows under a law, in claims or USD; all eligible cases billed falsely (the table of Utility)."""
    m, terms, beliefs, v = practice.modality, world.foreseen[law], practice.owner.beliefs, practice.volume
    governed = 0.0 if practice.barred_by(law) else sum(one.share for one in world.payers if one.law == law)
    eligible, true = v * (1 - m.prevalence) * governed, v * m.prevalence * (1 - practice.error_down) * governed
    untouched = [beliefs[name] for name, one in world.tactics.items() if one.attack == "none"] or [*beliefs.values()]

    def usual(*kinds: str) -> float:
        return sum(math.prod(one.mean(kind) for kind in kinds) for one in untouched) / len(untouched)

    own, chosen = eligible * practice.error_up, beliefs.get(option.tactic, untouched[0])
    return SimpleNamespace(
        claims=eligible,
        paid=eligible * chosen.mean("paid"),
        recognised=eligible * chosen.mean("recognised"),
        found=eligible * chosen.mean("paid") * chosen.mean("found"),
        shown=eligible * usual("paid"),
        own_paid=own * usual("paid"),
        own_found=own * usual("paid", "found"),
        own_sent=own,
        true=true,
        true_found=true * usual("found") * quotient(terms.wronged, terms.unsupported),
        income=practice.income * governed,
        fees=v * governed * (m.prevalence * m.fee_with + (1 - m.prevalence) * m.fee) / 100,
    )


def gain(world: Any, practice: Practice, option: Option, law: int) -> float:
    """Return an option's gain under a law, USD a week, before the toll."""
    if not option.share:
        return 0.0
    flows, m = flows_of(world, practice, option, law), practice.modality
    tactic, stake = world.tactics[option.tactic], m.stake / 100
    reluctance = practice.owner.reluctance * (1 + world.conduct.greed_penalty * option.share)
    a_case = flows.paid * (stake - world.conduct.care_delivered * m.care)
    a_case -= flows.found * stake * world.laws[law].collected.offsets
    a_case -= flows.claims * tactic.cost_per_claim + flows.shown * practice.error_up * stake
    return option.share * (a_case - flows.claims * reluctance)


def toll(world: Any, practice: Practice, option: Option, law: int, week: int) -> float:
    """Return what a law takes of whoever bills so, over the horizon, and what its bar costs, USD (The law foreseen)."""
    t, standing = world.foreseen[law], practice.standing[law]
    flows, s = flows_of(world, practice, option, law), option.share
    stake, h, k = practice.modality.stake / 100, t.horizon, t.stages
    rest = 1 - s
    recouped = s * flows.found + rest * flows.own_found + flows.true_found  # R
    findings = recouped + s * flows.recognised  # F
    untrue = s * flows.paid + rest * flows.own_paid
    paid, wrong = untrue + flows.true, t.unsupported * untrue + t.wronged * flows.true  # P, X
    submitted = s * flows.claims + rest * flows.own_sent + flows.true
    parts = [counts for part in standing.parts.values() for counts in part.values()] if t.probe else []
    billed0, untrue0, true0 = (sum(counts[n] for counts in parts) for n in range(3))
    paid0, wrong0 = untrue0 + true0, t.unsupported * untrue0 + t.wronged * true0
    rate = quotient(wrong, paid)

    left = standing.due - week + 1 if standing.stage else 0
    j = min(round(4 * min(left / h, 1)), 3)
    to_go = max(t.needed - len(standing.findings), 1) * k / t.needed
    missing = k if j else min(max(math.ceil(to_go), 1), k)
    before = 0.0
    if t.probe:  # the error rate of before
        weeks = t.audit_lag + quotient(missing * t.needed / k, findings)
        beyond = paid * t.lookback * (rate - t.probe.tolerated_rate)
        short = paid0 * (t.probe.tolerated_rate - quotient(wrong0, paid0))
        sigma = quotient(short, short + beyond) if short > 0 and beyond > 0 else 0.5
        sigma = min(max(weeks / t.lookback, sigma, 1 / t.lookback), h / t.lookback, 0.95)
        new, old = sigma * t.lookback, 1 - sigma
        mixed = quotient(wrong * new + wrong0 * old, paid * new + paid0 * old)
        before = min(max((mixed - sigma * rate) / old, 0.0), 1.0)
    tips = t.spec.tips
    opening = (tips.fraud if s else tips.honest) / 52 if tips and t.probe else 0.0
    figures = course(t, findings, opening, rate, before)[j * h // 4][missing]

    held = t.spec.suspension * t.resolution_lag * t.borne * (flows.fees + s * flows.paid * stake)
    collected, taken = t.spec.collected, 0.0
    halves = [(figures[ACCUSED + half], figures[BEHIND + half]) for half in (0, 1)]
    for cases, behind in halves if t.probe else [(halves[0][0] + halves[1][0], 0.0)]:  # what a case takes
        if cases <= 0:
            continue
        if t.probe:
            weeks = min(max(behind / cases, 0.0), t.lookback)
            old = 1 - weeks / t.lookback
            claims = paid * weeks + paid0 * old
            error = min(quotient(wrong * weeks + wrong0 * old, claims), 1.0)
            n = math.floor(min(claims, t.probe.claims))
            accuses, proven = odds(n, error, t.probe.tolerated_rate)
            lower = quotient(proven, accuses)
            overpaid = stake * (lower * claims if t.spec.extrapolate else error * n)
            repaid = recouped * weeks * stake * collected.offsets
            false = lower * (submitted * weeks + billed0 * old)
        else:
            false = figures[CHARGED] * t.needed / k / cases
            overpaid = stake * false * quotient(recouped, findings)
            repaid = collected.offsets * overpaid
        first = collected.extrapolated * max(overpaid - repaid, 0)
        for chance, multiple, fine in world.endings[law]:
            due = max(multiple * t.borne * overpaid + fine * false - t.borne * (repaid + first), 0)
            secured = min(due, held)
            payment = first + secured + collected.penalties * (due - secured)
            taken += cases * chance * min(payment, world.most(practice, law) / 100)
    return taken + figures[BARRED] * (flows.income + gain(world, practice, option, law))


def options_of(world: Any, practice: Practice) -> list[Option]:
    """Return all options but honesty, in order (Who decides; Which tactics a person can choose)."""
    able = [name for name, one in world.tactics.items() if practice.owner.access >= ACCESS[one.access]]
    shares = [one for one in world.conduct.shares if one > 0]
    return [Option(name, share) for name in able if world.tactics[name].available for share in shares]


def before_toll(world: Any, practice: Practice, option: Option) -> float:
    """Return what an option is worth if the law took nothing, USD a week."""
    gains = sum(gain(world, practice, option, law) for law in range(len(world.laws)))
    outlay = 0.0 if option.tactic in practice.owner.equipped else world.tactics[option.tactic].setup_cost
    return gains - outlay / world.conduct.horizon


def utility(world: Any, practice: Practice, option: Option, week: int, honest: list[float]) -> float:
    """Return an option's utility, USD a week, by the toll of honest billing under each law."""
    more = sum(max(toll(world, practice, option, law, week) - one, 0) for law, one in enumerate(honest))
    return before_toll(world, practice, option) - more / world.conduct.horizon


def honest_tolls(world: Any, practice: Practice, week: int) -> list[float]:
    """Return the toll of honest billing under each law."""
    return [toll(world, practice, HONEST, law, week) for law in range(len(world.laws))]


def choose(rng: Random, world: Any, practice: Practice, week: int) -> Option:
    """Return the option taken (Rules of choice)."""
    options, honest = options_of(world, practice), None
    if world.conduct.rule == "logit":
        honest = honest_tolls(world, practice, week)
        worth = [0.0, *(utility(world, practice, one, week, honest) for one in options)]
        weights = [math.exp(world.conduct.precision / 1000 * (one - max(worth))) for one in worth]
        return rng.choices([HONEST, *options], weights)[0]
    best, most = HONEST, 0.0
    without = {one: before_toll(world, practice, one) for one in options}
    for option in sorted(options, key=lambda one: -without[one]):
        if without[option] > most:  # no toll is below 0
            honest = honest or honest_tolls(world, practice, week)
            value = utility(world, practice, option, week, honest)
            best, most = (option, value) if value > most else (best, most)
    return best
