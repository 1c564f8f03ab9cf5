"""The key of an outcome: it changes with whatever changes the outcome, and with nothing else that is done to the code.

What an attack was told to depend on is compared with what it depends on, by changing each input on a small network.
The keys themselves are frozen in `keys.txt`; they are written anew by `python -m tests.outcomes.test_keys`, which is
right only where an attack is meant to be computed anew, since every outcome kept under an old key is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.attacks.conftest import CPU, cases_of, small_network
from threatsim.attacks.base import ImageAttack, TrainingImages
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.code_swap import CodeSwap, CodeThreatModel, swap
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.goal import NEVER, UNTIL_SUCCESS
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import NamedSurrogate, ThreatModel
from threatsim.cases.codes.claim_set import Claim, ClaimSet
from threatsim.cases.codes.patient import Chart
from threatsim.cases.codes.policy import Line
from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.codes.claim_store import find_claim_classifier
from threatsim.classifiers.codes.claim_training import claim_cases
from threatsim.outcomes.bank.filling import outcome_keys
from threatsim.outcomes.bank.swap_filling import swap_keys

KEYS = Path(__file__).parent / "keys.txt"
BUDGET = PixelBudget(epsilon=0.1)
KIND = SurrogateKind(architecture="other", data="disjoint", start="random")
PATCHES = ("white_box", "black_box", "none", "grey", "noise", "shuffled", "lens_white_box", "lens_black_box")
PARTIAL = "HopSkipJump, no patches held"
"""The attack whose start is another where patches are held."""


def _with_surrogates(name: str, kind: type[FGSM | PGD | APGD | Universal], **fields: object) -> dict[str, ImageAttack]:
    """The attack by its three sources of gradients: the victim, the surrogate beside it, one that is named."""
    return {
        f"{name}, white box": kind(access="white_box", budget=BUDGET, **fields),  # type: ignore[arg-type]
        f"{name}, black box": kind(access="black_box", budget=BUDGET, **fields),  # type: ignore[arg-type]
        f"{name}, named surrogate": kind(access="black_box", surrogate=KIND, budget=BUDGET, **fields),  # type: ignore[arg-type]
    }


SPECS: dict[str, ImageAttack] = {
    **_with_surrogates("FGSM", FGSM),
    **_with_surrogates("FGSM until success", FGSM, goal=UNTIL_SUCCESS),
    **_with_surrogates("PGD", PGD, step=0.05, steps=3),
    **_with_surrogates("PGD until success", PGD, step=0.05, steps=3, goal=UNTIL_SUCCESS),
    "PGD with momentum, white box": PGD(access="white_box", budget=BUDGET, step=0.05, steps=3, momentum=1),
    **_with_surrogates("APGD", APGD, steps=6, goal=NEVER),
    **_with_surrogates("APGD until success", APGD, steps=6),
    "Minimal norm, white box": MinimalNorm(steps=8),
    "Minimal norm, black box": MinimalNorm(steps=8, access="black_box"),
    "Minimal norm in L2": MinimalNorm(steps=8, norm="l2"),
    **{f"Patch, {access}": Patch(access=access, scale=0.4) for access in ("white_box", "black_box")},
    **{f"Patch on the lens, {at}": Patch(access=at, scale=0.4, place="lens") for at in ("white_box", "black_box")},
    **{
        f"Patch, control {control}": Patch(access="none", scale=0.4, control=control)
        for control in ("natural", "grey", "noise", "shuffled")
    },
    **_with_surrogates("Universal", Universal, steps=4, images=8),
    "Square": Square(budget=BUDGET, queries=30),
    "Square until success": Square(budget=BUDGET, queries=30, goal=UNTIL_SUCCESS),
    "Square, every query": Square(budget=BUDGET, queries=30, goal=NEVER),
    "HopSkipJump": HopSkipJump(budget=BUDGET, queries=60, initial_evaluations=8),
    "HopSkipJump, every query": HopSkipJump(budget=BUDGET, queries=60, initial_evaluations=8, goal=NEVER),
    PARTIAL: HopSkipJump(budget=BUDGET, queries=60, initial_evaluations=8),
    **{f"Rotation, {access}": Rotation(access=access) for access in ("none", "white_box", "black_box", "queries")},
    **{f"Captures, {access}": Captures(access=access) for access in ("white_box", "black_box", "queries")},
    "Substitution": Substitution(),
    "foolbox": External(library="foolbox", name="LinfDeepFoolAttack", budget=PixelBudget.grey_levels(25)),
    "foolbox, black box": External(
        library="foolbox", name="LinfDeepFoolAttack", access="black_box", budget=PixelBudget.grey_levels(25)
    ),
    "ART": External(library="art", name="FastGradientMethod", budget=PixelBudget.grey_levels(25)),
    "ART, minimal": External(
        library="art", name="FastGradientMethod", arguments={"minimal": True, "eps_step": 0.02}, budget=BUDGET
    ),
}
"""Every family, access and goal, and what a patch shows and where."""

ROUNDING = 1e-6
"""Scores this close are one: which of two images with the same margin APGD keeps hangs on how the margin beyond the
operating point is rounded, by a last bit of the score, though without a goal it does not know the operating point."""

CHANGES: dict[str, dict[str, float]] = {
    "operating point a little up": {"threshold": 0.52},
    "operating point up": {"threshold": 0.6},
    "operating point down": {"threshold": 0.42},
    "victim": {"victim": 3},
    "surrogate": {"surrogate": 4},
    "named surrogate": {"named": 7},
    "patches": {"patches": 8},
    "training images": {"training": 10},
    "training images of the named surrogate": {"named_training": 11},
    "seed": {"seed": 1},
    "pool": {"cases": 10},
}
"""What is given instead; as many cases are compared as both have."""


@cache
def _target(seed: int) -> Target:
    """A network to attack, made once: to find out how it computes costs more than to attack it."""
    return Target(small_network(seed), CPU)


def threat_model_with(
    *,
    victim: float = 1,
    surrogate: float = 2,
    named: float = 6,
    patches: float = 5,
    training: float = 9,
    named_training: float = 12,
    threshold: float = 0.5,
    holds_patches: bool = True,
) -> ThreatModel:
    """An adversary whose inputs are numbers, each with the fingerprint of its own number."""

    def images(seed: float) -> TrainingImages:
        return TrainingImages(f"training {seed:g}", lambda n: cases_of(n, seed=int(seed)).images)

    drawn = torch.rand(len(PATCHES), 2, 3, 16, 16, generator=torch.Generator().manual_seed(int(patches)))
    prints = {"victim": f"victim {victim:g}", "surrogate": f"surrogate {surrogate:g}"}
    held = NamedSurrogate(_target(int(named)), f"named {named:g}", images(named_training))
    return ThreatModel(
        victim=_target(int(victim)),
        surrogate=_target(int(surrogate)),
        patches=dict(zip(PATCHES, drawn, strict=True)) if holds_patches else {},
        fingerprints=prints | ({"patches": f"patches {patches:g}"} if holds_patches else {}),
        threshold=threshold,
        training=images(training),
        surrogates={KIND: held},
    )


@cache
def outcome(name: str, change: str) -> tuple[NDArray[np.float32], NDArray[np.int64], list[bytes]]:
    """Scores, queries and keys of an attack's cases, (N,) each, with one input changed; with none if it is empty."""
    given = dict(CHANGES[change]) if change else {}
    seed, cases = int(given.pop("seed", 0)), cases_of(int(given.pop("cases", 12)))
    threat_model = threat_model_with(holds_patches=name != PARTIAL, **given)  # type: ignore[arg-type]
    found = attack(threat_model, cases, SPECS[name], seed=seed)
    return found.scores.numpy(), found.queries.numpy(), outcome_keys(threat_model, cases, SPECS[name], seed)


