"""All checks: on models of few classes and of labels, on one without gradients, and what it leaves alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import nn

from threatsim.attacks.families.apgd import APGD
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.audit.all_checks import audit
from threatsim.outcomes.audit.subject import AuditedModel
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET

from .conftest import Sharp, images, network

Toy = Callable[[int], AuditedModel]


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_all_checks_pass_on_few_classes(classes: int, toy: Toy) -> None:
    report = audit(toy(classes))
    assert not report.flags, [(check.key, check.found) for check in report.flags]
    assert {check.number for check in report.checks} >= {*range(1, 20), 22, 23, 24}
    assert len({check.key for check in report.checks}) == len(report.checks)


def test_all_checks_pass_on_labels() -> None:
    pictures = images(16)
    model = Sharp(network(3, 3), pictures)
    with torch.no_grad():
        labels = (model(pictures)[:, 1] >= 0).long()
    report = audit(AuditedModel(model, pictures, labels, label=1, surrogate=Sharp(network(4, 3), pictures)))
    assert not report.flags, [(check.key, check.found) for check in report.flags]


def test_a_model_without_any_graph_is_audited_to_the_end(toy: Toy) -> None:
    class Detached(nn.Module):
        def __init__(self, model: nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.model(batch.detach())
            return logits

    whole = toy(2)
    report = audit(dataclasses.replace(whole, model=Detached(whole.model)))
    assert {"gradients", "black_box"} <= {check.key for check in report.flags}


def test_the_model_and_the_random_state_are_left_alone(toy: Toy) -> None:
    whole = toy(2)
    before, mode = torch.random.get_rng_state(), [module.training for module in whole.model.modules()]
    weights = [one.clone() for one in whole.model.state_dict().values()]
    audit(dataclasses.replace(whole, images=whole.images[:8], labels=whole.labels[:8]))
    assert torch.equal(before, torch.random.get_rng_state())
    assert mode == [module.training for module in whole.model.modules()]
    assert all(torch.equal(a, b) for a, b in zip(weights, whole.model.state_dict().values(), strict=True))
    assert all(one.grad is None for one in whole.model.parameters())


def test_what_cannot_be_audited_is_said(toy: Toy) -> None:
    whole = toy(2)
    with pytest.raises(ThreatsimError, match="none of 16 images"):
        audit(dataclasses.replace(whole, labels=1 - whole.labels))
    with pytest.raises(ThreatsimError, match="labels have shape"):
        audit(dataclasses.replace(whole, labels=whole.labels[:3]))
    with pytest.raises(ThreatsimError, match="within"):
        audit(dataclasses.replace(whole, images=whole.images * 2))


def test_an_attack_is_run_once(toy: Toy) -> None:
    whole = toy(2)
    spec = APGD(budget=PAPER_BUDGET, steps=3)
    assert whole.run(spec) is whole.run(spec)
