from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks.conftest import CPU, Linear, cases_of, small_network
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.batch import Batch
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision


def spec_of(epsilon: float, *, step: float | None = None, steps: int = 20, low: float = 0, high: float = 1) -> PGD:
    budget = PixelBudget(epsilon=epsilon, low=low, high=high, levels=None)
    return PGD(access="white_box", budget=budget, step=step or max(epsilon, 1e-6), steps=steps)


def moved_by(target: Target, images: torch.Tensor, wrong: torch.Tensor, spec: PGD, keys: list[str]) -> torch.Tensor:
    return spec.run(Batch(target, target, images, TargetDecision.finding(wrong), keys)).files


def run(target: Target, n: int = 8, **options: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    cases = cases_of(n)
    wrong = torch.from_numpy(1 - cases.labels.astype("int64"))
    spec = spec_of(**options)  # type: ignore[arg-type]
    moved = moved_by(target, cases.images, wrong, spec, list(cases.fingerprints))
    return cases.images, wrong, moved


def test_linear_model_lands_on_the_closed_form_optimum() -> None:
    model = Linear()
    images, wrong, moved = run(Target(model, CPU), epsilon=0.03)
    towards = torch.where(wrong == 1, 1.0, -1.0)[:, None, None, None] * model.weight.detach().sign()
    torch.testing.assert_close(moved, (images + 0.03 * towards).clamp(0, 1), atol=1e-6, rtol=0)


@settings(max_examples=25, deadline=None)
@given(epsilon=st.floats(0, 1), step=st.floats(1e-4, 1), steps=st.integers(1, 6))
def test_never_leaves_the_ball_or_the_pixel_range(epsilon: float, step: float, steps: int) -> None:
    images, _, moved = run(Target(small_network(0), CPU), n=4, epsilon=epsilon, step=step, steps=steps)
    assert float((moved - images).abs().max()) <= epsilon + 1e-6
    assert float(moved.min()) >= 0
    assert float(moved.max()) <= 1


def test_a_budget_of_zero_changes_nothing() -> None:
    images, _, moved = run(Target(small_network(0), CPU), epsilon=0.0)
    assert torch.equal(images, moved)


def test_the_paper_s_epsilon_is_measured_on_minus_one_to_one() -> None:
    budget = PixelBudget(epsilon=0.02)
    assert budget.on_unit_scale(budget.epsilon) == pytest.approx(0.01)
    assert "2.55/255" in budget.label()
    images, _, moved = run(Target(Linear(), CPU), epsilon=0.02, low=-1, high=1)
    assert float((moved - images).abs().max()) == pytest.approx(0.01, abs=1e-6)


def test_a_case_is_attacked_alike_alone_and_in_company() -> None:
    target = Target(small_network(3), CPU)
    cases = cases_of(6)
    wrong = torch.from_numpy(1 - cases.labels.astype("int64"))
    keys = list(cases.fingerprints)
    spec = spec_of(0.05, step=0.01, steps=5)
    together = moved_by(target, cases.images, wrong, spec, keys)
    alone = moved_by(target, cases.images[4:5], wrong[4:5], spec, keys[4:5])
    assert torch.equal(together[4:5], alone)


def test_the_user_s_model_and_global_randomness_are_untouched() -> None:
    model = small_network(4).train()
    before = copy.deepcopy(model.state_dict())
    state = torch.random.get_rng_state()
    run(Target(model, CPU), epsilon=0.05)
    assert torch.equal(state, torch.random.get_rng_state())
    assert model.training
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_as_strong_as_foolbox_on_the_same_network() -> None:
    import foolbox

    model = small_network(7).eval()
    cases = cases_of(64, seed=3)
    labels = torch.from_numpy(cases.labels.astype("int64"))
    epsilon, step, steps = 0.1, 0.01, 20
    theirs_attack = foolbox.attacks.LinfPGD(abs_stepsize=step, steps=steps, random_start=True)
    torch.manual_seed(0)
    theirs, _, _ = theirs_attack(
        foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), cases.images, labels, epsilons=epsilon
    )
    spec = spec_of(epsilon, step=step, steps=steps)
    ours = moved_by(Target(model, CPU), cases.images, 1 - labels, spec, list(cases.fingerprints))

    def loss(images: torch.Tensor) -> float:
        with torch.no_grad():
            return float(torch.nn.functional.cross_entropy(model(images), labels))

    assert loss(ours) > loss(cases.images) + 0.1
    assert loss(ours) == pytest.approx(loss(theirs), rel=0.02)