def moved(name: str, change: str) -> NDArray[np.intp]:
    """Rows of the cases whose outcome is another."""
    (scores, queries, _), (others, other_queries, _) = outcome(name, ""), outcome(name, change)
    n = min(len(scores), len(others))
    return np.flatnonzero((np.abs(scores[:n] - others[:n]) > ROUNDING) | (queries[:n] != other_queries[:n]))


def _skip_without_library(name: str) -> None:
    spec = SPECS[name]
    if isinstance(spec, External):
        pytest.importorskip(spec.library, reason=f"{spec.library} is not installed")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", SPECS)
def test_a_key_changes_where_the_outcome_does(name: str, change: str) -> None:
    _skip_without_library(name)
    keys, others = outcome(name, "")[2], outcome(name, change)[2]
    stale = [int(row) for row in moved(name, change) if keys[row] == others[row]]
    assert not stale, f"cases {stale} have another outcome under the same key"


@pytest.mark.parametrize("change", CHANGES)
def test_every_input_moves_an_outcome(change: str) -> None:
    """Else the test above would hold for nothing."""
    assert any(len(moved(name, change)) for name in SPECS if not isinstance(SPECS[name], External))


@pytest.mark.parametrize("name", [name for name in SPECS if isinstance(SPECS[name], External)])
def test_the_key_holds_the_version_of_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _skip_without_library(name)
    threat_model, cases = threat_model_with(), cases_of(3)
    before = outcome_keys(threat_model, cases, SPECS[name], 0)
    monkeypatch.setattr("threatsim.attacks.families.external.version", lambda package: "0.0")
    assert not set(before) & set(outcome_keys(threat_model, cases, SPECS[name], 0))


