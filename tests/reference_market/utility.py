"""What an option is worth to a person, and which one is taken (market.md, Conduct; Utility; The law foreseen)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.reference_market.foresight import ACCUSED, BARRED, BEHIND, CHARGED, Foreseen, course, odds
from tests.reference_market.people import ACCESS, Practice


@dataclass(frozen=True)
class Option:
    """A tactic, a share, and one payer or all."""

    tactic: str
    share: float
    target: int | None


@dataclass
class Flows:
    """A week's flows under one law, in claims or USD (the table of Utility); all eligible cases billed falsely."""

    claims: float = 0.0
    paid: float = 0.0
    recognised: float = 0.0
    found: float = 0.0
    shown: float = 0.0
    own_paid: float = 0.0
    own_found: float = 0.0
    own_sent: float = 0.0
    true: float = 0.0
    true_found: float = 0.0
    income: float = 0.0
    fees: float = 0.0
    targeted: float = 0.0  # W
    governed: float = 0.0  # S


def flows_of(world: Any, practice: Practice, option: Option | None, law: int) -> Flows:
    """Return the flows of an option, or of honest billing."""
    flows = Flows()
    if practice.barred_by(law):
        return flows
    m, terms = practice.modality, world.foreseen[law]
    eligible = practice.volume * (1 - m.prevalence)
    untouched = [name for name, one in world.tactics.items() if one.attack == "none"] or list(world.tactics)
    for b, payer in enumerate(world.payers):
        if payer.law != law:
            continue
        share = payer.spec.share
        believed = [practice.owner.beliefs[name, world.scope(b)] for name in untouched]
        paid = sum(one.mean("paid") for one in believed) / len(believed)
        caught = sum(one.mean("paid") * one.mean("found") for one in believed) / len(believed)
        found = sum(one.mean("found") for one in believed) / len(believed)
        flows.own_paid += eligible * practice.error_up * share * paid
        flows.own_found += eligible * practice.error_up * share * caught
        flows.own_sent += eligible * practice.error_up * share
        coded = practice.volume * m.prevalence * (1 - practice.error_down) * share
        flows.true += coded
        flows.true_found += coded * found * terms.wronged / (terms.unsupported or 1)
        flows.income += practice.income * share
        flows.fees += practice.volume * share * (m.prevalence * m.fee_with + (1 - m.prevalence) * m.fee) / 100
        flows.governed += share
        if option is not None and option.target in (None, b):
            one = practice.owner.beliefs[option.tactic, world.scope(b)]
            flows.claims += eligible * share
            flows.paid += eligible * share * one.mean("paid")
            flows.recognised += eligible * share * one.mean("recognised")
            flows.found += eligible * share * one.mean("paid") * one.mean("found")
            flows.shown += eligible * share * paid
            flows.targeted += share
    return flows


def gain_of(world: Any, practice: Practice, option: Option, law: int, flows: Flows) -> float:
    """Return an option's gain, USD a week, before the toll."""
    m, conduct, tactic = practice.modality, world.conduct, world.tactics[option.tactic]
    stake, care = m.stake / 100, conduct.care_delivered * m.care
    reluctance = practice.owner.reluctance * (1 + conduct.greed_penalty * option.share)
    a_case = flows.paid * (stake - care) - flows.found * stake * world.laws[law].collected.offsets
    a_case -= flows.claims * tactic.cost_per_claim + flows.shown * practice.error_up * stake
    return option.share * (a_case - flows.claims * reluctance)


def quotient(above: float, below: float) -> float:
    """Return a quotient; one over 0 is 0."""
    return above / below if below else 0.0


