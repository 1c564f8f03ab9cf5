"""Findings, probes, accusations, resolutions (The law), week after week under each law."""

from __future__ import annotations

import math
from random import Random
from types import SimpleNamespace
from typing import Any

from tests.reference_market.audits import unsupported
from tests.reference_market.cases import Claim
from tests.reference_market.foresight import lower_limit
from tests.reference_market.people import Modality, Practice, Standing


def part_of(world: Any, law: int, standing: Standing, week: int) -> dict[int, list[int]]:
    """Return the counts by payer of the present part of the look-back, older parts dropped (The look-back)."""
    back = world.foreseen[law].lookback
    size = math.ceil(back / 12)
    for number in [one for one in standing.parts if one <= week // size - math.ceil(back / size)]:
        del standing.parts[number]
    return standing.parts.setdefault(week // size, {b: [0, 0, 0, 0] for b in range(len(world.payers))})


def part_of_stake(payer: Any, m: Modality) -> int:
    """Return a payer's part of D, in cents (Payment)."""
    return round(payer.share_of_allowed * m.fee_with) - round(payer.share_of_allowed * m.fee)


def scaled(amounts: dict[int, int], most: float) -> dict[int, int]:
    """Return amounts, scaled down and floored if together they are more."""
    total = sum(amounts.values())
    return amounts if total <= most else {b: math.floor(one * most / total) for b, one in amounts.items()}


def find(world: Any, claim: Claim, week: int) -> None:
    """Book an audit finding (Findings)."""
    practice, law = claim.practice, world.payers[claim.payer].law
    standing, spec = practice.standing[law], world.laws[law]
    if claim.week <= standing.dealt_with:
        return
    world.tally("findings")
    world.tally("false_findings", claim.tactic is None)
    if claim.paid:
        collected = spec.collected.extrapolated if practice.barred_by(law) else spec.collected.offsets
        world.tally("recouped", round(collected * practice.modality.stake) / 100)
        if spec.probe:
            part_of(world, law, standing, week)[claim.payer][3] += 1
    standing.findings.append((week, claim.payer, claim.paid))


def proceed(rng: Random, world: Any, law: int, week: int) -> list[Practice]:
    """Let a law take its course for a week; return the practices that it bars from now on (order within settle)."""
    probe, barred = world.laws[law].probe, []
    for practice in world.practices:
        standing = practice.standing[law]
        if probe:
            standing.findings = [one for one in standing.findings if one[0] > week - probe.window]
        ripe = len(standing.findings) >= world.foreseen[law].needed
        free = not standing.stage and standing.barred_week is None
        if probe and free and (ripe or standing.tipped):
            open_probe(rng, world, practice, law, week)
        standing.tipped = False
        if standing.stage == "probe" and standing.due == week:
            standing.stage, n = "", standing.probe.n
            if n and sum(standing.probe.wrong.values()) / n > probe.tolerated_rate:
                accuse(world, practice, law, week)
            standing.findings = []
        elif not probe and free and ripe:
            accuse(world, practice, law, week)
        if standing.stage == "case" and standing.due == week and resolve(rng, world, practice, law, week):
            barred.append(practice)
    return barred


def open_probe(rng: Random, world: Any, practice: Practice, law: int, week: int) -> None:
    """Draw a probe's sample and review it (Probe)."""
    standing, spec = practice.standing[law], world.laws[law]
    claims, billed, paid = [], 0, dict.fromkeys(range(len(world.payers)), 0)
    part_of(world, law, standing, week)
    for part in standing.parts.values():
        for b, (sent, untrue, true, _) in part.items():
            claims += [(b, False)] * untrue + [(b, True)] * true
            billed, paid[b] = billed + sent, paid[b] + untrue + true
    sample = rng.sample(claims, min(spec.probe.claims, len(claims)))
    wrong = dict.fromkeys(paid, 0)
    for b, truth in sample:
        wrong[b] += unsupported(rng, truth, world.payers[b].audit, spec.appeals)
    standing.stage, standing.due = "probe", week + math.ceil(spec.probe.lag)
    standing.probe = SimpleNamespace(week=week, n=len(sample), wrong=wrong, paid=paid, billed=billed)


def accuse(world: Any, practice: Practice, law: int, week: int) -> None:
    """Claim an overpayment and take it at once, as far as there is (Accusation)."""
    standing, spec, stake = practice.standing[law], world.laws[law], practice.modality.stake
    payers, probe = range(len(world.payers)), standing.probe
    if spec.probe:
        lower = lower_limit(sum(probe.wrong.values()), probe.n)
        back = {b: sum(part[b][3] for part in standing.parts.values()) for b in payers}
        proven = {b: math.floor(lower * probe.paid[b] * stake) for b in payers}
        overpaid = proven if spec.extrapolate else {b: probe.wrong[b] * stake for b in payers}
        false = math.floor(lower * probe.billed)
        size = math.ceil(world.foreseen[law].lookback / 12)
        standing.parts = {number: part for number, part in standing.parts.items() if number > probe.week // size}
        for part in standing.parts.values():
            for counts in part.values():
                counts[3] = 0
        if spec.extrapolate:
            standing.dealt_with = probe.week
    else:
        back = {b: sum(one[2] for one in standing.findings if one[1] == b) for b in payers}
        overpaid = {b: back[b] * stake for b in payers}
        false = len(standing.findings)
    repaid = {b: back[b] * round(spec.collected.offsets * stake) for b in payers}
    taken = {b: round(spec.collected.extrapolated * max(overpaid[b] - repaid[b], 0)) for b in payers}
    taken = scaled(taken, world.most(practice, law))
    world.tally("recouped", sum(taken.values()) / 100)
    standing.findings = []
    standing.stage, standing.due = "case", week + math.ceil(spec.resolution_lag)
    standing.case = SimpleNamespace(overpaid=overpaid, repaid=repaid, taken=taken, false=false)
    practice.accused_week = week
    world.tally("accused")
    world.tally("accused_honest", not practice.owner.ever_false)


def resolve(rng: Random, world: Any, practice: Practice, law: int, week: int) -> bool:
    """End a case by settlement or judgment; return whether it bars (Resolution)."""
    standing, spec, case = practice.standing[law], world.laws[law], practice.standing[law].case
    settled = spec.settlement is not None and rng.random() < spec.settlement.share
    _, multiple, fine = world.endings[law][0 if settled else -1]
    barred = rng.random() < spec.exclusion + spec.termination
    beyond = {}
    for b, overpaid in case.overpaid.items():
        part = part_of_stake(world.payers[b], practice.modality) / practice.modality.stake
        beyond[b] = round(multiple * part * overpaid) - round(part * (case.repaid[b] + case.taken[b]))
    fines = case.false * round(fine * 100)
    total = max(sum(beyond.values()) + fines, 0)
    fines = min(fines, total)
    damages = scaled({b: max(one, 0) for b, one in beyond.items()}, total - fines)
    secured = min(total, standing.held)
    collected = secured + round(spec.collected.penalties * (total - secured))
    collected = math.floor(min(collected, world.most(practice, law) - sum(case.taken.values())))
    if collected < total:
        damages = {b: math.floor(one * collected / total) for b, one in damages.items()}
        fines = math.floor(fines * collected / total)
    world.tally("penalties", (sum(damages.values()) + fines) / 100)
    standing.held, standing.stage, standing.findings = 0, "", []
    if not barred and spec.integrity_agreement:
        standing.agreement_until = week + spec.integrity_agreement.weeks
    return barred
