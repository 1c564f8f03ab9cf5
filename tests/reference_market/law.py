"""Findings, probes, accusations, resolutions (market.md, The law), week after week under each law."""

from __future__ import annotations

import math
from random import Random
from types import SimpleNamespace
from typing import Any

from tests.reference_market.audits import unsupported
from tests.reference_market.cases import Claim
from tests.reference_market.foresight import lower_limit
from tests.reference_market.people import Practice, Standing, cents


def part_of(world: Any, law: int, standing: Standing, week: int, payer: int) -> list[int]:
    """Return the counts of the present part of the look-back, older parts dropped (The look-back)."""
    probe = world.laws[law].probe
    back = (probe.lookback or probe.window) if probe else 1
    size = math.ceil(back / 12)
    for number in [one for one in standing.parts if one <= week // size - math.ceil(back / size)]:
        del standing.parts[number]
    return standing.parts.setdefault(week // size, {}).setdefault(payer, [0, 0, 0, 0])


def find(world: Any, claim: Claim, week: int) -> None:
    """Book an audit finding (Findings)."""
    practice, law = claim.practice, world.payers[claim.payer].law
    standing, spec, stake = practice.standing[law], world.laws[law], practice.modality.stake
    if claim.week <= standing.dealt_with:
        return
    world.tally("findings")
    world.tally("false_findings", claim.tactic is None)
    if claim.paid:
        collected = spec.collected.extrapolated if practice.barred_by(law) else spec.collected.offsets
        world.take_back(round(collected * stake))
        if spec.probe:
            part_of(world, law, standing, week, claim.payer)[3] += 1
    standing.findings.append((week, claim.payer, claim.paid))


def proceed(rng: Random, world: Any, law: int, week: int) -> list[Practice]:
    """Let a law take its course for a week; return the practices that it bars from now on (order within settle)."""
    spec, barred = world.laws[law], []
    probe = spec.probe
    for practice in world.practices:
        standing = practice.standing[law]
        if probe:
            standing.findings = [one for one in standing.findings if one[0] > week - probe.window]
        need = probe.after_findings if probe else spec.findings_to_accuse
        ripe = len(standing.findings) >= need
        if probe and not standing.stage and standing.barred_week is None and (ripe or standing.tipped):
            _open(rng, world, practice, law, week)
        standing.tipped = False
        if standing.stage == "probe" and standing.due == week:
            _result(world, practice, law, week)
        elif not probe and ripe and not standing.stage and standing.barred_week is None:
            _accuse(world, practice, law, week)
        if standing.stage == "case" and standing.due == week and _resolve(rng, world, practice, law, week):
            barred.append(practice)
    return barred


def _open(rng: Random, world: Any, practice: Practice, law: int, week: int) -> None:
    """Draw a probe's sample and review it (Probe)."""
    standing, spec = practice.standing[law], world.laws[law]
    claims, billed, paid = [], 0, dict.fromkeys(range(len(world.payers)), 0)
    for b in paid:
        part_of(world, law, standing, week, b)
    for part in standing.parts.values():
        for b, (sent, untrue, true, _) in part.items():
            claims += [(b, False)] * untrue + [(b, True)] * true
            billed, paid[b] = billed + sent, paid[b] + untrue + true
    sample = rng.sample(claims, min(spec.probe.claims, len(claims)))
    wrong = dict.fromkeys(paid, 0)
    for b, truth in sample:
        wrong[b] += unsupported(rng, truth, world.payers[b].spec.audit, spec.appeals)
    standing.stage, standing.due = "probe", week + math.ceil(spec.probe.lag)
    standing.probe = SimpleNamespace(week=week, n=len(sample), wrong=wrong, paid=paid, billed=billed)


def _result(world: Any, practice: Practice, law: int, week: int) -> None:
    """End a probe: free, or accused (Probe)."""
    standing, probe = practice.standing[law], practice.standing[law].probe
    standing.stage = ""
    if probe.n and sum(probe.wrong.values()) / probe.n > world.laws[law].probe.tolerated_rate:
        _accuse(world, practice, law, week)
    standing.findings = []


def _accuse(world: Any, practice: Practice, law: int, week: int) -> None:
    """Claim an overpayment and take it at once, as far as there is (Accusation)."""
    standing, spec, stake = practice.standing[law], world.laws[law], practice.modality.stake
    payers, once = range(len(world.payers)), round(spec.collected.offsets * stake)
    if spec.probe:
        probe = standing.probe
        lower = lower_limit(sum(probe.wrong.values()), probe.n)
        back = {b: sum(part[b][3] for part in standing.parts.values() if b in part) for b in payers}
        overpaid = {b: math.floor(lower * probe.paid[b] * stake) for b in payers}
        if not spec.extrapolate:
            overpaid = {b: probe.wrong[b] * stake for b in payers}
        false = math.floor(lower * probe.billed)
        size = math.ceil((spec.probe.lookback or spec.probe.window) / 12)
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
    repaid = {b: back[b] * once for b in payers}
    taken = {b: round(spec.collected.extrapolated * max(overpaid[b] - repaid[b], 0)) for b in payers}
    taken = scaled(taken, world.most(practice, law))
    for amount in taken.values():
        world.take_back(amount)
    standing.findings = []
    standing.stage, standing.due = "case", week + math.ceil(spec.resolution_lag)
    standing.case = SimpleNamespace(overpaid=overpaid, repaid=repaid, taken=taken, false=false)
    practice.accused_week = week
    world.tally("accused")
    world.tally("accused_honest", not practice.owner.ever_false)


def scaled(amounts: dict[int, int], most: float) -> dict[int, int]:
    """Return amounts, scaled down and floored if together they are more."""
    total = sum(amounts.values())
    return amounts if total <= most else {b: math.floor(one * most / total) for b, one in amounts.items()}


def _resolve(rng: Random, world: Any, practice: Practice, law: int, week: int) -> bool:
    """End a case by settlement or judgment; return whether it bars (Resolution)."""
    standing, spec, case = practice.standing[law], world.laws[law], practice.standing[law].case
    _, multiple, fine = world.judged(law)
    if spec.settlement and rng.random() < spec.settlement.share:
        multiple, fine = spec.settlement.multiple, 0
    barred = rng.random() < spec.exclusion + spec.termination
    beyond = {}
    for b, overpaid in case.overpaid.items():
        part = world.payers[b].part_of_stake(practice.modality)
        beyond[b] = round(multiple * part * overpaid) - round(part * (case.repaid[b] + case.taken[b]))
    fines = case.false * cents(fine)
    total = max(sum(beyond.values()) + fines, 0)
    fines = min(fines, total)
    damages = scaled({b: max(one, 0) for b, one in beyond.items()}, total - fines)
    secured = min(total, sum(standing.held.values()))
    collected = secured + round(spec.collected.penalties * (total - secured))
    collected = math.floor(min(collected, world.most(practice, law) - sum(case.taken.values())))
    if collected < total:
        damages = {b: math.floor(one * collected / total) for b, one in damages.items()}
        fines = math.floor(fines * collected / total)
    world.tally("penalties", (sum(damages.values()) + fines) / 100)
    standing.held.clear()
    standing.stage, standing.findings = "", []
    if not barred and spec.integrity_agreement:
        standing.agreement_until = week + spec.integrity_agreement.weeks
    return barred