def law_takes(
    world: Any, practice: Practice, share: float, flows: Flows, law: int, tips_a_year: float, week: int
) -> tuple[float, float]:
    """Return what a law takes over the horizon (USD) and the weeks that it bars (The law foreseen)."""
    t: Foreseen = world.foreseen[law]
    standing, m = practice.standing[law], practice.modality
    rest = 1 - share * quotient(flows.targeted, flows.governed)
    recouped = share * flows.found + rest * flows.own_found + flows.true_found
    findings = recouped + share * flows.recognised
    untrue = share * flows.paid + rest * flows.own_paid
    paid = untrue + flows.true
    wrong = t.unsupported * untrue + t.wronged * flows.true
    submitted = share * flows.claims + rest * flows.own_sent + flows.true
    before = [sum(part[b][i] for part in standing.parts.values() for b in part) for i in range(4)]
    if t.sample is None:
        before = [0, 0, 0, 0]
    paid0, wrong0 = before[1] + before[2], t.unsupported * before[1] + t.wronged * before[2]
    rate = quotient(wrong, paid)

    h, k = t.horizon, t.k
    left = standing.due - week + 1 if standing.stage else 0
    j = min(round(4 * min(left / h, 1)), 3)
    counted = len(standing.findings)
    missing = k if j > 0 else min(max(math.ceil(max(t.stages_of - counted, 1) * k / t.stages_of), 1), k)
    old_rate = 0.0
    if t.sample is not None:
        weeks = t.audit_lag + quotient(missing * t.stages_of / k, findings)
        beyond = paid * t.lookback * (rate - t.tolerated)
        short = paid0 * (t.tolerated - quotient(wrong0, paid0))
        sigma = quotient(short, short + beyond) if short > 0 and beyond > 0 else 0.5
        sigma = min(max(weeks / t.lookback, sigma, 1 / t.lookback), h / t.lookback, 0.95)
        new = sigma * t.lookback
        mixed = quotient(wrong * new + wrong0 * (1 - sigma), paid * new + paid0 * (1 - sigma))
        old_rate = min(max((mixed - sigma * rate) / (1 - sigma), 0.0), 1.0)
    tips = tips_a_year / 52 if t.sample is not None else 0.0
    starts, values = course(t, findings, tips, rate, old_rate)
    figures = starts[j * h // 4] if j > 0 else values[0][missing]

    stake, spec = m.stake / 100, t.spec
    held = spec.suspension * t.resolution_lag * t.borne * (flows.fees + share * flows.paid * stake)
    most = spec.liability * 52 * max(practice.income, 0) if spec.liability is not None else math.inf

    def payment(overpaid: float, repaid: float, false: float) -> float:
        first = spec.collected.extrapolated * max(overpaid - repaid, 0)
        settled = spec.settlement.share if spec.settlement else 0.0
        total = 0.0
        for chance, multiple, fine in ((settled, spec.settlement and spec.settlement.multiple, 0), world.judged(law)):
            if chance is None:
                chance = 1 - settled
            if chance:
                due = max(multiple * t.borne * overpaid + fine * false - t.borne * (repaid + first), 0)
                secured = min(due, held)
                total += chance * min(first + secured + spec.collected.penalties * (due - secured), most)
        return total

    if t.sample is None:
        cases = figures[ACCUSED] + figures[ACCUSED + 1]
        if not cases:
            return 0.0, figures[BARRED]
        false = figures[CHARGED] * t.stages_of / k / cases
        overpaid = stake * false * quotient(recouped, findings)
        return cases * payment(overpaid, spec.collected.offsets * overpaid, false), figures[BARRED]
    taken = 0.0
    for half in (0, 1):
        cases = figures[ACCUSED + half]
        if cases <= 0:
            continue
        weeks = min(max(figures[BEHIND + half] / cases, 0.0), t.lookback)
        old = 1 - weeks / t.lookback
        claims = paid * weeks + paid0 * old
        error = min(quotient(wrong * weeks + wrong0 * old, claims), 1.0)
        n = math.floor(min(claims, t.sample))
        accuses, proven = odds(n, error, t.tolerated)
        lower = quotient(proven, accuses)
        overpaid = stake * (lower * claims if spec.extrapolate else error * n)
        repaid = recouped * weeks * stake * spec.collected.offsets
        taken += cases * payment(overpaid, repaid, lower * (submitted * weeks + before[0] * old))
    return taken, figures[BARRED]


def options_of(world: Any, practice: Practice) -> list[Option]:
    """Return all options but honesty, in order (Who decides; Which tactics a person can choose)."""
    owner, acquire = practice.owner, world.conduct.acquire
    several = world.conduct.choose_payer and len(world.payers) > 1
    targets = [*range(len(world.payers)), None] if several else [None]
    found = []
    for name, tactic in world.tactics.items():
        need = ACCESS[tactic.access]
        price = (None, acquire.black_box, acquire.white_box)[need] if acquire and need else None
        if tactic.available and (owner.access >= need or price is not None):
            found += [Option(name, s, target) for target in targets for s in world.conduct.shares if s > 0]
    return found


def outlay_of(world: Any, practice: Practice, tactic: str) -> float:
    """Return set-up and access not yet paid, USD."""
    owner, spec = practice.owner, world.tactics[tactic]
    cost = 0.0 if tactic in owner.equipped else spec.setup_cost
    need = ACCESS[spec.access]
    if owner.access < need:
        cost += (world.conduct.acquire.black_box, world.conduct.acquire.white_box)[need - 1]
    return cost


class Weighing:
    """The utilities of a person's options in a week; honesty's toll is reckoned once."""

    def __init__(self, world: Any, practice: Practice, week: int) -> None:
        self.world, self.practice, self.week = world, practice, week
        self._honest: dict[int, float] = {}
        self._known: dict[Option, list[float]] = {}

    def before_toll(self, option: Option) -> float:
        """Return what an option is worth if the law took nothing."""
        outlay = outlay_of(self.world, self.practice, option.tactic) / self.world.conduct.horizon
        return sum(self._gains(option)) - outlay

    def utility(self, option: Option) -> float:
        """Return an option's utility, USD a week."""
        total, h = self.before_toll(option), self.world.conduct.horizon
        for law, gain in enumerate(self._gains(option)):
            flows = flows_of(self.world, self.practice, option, law)
            tips = self.world.laws[law].tips
            taken, barred = law_takes(
                self.world, self.practice, option.share, flows, law, tips.fraud if tips else 0, self.week
            )
            toll = taken + barred * (flows.income + gain) - self._honesty(law)
            total -= max(toll, 0) / h
        return total

    def _gains(self, option: Option) -> list[float]:
        if option not in self._known:
            world, practice = self.world, self.practice
            each = [flows_of(world, practice, option, n) for n in range(len(world.laws))]
            self._known[option] = [gain_of(world, practice, option, n, one) for n, one in enumerate(each)]
        return self._known[option]

    def _honesty(self, law: int) -> float:
        if law not in self._honest:
            flows, tips = flows_of(self.world, self.practice, None, law), self.world.laws[law].tips
            taken, barred = law_takes(self.world, self.practice, 0.0, flows, law, tips.honest if tips else 0, self.week)
            self._honest[law] = taken + barred * flows.income
        return self._honest[law]


def choose(rng: Random, world: Any, practice: Practice, week: int) -> Option | None:
    """Return the option taken; None is honest billing (Rules of choice)."""
    weighing, options = Weighing(world, practice, week), options_of(world, practice)
    if world.conduct.rule == "logit":
        worth = [0.0] + [weighing.utility(one) for one in options]
        sharp = world.conduct.precision / 1000
        weights = [math.exp(sharp * (one - max(worth))) for one in worth]
        return rng.choices([None, *options], weights)[0]
    best, most = None, 0.0
    bounds = [weighing.before_toll(one) for one in options]
    order = sorted(range(len(options)), key=lambda i: -bounds[i])
    chosen = len(options)
    for i in order:  # no toll is below 0: whoever is not better without it need not be weighed
        if bounds[i] <= 0 or bounds[i] < most:
            break
        worth_it = weighing.utility(options[i])
        if worth_it > most or (best is not None and worth_it == most and i < chosen):
            best, most, chosen = options[i], worth_it, i
    return best
