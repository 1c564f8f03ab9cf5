"""Check 13: the binarisation test of Zimmermann et al. 2022 (arXiv 2206.13991), a unit test of an attack on a model.

For an image, the model's last layer is replaced by one that separates points well inside the ball from a chosen point
on its edge. That point is an adversarial example by construction, so an attack that works on this model finds one;
random search, which knows no direction, should not.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn

from threatsim.attacks.engine import AttackProblem, solve
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.search.domain import Domain
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import exceeds, named, share
from threatsim.outcomes.audit.subject import AuditedModel, grey

_IMAGES, _INNER, _EDGE = 8, 64, 64
_GAP, _AT = 10.0, 0.7
"""Logits between the inner points and the chosen one, and where in between the decision is."""
_TOLERATED = 0.05
_BINARISED = CheckSpec(
    13,
    "binarised",
    "A copy that can be broken",
    "The attack misses adversarial examples that are there by construction: what it finds on this model is no bound.",
    "Adapt the attack to the model (Tramer et al. 2020) until it passes this test, then measure again.",
)


class Readout(nn.Module):
    """A model's features with a linear decision between two classes behind them."""

    def __init__(self, features: nn.Module, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self.features = features
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, 2) logits."""
        margin = self.features(images).flatten(1) @ self.weight - self.bias
        return torch.stack([-margin / 2, margin / 2], 1)


def binarised(subject: AuditedModel) -> CheckResult:
    """Check that the attack finds the example that was put there, on nearly all images."""
    features = Target(features_of(subject.model, subject.images[:2]), subject.device)
    rows = subject.rows[:_IMAGES]
    broken, random, made = [], [], []
    for row in rows:
        planted = _planted(subject, features, int(row))
        if planted is None:
            continue
        readout, corners = planted
        target = Target(readout, subject.device)
        key = subject.keys[int(row)]
        problem = AttackProblem(
            victim=target,
            source=target,
            images=subject.images[row][None],
            target_decision=TargetDecision.finding(torch.ones(1, dtype=torch.int64)),
            keys=[f"binarised/{key}"],
            names=[subject.called[int(row)]],
        )
        try:
            hit = bool(solve(problem, APGD(budget=subject.at(1), steps=50), keep_images=False).success[0])
        except RuntimeError as error:
            if "does not require grad" not in str(error):
                raise
            hit = False
        made.append(int(row))
        broken.append(hit)
        random.append(float((target.verdict(corners.to(subject.device)).argmax(1) == 1).float().mean()))
    n, hits = len(made), sum(broken)
    missed = torch.tensor([row for row, hit in zip(made, broken, strict=True) if not hit], dtype=torch.int64)
    blind = sum(random) / n if n else 0.0
    return _BINARISED.result(
        f"{n} copies with an example planted at {grey(subject.budget)}, APGD of 50 steps",
        f"{share(hits, n)} found{named(missed, subject.called) if n > hits else ''}; {blind:.0%} of random corners do",
        ok=n > 0 and not exceeds(n - hits, n, _TOLERATED),
    )


def features_of(model: nn.Module, images: torch.Tensor) -> nn.Module:
    """Return the model without its last linear layer where it ends in one; otherwise the model itself.

    Args:
        model: images to logits.
        images: (N, 3, H, W) float32 in [0, 1], to try the cut model on.
    """
    body = copy.deepcopy(model).eval().cpu()
    linear = [name for name, module in body.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        return body
    *path, last = linear[-1].split(".")
    cut = copy.deepcopy(body)
    parent = cut.get_submodule(".".join(path))
    head = body.get_submodule(linear[-1])
    setattr(parent, last, nn.Identity())
    with torch.no_grad():
        try:
            same = torch.allclose(head(cut(images)), body(images), atol=1e-4)
        except RuntimeError:  # what follows the layer does not take its input
            same = False
    return cut if same else body


@dataclass(frozen=True)
class _Ball:
    inner: torch.Tensor
    edge: torch.Tensor


def _ball(subject: AuditedModel, row: int) -> _Ball:
    image, key = subject.images[row][None], subject.keys[row]
    shape = tuple(image.shape[1:])
    domain = Domain.of(image.expand(_INNER, -1, -1, -1), subject.at(1))
    unit = keyed_uniform([f"inner/{draw}/{key}" for draw in range(_INNER)], shape)
    inner = image + 0.5 * (domain.start(unit) - image)
    unit = keyed_uniform([f"edge/{draw}/{key}" for draw in range(2 * _EDGE)], shape).round()
    domain = Domain.of(image.expand(2 * _EDGE, -1, -1, -1), subject.at(1))
    return _Ball(torch.cat([image, inner]), domain.start(unit))


def _planted(subject: AuditedModel, features: Target, row: int) -> tuple[Readout, torch.Tensor] | None:
    """Plant an example at one corner of the ball, and give other corners to try blindly.

    None if no corner can be told from the inside.
    """
    ball = _ball(subject, row)
    seen = features.verdict(torch.cat([ball.inner, ball.edge]).to(subject.device)).cpu().double()
    inside, edge = seen[: len(ball.inner)], seen[len(ball.inner) :][:_EDGE]
    middle = inside.mean(0)
    spread = (inside - middle).T @ (inside - middle) / len(inside)
    ridge = 1e-2 * spread.diagonal().mean().clamp(min=1e-12) * torch.eye(len(middle), dtype=torch.float64)
    whitened = torch.linalg.solve(spread + ridge, (edge - middle).T).T
    reach = ((edge - middle) * whitened).sum(1)
    inner_reach = ((inside - middle) @ whitened.T).amax(0)
    gap = reach - inner_reach
    best = int((gap / reach.abs().clamp(min=1e-12)).argmax())
    if float(gap[best]) <= 1e-9:
        return None
    scale = _GAP / gap[best]
    weight = scale * whitened[best]
    bias = scale * (inner_reach[best] + _AT * gap[best]) + weight @ middle
    return Readout(features_of(subject.model, subject.images[:2]), weight.float(), bias.float()), ball.edge[_EDGE:]
