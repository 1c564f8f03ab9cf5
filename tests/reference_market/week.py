"""A market and its week (model.md, Process overview; market.md, from Who comes and goes to Payment, and Tips)."""

from __future__ import annotations

import math
from collections import defaultdict
from random import Random
from typing import Any

from tests.reference_market.audits import draw
from tests.reference_market.cases import LEAVES_FILE, Claim, Image, resample, review, threshold, triage
from tests.reference_market.foresight import foreseen
from tests.reference_market.law import find, part_of, part_of_stake, proceed
from tests.reference_market.people import Belief, Modality, Owner, Practice, link, of_the_trade, plain
from tests.reference_market.utility import HONEST, choose


class Market:
    """One replicate. `weekly` has the figures of each week."""

    def __init__(self, scenario: dict[str, Any], pool: dict[str, list[Image]], calibration: Any, seed: int) -> None:
        self.rng = rng = Random(seed)
        spec = plain(scenario)
        refuse_what_is_left_out(spec)
        self.conduct, self.tactics, self.payers, self.weeks = spec.conduct, vars(spec.tactics), spec.payers, spec.weeks
        self.modalities = {name: Modality(one) for name, one in vars(spec.modalities).items()}
        self.laws = [spec.law, *vars(spec.other_laws).values()]
        places = [None, *vars(spec.other_laws)]
        for payer in self.payers:
            payer.law = places.index(payer.law)
            payer.thresholds = {m: threshold(payer.triage.operating_point, calibration[m]) for m in self.modalities}
        self.foreseen, self.endings = [], []  # a settlement, if there are any, and a judgment: chance, multiple, fine
        for n, law in enumerate(self.laws):
            governed = [one for one in self.payers if one.law == n]
            self.foreseen.append(foreseen(law, governed, self.conduct.horizon))
            statute, settled = law.state_statute or law, law.settlement.share if law.settlement else 0
            judgment = (1 - settled, statute.damages, statute.per_claim_penalty)
            self.endings.append([(settled, law.settlement.multiple, 0), judgment] if law.settlement else [judgment])
        self.urns = {name: resample(rng, pool[name]) for name in self.modalities}
        self.practices: list[Practice] = []
        for name, group in vars(spec.providers).items():
            for _ in range(group.count):
                m, row = self.modalities[group.modality], len(self.practices)
                one = Practice(rng, row, name, group, m, self.conduct)
                one.changes_hands(Owner(rng, self.conduct, self.priors()), len(self.laws))
                self.practices.append(one)
        link(rng, self.practices, spec.referral_network)
        self.weekly: list[dict[str, float]] = []
        self.auditing: dict[int, list[Claim]] = defaultdict(list)  # closing week -> claims
        self.paid_false: dict[int, list[Claim]] = defaultdict(list)  # week in which audits of them close
        self.public = self.conduct.public or self.conduct.rule == "fictitious_play"

    def most(self, practice: Practice, law: int) -> float:
        """Return the most that a case can take, in cents."""
        limit = self.laws[law].liability
        return math.inf if limit is None else limit * 52 * max(practice.income, 0) * 100

    def priors(self) -> dict[str, Belief]:
        """Return the beliefs of the beginning, with what is announced of signatures (Prior means; Announced)."""
        signed = sum(one.share for one in self.payers if one.integrity.hash_at_capture)
        found = {}
        for name, tactic in self.tactics.items():
            caught = signed / sum(one.share for one in self.payers) if tactic.attack not in LEAVES_FILE else 0.0
            paid = tactic.belief_paid if tactic.belief_paid is not None else self.conduct.belief_paid
            prior = {"paid": paid * (1 - caught), "recognised": caught, "found": self.conduct.belief_detected}
            found[name] = Belief(prior, self.conduct.belief_weight)
        return found

    def tally(self, figure: str, amount: float = 1) -> None:
        self.weekly[-1][figure] += amount

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
            if one.closed:
                last = max(standing.barred_week for standing in one.standing)
                leaves = one.spec.vacancy is not None and last + one.spec.vacancy <= week
            else:
                busy = any(standing.stage for standing in one.standing)
                leaves = self.rng.random() < 1 - math.exp(-one.spec.turnover / 52) and not busy
            if leaves:
                trade = of_the_trade([other for other in self.practices if other.specialty == one.specialty])
                leaving.append((one, trade))
        for one, trade in leaving:
            one.changes_hands(Owner(self.rng, self.conduct, trade), len(self.laws))

    def cases(self) -> list[tuple[Practice, bool, int]]:
        """Return practice, truth and payer of the week's cases, patients of the barred moved on (Demand)."""
        rng, seen = self.rng, []
        shares = [one.share for one in self.payers]
        for practice in self.practices:
            for _ in range(poisson(rng, practice.volume)):
                truth = rng.random() < practice.modality.prevalence
                b = rng.choices(range(len(shares)), shares)[0]
                law = self.payers[b].law
                if not practice.barred_by(law):
                    seen.append((practice, truth, b))
                elif rng.random() >= practice.spec.lost_patients:
                    same = [one for one in self.practices if one.specialty == practice.specialty]
                    others = [one for one in same if not one.barred_by(law)]
                    if others:
                        seen.append((rng.choices(others, [one.volume for one in others])[0], truth, b))
        return seen

    def submit(self, week: int, cases: list[tuple[Practice, bool, int]]) -> list[Claim]:
        """Decide, then bill; return the claims with the finding (Who decides; Billing)."""
        rng = self.rng
        for one in self.practices:
            if (week + one.turn) % self.conduct.decision_interval == 0:
                one.owner.tactic, one.owner.share = HONEST if one.closed else choose(rng, self, one, week)
                one.owner.equipped.add(one.owner.tactic)
        claims = []
        for one, truth, b in cases:
            tactic = one.owner.tactic if not truth and one.owner.tactic and self.falsely(one) else None
            error = tactic is None and rng.random() < (one.error_down if truth else one.error_up)
            with_finding = tactic is not None or truth != error
            counts = one.billing.setdefault((b, week), [0, 0])
            counts[0], counts[1] = counts[0] + 1, counts[1] + with_finding
            self.tally("claims")
            self.tally("paid", one.modality.fee / 100)
            if with_finding:
                image = rng.choice(self.urns[one.spec.modality][truth])
                attack, score = (self.tactics[tactic].attack, image.attacked[tactic]) if tactic else (None, image.clean)
                claims.append(Claim(one, one.owner, b, week, truth, tactic, attack, score))
        return claims

    def falsely(self, practice: Practice) -> bool:
        """Draw whether an eligible case is billed falsely on purpose (Billing, 1)."""
        return self.rng.random() < practice.owner.share

    def pay(self, claims: list[Claim], week: int) -> None:
        """Triage, review, pay, hold back, and count in the look-back (Triage; Review; Payment; The look-back)."""
        fees: dict[tuple[int, int], int] = defaultdict(int)
        for b, payer in enumerate(self.payers):
            own = [one for one in claims if one.payer == b]
            for claim in own:
                triage(self.rng, claim, payer)
            review(self.rng, own, payer, week)
            for claim in own:
                practice, m = claim.practice, claim.practice.modality
                if self.laws[payer.law].probe:
                    counts = part_of(self, payer.law, practice.standing[payer.law], week)[b]
                    counts[0] += 1
                    counts[2 if claim.truth else 1] += claim.paid
                self.tally("paid", m.stake * claim.paid / 100)
                fees[practice.row, b] += part_of_stake(payer, m) * claim.paid
                if claim.tactic is not None:
                    claim.owner.ever_false = True
                    self.tally("false_claims")
                    self.tally(f"false_claims_{claim.tactic}")
                    self.tally("false_paid", claim.paid)
            for one in self.practices:
                standing = one.standing[payer.law]
                if standing.stage == "case":
                    without = one.billing.get((b, week), [0])[0] * round(payer.share_of_allowed * one.modality.fee)
                    standing.held += round(self.laws[payer.law].suspension * (fees[one.row, b] + without))

    def audit(self, claims: list[Claim], week: int) -> None:
        """Draw audits, with what will come of them (Audits)."""
        self.sigma = []
        for b, payer in enumerate(self.payers):
            paid, closing = [one for one in claims if one.payer == b and one.paid], week + math.ceil(payer.audit.lag)
            drawn = draw(self.rng, self, b, paid, week)
            self.auditing[closing] += drawn
            self.paid_false[closing] += [one for one in paid if one.tactic is not None]
            self.sigma.append((len(drawn) * payer.audit.sensitivity, len(paid)))

    def learn(self, claims: list[Claim]) -> None:
        """Fade, then take in what became of the week's claims (Beliefs)."""
        life = self.conduct.belief_half_life
        everybody = [belief for one in self.practices for belief in one.owner.beliefs.values()]
        for belief in everybody if life is not None else ():
            belief.fade(math.exp(-math.log(2) / life))
        for claim in claims:
            for belief, weight in self.hearers(claim):
                belief.see("paid", weight, weight * claim.paid)
                belief.see("recognised", weight, weight * claim.recognised)
        objected, paid = (sum(column) for column in zip(*self.sigma, strict=True))
        for belief in everybody if self.public and paid else ():
            belief.see("found", 1, objected / paid)

    def hearers(self, claim: Claim) -> list[tuple[Belief, float]]:
        """Return whose beliefs a claim enters, with its weight: none, if it is no false one."""
        if claim.tactic is None:
            return []
        weights = {one.row: 1.0 for one in (self.practices if self.public else [claim.practice])}
        if not self.public:
            weights |= {one.row: self.conduct.neighbour_weight for one in claim.practice.neighbours}
        return [(self.practices[row].owner.beliefs[claim.tactic], weight) for row, weight in weights.items()]

    def settle(self, claims: list[Claim], week: int) -> None:
        """Book findings, let the laws proceed, bar, and learn of audits (The law)."""
        for b in range(len(self.payers)):
            closed = [one for one in self.auditing[week] if one.objected and one.owner is one.practice.owner]
            for claim in [one for one in claims if one.recognised] + closed:
                if claim.payer == b:
                    find(self, claim, week)
        barred = [(law, one) for law in range(len(self.laws)) for one in proceed(self.rng, self, law, week)]
        for law, one in barred:
            one.standing[law].barred_week = week
            self.tally("barred")
        for claim in self.paid_false[week] if not self.public else ():
            if claim.owner is claim.practice.owner:
                for belief, weight in self.hearers(claim):
                    belief.see("found", weight, weight * claim.objected)

    def tell(self) -> None:
        """Let insiders report (Tips)."""
        for law, spec in enumerate(self.laws):
            for one in self.practices if spec.tips else ():
                rate = spec.tips.fraud if one.owner.tactic is not None else spec.tips.honest
                if self.rng.random() >= 1 - math.exp(-rate / 52) or one.closed:
                    continue
                one.standing[law].tipped = spec.probe is not None
                for b, payer in enumerate(self.payers):
                    if payer.law == law and not spec.probe:
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
    """Stop where a scenario has what this folder has not."""
    network, conduct = spec.referral_network, spec.conduct
    some = [network.kind != "small_world", network.neighbours % 2, spec.burn_in, conduct.acquire, conduct.choose_payer]
    for one in spec.payers:
        i = one.integrity
        some += [one.suppression, one.triage.exemption, one.readers.contractor, one.audit.flagged, not i.announced]
        some += [i.duplicate_search, i.same_patient, i.detector, *vars(one.adaptation).values()]
    if conduct.rule == "bandit" or any(some):
        raise NotImplementedError(some)
