"""A market and its week (model.md, Process overview; market.md, from Who comes and goes to Payment, and Tips)."""

from __future__ import annotations

import math
from collections import defaultdict
from random import Random
from typing import Any

from tests.reference_market.audits import draw
from tests.reference_market.beliefs import Belief, of_the_trade
from tests.reference_market.cases import Claim, Image, resample, review, threshold, triage
from tests.reference_market.foresight import foreseen
from tests.reference_market.law import find, part_of, proceed
from tests.reference_market.people import (
    ACCESS,
    LEAVES_FILE,
    Modality,
    Practice,
    Standing,
    link,
    named,
    new_owner,
    new_practice,
    plain,
)
from tests.reference_market.utility import choose


class Payer:
    """A payer: its terms, law and thresholds."""

    def __init__(self, spec: Any, law: int, thresholds: dict[str, float]) -> None:
        self.spec, self.law, self.thresholds = spec, law, thresholds

    def part(self, fee: int) -> int:
        """Return its part of what is allowed."""
        return round(self.spec.share_of_allowed * fee)

    def part_of_stake(self, modality: Modality) -> float:
        """Return its share in D."""
        return (self.part(modality.fee_with) - self.part(modality.fee)) / modality.stake


class Market:
    """One replicate. `weekly` has the figures of each week; `barred` counts practices barred by a law."""

    def __init__(self, scenario: dict[str, Any], pool: dict[str, list[Image]], calibration: Any, seed: int) -> None:
        self.rng = rng = Random(seed)
        self.conduct = plain(scenario["conduct"])
        self.tactics = named(scenario["tactics"])
        self.modalities = {name: Modality.of(one) for name, one in named(scenario["modalities"]).items()}
        others = named(scenario["other_laws"])
        self.laws = [plain(scenario["law"]), *others.values()]
        self.weeks = scenario["weeks"]
        specs = plain(scenario["payers"])
        places = {None: 0, **{name: n + 1 for n, name in enumerate(others)}}
        self.payers = []
        for spec in specs:
            refuse_what_is_left_out(spec)
            cuts = {name: threshold(spec.triage.operating_point, calibration[name]) for name in self.modalities}
            self.payers.append(Payer(spec, places[spec.law], cuts))
        horizon = self.conduct.horizon
        self.foreseen = [
            foreseen(law, [one.spec for one in self.payers if one.law == n], horizon) for n, law in enumerate(self.laws)
        ]
        self.urns = {name: resample(rng, pool[name]) for name in self.modalities}
        self.practices: list[Practice] = []
        for name, spec in named(scenario["providers"]).items():
            m = self.modalities[spec.modality]
            for _ in range(spec.count):
                row, interval = len(self.practices), self.conduct.decision_interval
                self.practices.append(new_practice(rng, row, name, spec, m, interval, len(self.laws)))
                self.practices[-1].owner = new_owner(rng, self.conduct, self.priors())
        link(rng, self.practices, plain(scenario["referral_network"]))
        self.weekly: list[dict[str, float]] = []
        self.auditing: dict[int, list[Claim]] = defaultdict(list)  # closing week -> claims
        self.paid_false: dict[int, list[Claim]] = defaultdict(list)  # week in which audits of them close

    def judged(self, law: int) -> tuple[None, float, float]:
        """Return multiple and fine of a judgment; its chance is what settlements leave."""
        spec = self.laws[law]
        by = spec.state_statute or spec
        return None, by.damages, by.per_claim_penalty

    def most(self, practice: Practice, law: int) -> float:
        """Return the most that a case can take, in cents."""
        limit = self.laws[law].liability
        return math.inf if limit is None else limit * 52 * max(practice.income, 0) * 100

    def scope(self, payer: int) -> int:
        """Return which payer a belief is of: all share one without `choose_payer`."""
        return payer if self.conduct.choose_payer else 0

    def priors(self) -> dict[tuple[str, int], Belief]:
        """Return the beliefs of the beginning, with what is announced of signatures (Prior means; Announced)."""
        found = {}
        for name, tactic in self.tactics.items():
            for scope in range(len(self.payers) if self.conduct.choose_payer else 1):
                these = [self.payers[scope]] if self.conduct.choose_payer else self.payers
                total = sum(one.spec.share for one in these)
                known = [one.spec.share for one in these if one.spec.integrity.hash_at_capture]
                caught = sum(known) / total if tactic.attack not in LEAVES_FILE else 0.0
                paid = tactic.belief_paid if tactic.belief_paid is not None else self.conduct.belief_paid
                prior = {"paid": paid * (1 - caught), "recognised": caught, "found": self.conduct.belief_detected}
                found[name, scope] = Belief(prior, self.conduct.belief_weight)
        return found

    def tally(self, figure: str, amount: float = 1) -> None:
        """Count for the week."""
        self.weekly[-1][figure] += amount

    def take_back(self, amount: int) -> None:
        """Recoup; it goes to payer and patients, and all of it is counted (Findings)."""
        self.tally("recouped", amount / 100)

    def run(self) -> Market:
        """Run all weeks, step by step (Process overview)."""
        for week in range(self.weeks):
            self.weekly.append(defaultdict(float))
            self.enter(week)
            claims = self.submit(week, self.cases())
            self.pay(claims, week)
            self.audit(claims, week)
            self.learn(claims)
            self.settle(claims, week)
            self.tell()
        return self

    def enter(self, week: int) -> None:
        """Let practices change hands (Who comes and goes)."""
        leaving = []
        for one in self.practices:
            weeks = [standing.barred_week for standing in one.standing]
            gone = [w for w in weeks if w is not None]
            if len(gone) == len(weeks):
                leaves = one.spec.vacancy is not None and max(gone) + one.spec.vacancy <= week
            else:
                busy = any(standing.stage for standing in one.standing)
                leaves = self.rng.random() < 1 - math.exp(-one.spec.turnover / 52) and not busy
            if leaves:
                leaving.append(one)
        pooled = [
            of_the_trade(other.owner.beliefs for other in self.practices if other.specialty == one.specialty)
            for one in leaving
        ]
        for one, trade in zip(leaving, pooled, strict=True):
            one.owner = new_owner(self.rng, self.conduct, trade)
            one.standing = [Standing() for _ in self.laws]
            one.entered, one.billing = week, {}
            one.tip_claims.clear()

    def cases(self) -> list[tuple[Practice, bool, int]]:
        """Return practice, truth and payer of the week's cases, patients of the barred moved on (Demand)."""
        rng, seen = self.rng, []
        shares = [one.spec.share for one in self.payers]
        for practice in self.practices:
            for _ in range(poisson(rng, practice.volume)):
                truth = rng.random() < practice.modality.prevalence
                b = rng.choices(range(len(shares)), shares)[0]
                at: Practice | None = practice
                if practice.barred_by(self.payers[b].law):
                    others = [
                        one
                        for one in self.practices
                        if one.specialty == practice.specialty and not one.barred_by(self.payers[b].law)
                    ]
                    at = None
                    if rng.random() >= practice.spec.lost_patients and others:
                        at = rng.choices(others, [one.volume for one in others])[0]
                if at is not None:
                    seen.append((at, truth, b))
        return seen

    def submit(self, week: int, cases: list[tuple[Practice, bool, int]]) -> list[Claim]:
        """Decide, then bill; return the claims with the finding (Who decides; Billing)."""
        rng = self.rng
        for one in self.practices:
            if (week + one.turn) % self.conduct.decision_interval == 0:
                closed = all(standing.barred_week is not None for standing in one.standing)
                option = None if closed else choose(rng, self, one, week)
                one.owner.tactic = option and option.tactic
                one.owner.share, one.owner.target = (option.share, option.target) if option else (0.0, None)
                if option:
                    one.owner.access = max(one.owner.access, ACCESS[self.tactics[option.tactic].access])
                    one.owner.equipped.add(option.tactic)
        claims = []
        for one, truth, b in cases:
            owner, m = one.owner, one.modality
            aimed = owner.tactic is not None and owner.target in (None, b)
            tactic = owner.tactic if not truth and aimed and self.falsely(one) else None
            with_finding = tactic is not None or (rng.random() < one.error_up) != truth
            if truth:
                with_finding = rng.random() >= one.error_down
            counts = one.billing.setdefault((b, week), [0, 0])
            counts[0], counts[1] = counts[0] + 1, counts[1] + with_finding
            self.tally("claims")
            self.tally("paid", m.fee / 100)
            if with_finding:
                image = rng.choice(self.urns[one.spec.modality][truth])
                score = image.attacked[tactic] if tactic is not None else image.clean
                claims.append(Claim(one, owner, b, week, truth, tactic, score))
        return claims

    def falsely(self, practice: Practice) -> bool:
        """Draw whether an eligible case is billed falsely on purpose (Billing, 1)."""
        return self.rng.random() < practice.owner.share

    def pay(self, claims: list[Claim], week: int) -> None:
        """Triage, review, pay, hold back, and count in the look-back (Triage; Review; Payment; The look-back)."""
        attacks: dict[str | None, str | None] = {None: None, **{n: one.attack for n, one in self.tactics.items()}}
        fees: dict[tuple[int, int], int] = defaultdict(int)
        for b, payer in enumerate(self.payers):
            own = [one for one in claims if one.payer == b]
            signed = payer.spec.integrity.hash_at_capture
            for claim in own:
                alters = claim.tactic is not None and attacks[claim.tactic] not in LEAVES_FILE
                triage(self.rng, claim, payer, alters, signed)
            review(self.rng, own, payer, week, attacks)
            for claim in own:
                m, standing = claim.practice.modality, claim.practice.standing[payer.law]
                if self.laws[payer.law].probe:
                    part = part_of(self, payer.law, standing, week, b)
                    part[0] += 1
                    part[2 if claim.truth else 1] += claim.paid
                more = (payer.part(m.fee_with) - payer.part(m.fee)) * claim.paid
                self.tally("paid", m.stake * claim.paid / 100)
                fees[claim.practice.row, b] += more
                if claim.tactic is not None:
                    claim.owner.ever_false = True
                    self.tally("false_claims")
                    self.tally(f"false_claims_{claim.tactic}")
                    self.tally("false_paid", claim.paid)
        for one in self.practices:
            for b, payer in enumerate(self.payers):
                standing, share = one.standing[payer.law], self.laws[payer.law].suspension
                if standing.stage == "case" and share:
                    week_fees = fees[one.row, b] + one.billing.get((b, week), [0])[0] * payer.part(one.modality.fee)
                    standing.held[b] += round(share * week_fees)

    def audit(self, claims: list[Claim], week: int) -> None:
        """Draw audits, with what will come of them (Audits)."""
        self.sigma = {}
        for b, payer in enumerate(self.payers):
            lag = math.ceil(payer.spec.audit.lag)
            paid = [one for one in claims if one.payer == b and one.paid]
            drawn = draw(self.rng, self, b, paid, week)
            self.auditing[week + lag] += drawn
            self.paid_false[week + lag] += [one for one in paid if one.tactic is not None]
            self.sigma[b] = (len(drawn) * payer.spec.audit.sensitivity, len(paid))

    def learn(self, claims: list[Claim]) -> None:
        """Fade, then take in what became of the week's claims (Beliefs)."""
        life = self.conduct.belief_half_life
        if life is not None:
            for one in self.practices:
                for belief in one.owner.beliefs.values():
                    belief.fade(math.exp(-math.log(2) / life))
        for claim in claims:
            if claim.tactic is not None:
                for belief, weight in self.hearers(claim):
                    belief.see("paid", weight, weight * claim.paid)
                    belief.see("recognised", weight, weight * claim.recognised)
        if self.is_public():
            for scope in {self.scope(b) for b in self.sigma}:
                these = [one for b, one in self.sigma.items() if self.scope(b) == scope]
                audited, paid = sum(one[0] for one in these), sum(one[1] for one in these)
                for practice in self.practices if paid else ():
                    for (_, of), belief in practice.owner.beliefs.items():
                        if of == scope:
                            belief.see("found", 1, audited / paid)

    def is_public(self) -> bool:
        """Return whether what befalls all is published."""
        return bool(self.conduct.public) or self.conduct.rule == "fictitious_play"

    def hearers(self, claim: Claim) -> list[tuple[Belief, float]]:
        """Return whose beliefs a false claim enters, with its weight."""
        assert claim.tactic is not None
        key = claim.tactic, self.scope(claim.payer)
        if self.is_public():
            return [(one.owner.beliefs[key], 1.0) for one in self.practices]
        own = [(claim.practice.owner.beliefs[key], 1.0)]
        weight = self.conduct.neighbour_weight
        return own + [(one.owner.beliefs[key], weight) for one in claim.practice.neighbours]

    def settle(self, claims: list[Claim], week: int) -> None:
        """Book findings, let the laws proceed, bar, and learn of audits (The law)."""
        for b in range(len(self.payers)):
            for claim in claims:
                if claim.payer == b and claim.recognised:
                    find(self, claim, week)
            for claim in self.auditing[week]:
                if claim.payer == b and claim.objected and claim.owner is claim.practice.owner:
                    find(self, claim, week)
        barred = [(law, one) for law in range(len(self.laws)) for one in proceed(self.rng, self, law, week)]
        for law, one in barred:
            one.standing[law].barred_week = week
            self.tally("barred")
        if not self.is_public():
            for claim in self.paid_false[week]:
                if claim.owner is claim.practice.owner:
                    for belief, weight in self.hearers(claim):
                        belief.see("found", weight, weight * claim.objected)

    def tell(self) -> None:
        """Let insiders report (Tips)."""
        for law, spec in enumerate(self.laws):
            for one in self.practices if spec.tips else ():
                rate = spec.tips.fraud if one.owner.tactic is not None else spec.tips.honest
                tipped = self.rng.random() < 1 - math.exp(-rate / 52)
                if not tipped or all(standing.barred_week is not None for standing in one.standing):
                    continue
                if spec.probe:
                    one.standing[law].tipped = True
                else:
                    for b, payer in enumerate(self.payers):
                        if payer.law == law:
                            one.tip_claims[b] = spec.tips.probe or 0


def poisson(rng: Random, mean: float) -> int:
    """Draw a Poisson number by inversion (Demand)."""
    u, n, chance = rng.random(), 0, math.exp(-mean)
    while u >= chance and n < 10 * mean + 100:
        u -= chance
        n += 1
        chance *= mean / n
    return n


def refuse_what_is_left_out(spec: Any) -> None:
    """Stop where a payer does what this folder does not have."""
    i, a = spec.integrity, vars(spec.adaptation).values()
    left_out = [spec.suppression, spec.triage.exemption, spec.readers.contractor, i.duplicate_search, *a]
    if any(one is not None for one in [*left_out, i.same_patient, i.detector]) or not i.announced:
        raise NotImplementedError(spec.name)
