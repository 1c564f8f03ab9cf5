"""Attacks of other libraries by name."""

from __future__ import annotations

import sys

import pytest
import torch

from tests.attacks.conftest import CPU, cases_of, small_network, solved
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.external import External
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.common.errors import ThreatsimError

WIDE = PixelBudget.grey_levels(25)
ROUND = PixelBudget(epsilon=3, norm="l2", low=0, high=1)


def spec(library: str, name: str, budget: PixelBudget = WIDE, **arguments: object) -> External:
    if library == "art":
        pytest.importorskip("art", reason="the adversarial robustness toolbox is not installed")
    return External.model_validate({"library": library, "name": name, "arguments": arguments, "budget": budget})


@pytest.mark.parametrize(
    ("library", "name", "budget", "arguments"),
    [
        ("foolbox", "LinfPGD", WIDE, {"steps": 10, "rel_stepsize": 0.2}),
        ("foolbox", "LinfDeepFoolAttack", WIDE, {}),
        ("foolbox", "L2DeepFoolAttack", ROUND, {}),
        ("foolbox", "FGSM", WIDE, {}),
        ("art", "ProjectedGradientDescent", WIDE, {"max_iter": 10}),
        ("art", "FastGradientMethod", WIDE, {}),
        ("art", "ProjectedGradientDescent", ROUND, {"max_iter": 10, "eps_step": 0.6}),
        ("art", "ProjectedGradientDescent", WIDE, {"max_iter": 10, "targeted": True}),
    ],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_an_attack_by_name_turns_the_decision_within_the_budget(
    library: str, name: str, budget: PixelBudget, arguments: dict[str, object], classes: int
) -> None:
    target = Target(small_network(1, classes), CPU)
    images = cases_of(5).images
    target_decision = TargetDecision.reach(target.verdict(images).argsort(1)[:, -2])
    found = solved(target, images, target_decision, spec(library, name, budget, **arguments))
    change = (found.images - images).flatten(1)
    reach = change.abs().amax(1) if budget.norm == "linf" else change.norm(dim=1)
    assert float(reach.max()) <= budget.radius + 1e-6
    assert torch.equal((found.images * 255).round() / 255, found.images)
    assert torch.equal(found.success, target.verdict(found.images).argmax(1) == target_decision.index)
    assert bool(found.success.any())  # DeepFool stops on the boundary, where saving may undo it
    assert bool(found.success.all()) or "DeepFool" in name or name in ("FGSM", "FastGradientMethod")
    assert int(found.gradients.min()) >= 1


def test_it_works_at_the_operating_point_not_at_one_half() -> None:
    target = Target(small_network(1), CPU)
    images = cases_of(6).images
    threshold = float(target.scores(images).max()) * 0.5 + 0.5  # nobody is positive at first
    target_decision = TargetDecision.finding(torch.ones(6, dtype=torch.int64), threshold=threshold)
    found = solved(target, images, target_decision, spec("foolbox", "LinfDeepFoolAttack", PixelBudget.grey_levels(100)))
    assert bool(found.success.any())
    assert float(found.scores[found.success].min()) >= threshold


def test_transfer_runs_on_the_surrogate(threat_model: ThreatModel) -> None:
    cases = cases_of(4)
    one = spec("foolbox", "LinfPGD", steps=5)
    black = attack(threat_model, cases, one.model_copy(update={"access": "black_box"}))
    assert not torch.equal(black.images, attack(threat_model, cases, one).images)


@pytest.mark.parametrize(
    ("library", "module", "package"),
    [("foolbox", "foolbox", "foolbox"), ("art", "art", "adversarial-robustness-toolbox")],
)
def test_a_library_that_is_missing_is_named_with_its_package(
    threat_model: ThreatModel, monkeypatch: pytest.MonkeyPatch, library: str, module: str, package: str
) -> None:
    for name in [name for name in sys.modules if name == module or name.startswith(module + ".")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    wanted = External.model_validate({"library": library, "name": "LinfPGD", "budget": WIDE})
    with pytest.raises(ThreatsimError, match=rf"pip install {package}"):
        attack(threat_model, cases_of(2), wanted)


@pytest.mark.parametrize(
    ("library", "name", "nearest"),
    [("foolbox", "LinfPDG", "LinfPGD"), ("art", "ProjectedGradientDescnt", "ProjectedGradientDescent")],
)
def test_an_unknown_attack_names_the_nearest(threat_model: ThreatModel, library: str, name: str, nearest: str) -> None:
    with pytest.raises(ThreatsimError, match=rf"no attack '{name}'[\s\S]*'{nearest}"):
        attack(threat_model, cases_of(2), spec(library, name))


def test_what_is_no_attack_of_the_library_is_unknown(threat_model: ThreatModel) -> None:
    with pytest.raises(ThreatsimError, match="no attack 'base'"):
        attack(threat_model, cases_of(2), spec("foolbox", "base"))


@pytest.mark.parametrize(
    ("library", "name", "arguments"),
    [
        ("foolbox", "LinfPGD", {"stps": 3}),
        ("art", "FastGradientMethod", {"eps": "much"}),
        ("art", "ProjectedGradientDescent", {"max_itr": 3}),
    ],
)
def test_wrong_arguments_are_shown(
    threat_model: ThreatModel, library: str, name: str, arguments: dict[str, object]
) -> None:
    key, value = next(iter(arguments.items()))
    with pytest.raises(ThreatsimError, match=rf"{name} of {library} does not take its arguments \({key}={value!r}\)"):
        attack(threat_model, cases_of(2), spec(library, name, **arguments))


def test_an_attack_of_another_norm_is_refused(threat_model: ThreatModel) -> None:
    with pytest.raises(ThreatsimError, match="measures L2; the budget's norm is linf"):
        attack(threat_model, cases_of(2), spec("foolbox", "L2PGD"))