# Swaps of codes ------------------------------------------------------------------------------------------------------

ACCESS = ("none", "white_box", "black_box", "queries")
SWAP_CHANGES: dict[str, Mapping[str, object]] = {
    "operating point": {"threshold": 0.05},
    "victim": {"victim": "hardened"},
    "surrogate": {"surrogate": "hardened"},
    "seed": {"seed": 1},
}


def _code_threat_model(victim: str = "plain", surrogate: str = "plain", threshold: float = 0.6) -> CodeThreatModel:
    networks = {}
    for name in ("plain", "hardened"):
        folder = find_claim_classifier("claim_codes" if name == "plain" else "claim_codes_hardened")
        assert folder is not None
        networks[name] = {role: folder.load(role)[0] for role in ("victim", "surrogate")}
    prints = {"victim": f"victim {victim}", "surrogate": f"surrogate {surrogate}"}
    return CodeThreatModel(networks[victim]["victim"], networks[surrogate]["surrogate"], threshold, prints)


@cache
def swap_outcome(access: str, change: str) -> tuple[list[tuple[float, int]], list[bytes]]:
    """Score and queries of each claim, and its key."""
    folder = find_claim_classifier("claim_codes")
    assert folder is not None
    claims = claim_cases(folder.card, "test", 40)
    given = dict(SWAP_CHANGES[change]) if change else {}
    seed = given.pop("seed", 0)
    assert isinstance(seed, int)
    threat_model, spec = _code_threat_model(**given), CodeSwap(access=access, queries=6)  # type: ignore[arg-type]
    done = [
        swap(threat_model, claim, spec, label=int(label), seed=seed)
        for claim, label in zip(claims.claims, claims.labels, strict=True)
    ]
    return [(one.score, one.queries) for one in done], swap_keys(threat_model, claims, spec, seed)


@pytest.mark.parametrize("change", SWAP_CHANGES)
@pytest.mark.parametrize("access", ACCESS)
def test_a_swap_s_key_changes_where_the_outcome_does(access: str, change: str) -> None:
    (found, keys), (others, other_keys) = swap_outcome(access, ""), swap_outcome(access, change)
    rows = [row for row in range(len(found)) if found[row] != others[row]]
    assert not [row for row in rows if keys[row] == other_keys[row]]


@pytest.mark.parametrize("change", SWAP_CHANGES)
def test_every_input_moves_a_swap(change: str) -> None:
    assert any(swap_outcome(access, "")[0] != swap_outcome(access, change)[0] for access in ACCESS)


# Frozen keys ---------------------------------------------------------------------------------------------------------


def all_keys(patched: pytest.MonkeyPatch) -> str:
    """A line for each attack with the keys of three cases, as if on a machine of no kind."""
    patched.setattr("threatsim.attacks.threat_model.signature", lambda device: ["torch", device.type, "processor"])
    patched.setattr(
        "threatsim.outcomes.bank.swap_filling.signature", lambda device: ["torch", device.type, "processor"]
    )
    patched.setattr(np, "__version__", "numpy")
    patched.setattr("threatsim.attacks.families.external.version", lambda package: "as installed")
    cases = cases_of(3)
    found: dict[str, list[bytes]] = {"untouched": outcome_keys(threat_model_with(), cases, None, 0)}
    for name, spec in SPECS.items():
        found[name] = outcome_keys(threat_model_with(holds_patches=name != PARTIAL), cases, spec, 0)
    chart = Chart(("malignant hypertension", "hypercholesterolaemia"))
    claims = tuple(Claim(chart, Line("99214", 100.0, age), chart.codes(chart.careful)) for age in (40, 50, 60))
    claim_set = ClaimSet(claims, np.array([0, 1, 0], np.int8), np.zeros(3, np.int8), ("a", "b", "c"))
    for access in ACCESS:
        found[f"Code swap, {access}"] = swap_keys(_code_threat_model(), claim_set, CodeSwap(access=access), 0)
    return "".join(f"{name}: {' '.join(key.hex() for key in keys)}\n" for name, keys in found.items())


def test_keys_are_those_that_outcomes_are_kept_under(monkeypatch: pytest.MonkeyPatch) -> None:
    found, kept = (dict(line.split(": ") for line in text.splitlines()) for text in (all_keys(monkeypatch), _kept()))
    assert found.keys() == kept.keys()
    assert [name for name in found if found[name] != kept[name]] == []


def test_no_two_attacks_share_a_key() -> None:
    keys = [key for line in _kept().splitlines() for key in line.partition(": ")[2].split()]
    assert len(keys) == len(set(keys))


def _kept() -> str:
    return KEYS.read_text(encoding="utf-8")


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as monkeypatch:
        KEYS.write_text(all_keys(monkeypatch), encoding="utf-8")
