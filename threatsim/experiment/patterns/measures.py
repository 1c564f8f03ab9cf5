"""What the patterns measure: pairs of figures a replicate, whose means are divided by one another.

Nobody is selected by what came of the run: a figure is of all practices, or of those that a cause sets apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from threatsim.catalogue.attacks import ATTACKS
from threatsim.experiment.patterns.bench import Bench, Changes, YearsOfBilling
from threatsim.experiment.patterns.ratio import Values
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Modality, Scenario

AUDITED = 0.04
"""Share of claims audited where a pattern is about audits: that of hospital stays at the peak (Shi 2024)."""
PRICE = 1.1
"""Times the price of the finding where a pattern is about prices."""
BELIEVED = 0.25
"""Times the chance of payment that providers believe in when they are told of a control that does nothing."""
BUSIEST = 0.25
"""Share of practices that are the busiest, where a pattern is about volumes."""


class Pair(NamedTuple):
    """Figures of replicates (N,), the mean of the first of which is divided by that of the second."""

    part: Values
    whole: Values


_STILL: Changes = {  # nothing else audits, and nobody moves the audits
    "payers.*.adaptation": {},
    "payers.*.audit.budget": None,
    "payers.*.audit.targeted": 0,
    "payers.*.audit.network": 0,
    "payers.*.audit.random": 0,
}
_MANY: Changes = {**_STILL, "payers.*.audit.random": AUDITED}


def _of_laws(scenario: Scenario, changes: Changes) -> Changes:
    """Return changes of every law of a scenario."""
    laws = ["law", *(f"other_laws.{name}" for name in scenario.other_laws)]
    return {f"{law}.{key}": value for law in laws for key, value in changes.items()}


def _nobody_barred(scenario: Scenario) -> Changes:
    """Return what keeps everybody in business, so that a change in fraud is a change in behaviour."""
    return _of_laws(scenario, {"exclusion": 0, "termination": 0, "tips": None})


def _no_fines(scenario: Scenario) -> Changes:
    """Return what leaves nothing but the sum itself to be taken back."""
    none = {"damages": 1, "per_claim_penalty": 0, "settlement": None, "state_statute": None, "extrapolate": False}
    return {**_nobody_barred(scenario), **_of_laws(scenario, none)}


def _total(results: Sequence[ReplicateResult], *columns: str) -> Values:
    """Return weekly columns summed over the weeks, a number a replicate."""
    return np.array([sum(float(result.weekly[column].sum()) for column in columns) for result in results])


def _change(before: Values, after: Values) -> Pair:
    return Pair(after - before, before)


def _points(before: Values, after: Values) -> Pair:
    return Pair(after - before, np.ones(len(before)))


def _by_audits(bench: Bench, law: Changes) -> tuple[list[ReplicateResult], list[ReplicateResult]]:
    return bench.run({**law, **_STILL}), bench.run({**law, **_MANY})


def _audits_without_fines(bench: Bench) -> Pair:
    few, many = _by_audits(bench, _no_fines(bench.scenario))
    return _change(_total(few, "false_claims"), _total(many, "false_claims"))


def _audits_with_fines(bench: Bench) -> Pair:
    few, many = _by_audits(bench, _nobody_barred(bench.scenario))
    return _change(_total(few, "false_claims"), _total(many, "false_claims"))


def _saved_for_each(bench: Bench, *collected: str) -> Pair:
    few, many = _by_audits(bench, _nobody_barred(bench.scenario))
    return Pair(_total(few, "paid") - _total(many, "paid"), _total(many, *collected) - _total(few, *collected))


def _deterrence(bench: Bench) -> Pair:
    return _saved_for_each(bench, "recouped")


def _settlements(bench: Bench) -> Pair:
    return _saved_for_each(bench, "recouped", "penalties")


def _displacement(bench: Bench) -> Pair:
    law, signed = _nobody_barred(bench.scenario), "payers.*.integrity.hash_at_capture"
    opened, closed = (bench.run({**law, signed: there}) for there in (False, True))
    seen = _altering(bench.scenario)
    unseen = [name for name in bench.scenario.tactics if name not in seen]

    def claims(results: list[ReplicateResult], names: list[str]) -> Values:
        return _total(results, *(f"false_claims_{name}" for name in names))

    return Pair(claims(closed, unseen) - claims(opened, unseen), claims(opened, seen))


def _spillover(bench: Bench) -> Pair:
    """Return what news adds to the deterrence of audits, beside what there is without: of all providers."""
    law = _nobody_barred(bench.scenario)
    weight = float(bench.scenario.conduct.neighbour_weight) or 0.5

    def deterred(news: float) -> Values:
        heard = {} if news == float(bench.scenario.conduct.neighbour_weight) else {"conduct.neighbour_weight": news}
        few, many = (_total(results, "false_claims") for results in _by_audits(bench, {**law, **heard}))
        return 1 - np.divide(many, few, out=np.ones(len(few)), where=few > 0)

    deaf = deterred(0)
    return Pair(deterred(weight) - deaf, deaf)


def _price_response(bench: Bench) -> Pair:
    dearer = {path: value for name, one in bench.scenario.modalities.items() for path, value in _dearer(name, one)}
    return _points(_coded(bench.run({})), _coded(bench.run(dearer)))


def _dearer(name: str, modality: Modality) -> list[tuple[str, float]]:
    """Return where what is paid with the finding is written, and that number times `PRICE`."""
    if modality.drg:
        return [(f"modalities.{name}.drg.weight_positive", PRICE * float(modality.drg.weight_positive))]
    if modality.risk_adjustment:
        coefficient = float(modality.risk_adjustment.coefficient_positive)
        return [(f"modalities.{name}.risk_adjustment.coefficient_positive", PRICE * coefficient)]
    return [(f"modalities.{name}.fee_positive", PRICE * modality.fees[1])]


def _coded(results: list[ReplicateResult]) -> Values:
    """Return the share of all claims billed with the finding."""
    shares = []
    for result in results:
        claims, rate = result.providers["claims"], result.providers["billed_finding_rate"]
        shares.append(float(np.nansum(rate * claims) / max(claims.sum(), 1)))
    return np.array(shares)


def _placebo(bench: Bench) -> Pair:
    scenario = bench.scenario
    told = {
        f"tactics.{name}.belief_paid": BELIEVED
        * float(scenario.tactics[name].belief_paid or scenario.conduct.belief_paid)
        for name in _altering(scenario) or scenario.tactics
    }
    return _change(_total(bench.run({}), "false_claims"), _total(bench.run(told), "false_claims"))


def _altering(scenario: Scenario) -> list[str]:
    return [name for name, tactic in scenario.tactics.items() if ATTACKS[tactic.attack].alters_file]


def outlying(billing: YearsOfBilling) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return (Y, P) whether a practice bills the finding more than 2 SD above the mean of its specialty in a year."""
    rate = np.divide(
        billing.with_finding, billing.claims, out=np.full(billing.claims.shape, np.nan), where=billing.claims > 0
    )
    beyond = np.zeros(rate.shape, np.bool_)
    for specialty in np.unique(billing.specialty):
        of = billing.specialty == specialty
        mean, spread = (figure(rate[:, of], axis=1, keepdims=True) for figure in (np.nanmean, np.nanstd))
        beyond[:, of] = rate[:, of] > mean + 2 * spread
    return beyond


