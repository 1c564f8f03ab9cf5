"""Filling the bank: which outcomes are missing is asked first, and only those attacks are run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import ENGINE_VERSION, attack, clean_scores
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.common.numerics import signature
from threatsim.defences.controls.picture_control import Screen
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.control_statistics import put_statistics, statistic_keys

_CHECKPOINT = 512  # cases attacked before their outcomes are written


def outcome_keys(threat_model: ThreatModel, cases: CaseSet, spec: ImageAttack | None, seed: int) -> list[bytes]:
    """The content address of each case's outcome; None stands for the untouched image.

    The numerics are part of it: another device, kind of processor or version of torch may round otherwise.

    Args:
        threat_model: the victim, and what the attacker has.
        cases: the cases, attacked or as they are.
        spec: the attack, or None.
        seed: of the attack's random numbers.
    """
    common = {
        "attack": None if spec is None else _content(spec),
        "weights": {"victim": threat_model.fingerprints["victim"]} if spec is None else threat_model.depends_on(spec),
        "seed": seed,
        "engine": ENGINE_VERSION,
        "network": threat_model.fingerprints.get("network", ""),
        "pool": _pool(cases) if spec is not None and "pool" in spec.row.depends_on else "",
        "numerics": signature(threat_model.victim.device),
        **({} if spec is None else spec.row.identity()),
    }
    prefix = json.dumps(common, sort_keys=True).encode()
    return [
        hashlib.blake2b(prefix + f"/{label}/{image}".encode(), digest_size=24).digest()
        for label, image in zip(cases.labels, cases.fingerprints, strict=True)
    ]


def _content(spec: ImageAttack) -> dict[str, Any]:
    """The attack as data; one from the surrogate beside the victim is what it was before there were others."""
    content = spec.model_dump(mode="json")
    if content.get("surrogate") is None:
        content.pop("surrogate", None)
    return content


def _pool(cases: CaseSet) -> str:
    """What substitution may send: the outcome of a case depends on it."""
    rows = zip(cases.fingerprints, cases.labels.tolist(), cases.patient_ids, strict=True)
    return hashlib.blake2b(json.dumps(list(rows)).encode(), digest_size=16).hexdigest()


def missing(
    bank: OutcomeBank,
    threat_model: ThreatModel,
    cases: CaseSet,
    spec: ImageAttack | None,
    *,
    seed: int = 0,
    screens: Sequence[Screen] = (),
) -> int:
    """How many outcomes `compute_outcomes` would have to compute.

    Args:
        bank: where outcomes are looked up.
        threat_model, cases, spec, seed, screens: as for `compute_outcomes`.
    """
    keys = outcome_keys(threat_model, cases, spec, seed)
    return len(keys) - len(_known(bank, keys, spec, screens))


def compute_outcomes(
    bank: OutcomeBank,
    threat_model: ThreatModel,
    cases: CaseSet,
    spec: ImageAttack | None,
    *,
    seed: int = 0,
    screens: Sequence[Screen] = (),
    on_cases: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """(N,) the victim's p(finding) on every case under an attack, or untouched if `spec` is None.

    Args:
        screens: controls whose statistics of the pictures are kept as well (`control_statistics.picture_statistics`).
        on_cases: called with the number of attacks finished, as they finish.
    """
    keys = outcome_keys(threat_model, cases, spec, seed)
    known = _known(bank, keys, spec, screens)
    rows = [row for row, key in enumerate(keys) if key not in known]
    for start in range(0, len(rows), _CHECKPOINT):
        part = rows[start : start + _CHECKPOINT]
        chosen = cases.subset(part)
        if spec is None:
            scores, queries, images = clean_scores(threat_model, chosen), None, chosen.images
        else:
            done = attack(
                threat_model, chosen, spec, seed=seed, pool=cases, keep_images=bool(screens), on_batch=on_cases
            )
            scores, queries, images = done.scores, done.queries if queries_the_payer(spec) else None, done.images
        for screen in screens:
            put_statistics(bank, screen, [keys[row] for row in part], chosen, images)
        fresh = {keys[row]: float(score) for row, score in zip(part, scores.numpy(), strict=True)}
        if queries is not None:
            counts = zip(part, queries.tolist(), strict=True)
            bank.put({_queries_key(keys[row]): float(count) for row, count in counts})
        bank.put(fresh)
        known.update(fresh)
    return np.array([known[key] for key in keys], dtype=np.float32)


def queries_the_payer(spec: ImageAttack | None) -> bool:
    """Whether an attack asks the payer about files: each query is then a claim."""
    return spec is not None and spec.access == "queries"


def outcome_queries(
    bank: OutcomeBank, threat_model: ThreatModel, cases: CaseSet, spec: ImageAttack, *, seed: int = 0
) -> NDArray[np.int64]:
    """(N,) queries that an attack of `compute_outcomes` has cost each case; 0 where it does not query.

    Args:
        bank, threat_model, cases, spec, seed: as they were given to `compute_outcomes`.

    Raises:
        KeyError: `compute_outcomes` was not called for these cases.
    """
    if not queries_the_payer(spec):
        return np.zeros(len(cases), np.int64)
    keys = [_queries_key(key) for key in outcome_keys(threat_model, cases, spec, seed)]
    known = bank.get(keys)
    return np.array([known[key] for key in keys], np.float32).astype(np.int64)


def _known(
    bank: OutcomeBank, keys: list[bytes], spec: ImageAttack | None, screens: Sequence[Screen] = ()
) -> dict[bytes, float]:
    """The outcomes that the bank has, only those whose queries and statistics it has too, where there are any."""
    known = bank.get(keys)
    if queries_the_payer(spec):
        counted = bank.get([_queries_key(key) for key in known])
        known = {key: score for key, score in known.items() if _queries_key(key) in counted}
    for screen in screens:
        here = list(known)
        stored = statistic_keys(screen, here)
        there = bank.get(stored)
        known = {key: known[key] for key, kept in zip(here, stored, strict=True) if kept in there}
    return known


def _queries_key(key: bytes) -> bytes:
    return hashlib.blake2b(key + b"/queries", digest_size=24).digest()