def _shares(bench: Bench, share: Callable[[YearsOfBilling], float]) -> Pair:
    values = np.array([share(billing) for billing in bench.billing()])
    return Pair(values, np.ones(len(values)))


def _outliers(bench: Bench) -> Pair:
    return _shares(bench, lambda billing: float(outlying(billing).any(axis=0).mean()))


def _persistence(bench: Bench) -> Pair:
    return _shares(bench, lambda billing: float(outlying(billing).all(axis=0).mean()))


def _outlier_volume(bench: Bench) -> Pair:
    pairs = []
    for billing in bench.billing():
        always = outlying(billing).all(axis=0)
        claims = billing.claims.sum(axis=0)
        pairs.append((float(claims[always].sum()), float(always.sum()) * float(claims.mean())))
    part, whole = np.array(pairs).reshape(-1, 2).T
    return Pair(part, whole)


def _volume_skew(bench: Bench) -> Pair:
    def busiest(billing: YearsOfBilling) -> float:
        claims = np.sort(billing.claims[0])[::-1]
        return float(claims[: round(BUSIEST * claims.size)].sum() / max(claims.sum(), 1))

    return _shares(bench, busiest)


def _share_lost(bench: Bench) -> Pair:
    results = bench.run({})
    paid = [result.weekly["paid"].sum() * WEEKS_PER_YEAR / result.weekly["paid"].size for result in results]
    return Pair(np.array([result.outcomes["payer_loss"] for result in results], np.float64), np.array(paid))


MEASURES: dict[str, Callable[[Bench], Pair]] = {
    "audits_with_fines": _audits_with_fines,
    "deterrence": _deterrence,
    "settlements": _settlements,
    "spillover": _spillover,
    "displacement": _displacement,
    "price_response": _price_response,
    "placebo": _placebo,
    "audits_without_fines": _audits_without_fines,
    "outliers": _outliers,
    "persistence": _persistence,
    "outlier_volume": _outlier_volume,
    "volume_skew": _volume_skew,
    "share_lost": _share_lost,
}
