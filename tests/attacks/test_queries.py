"""Attacks without gradients: what they ask, what it costs, and what they come to."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.attacks.conftest import CPU, Linear, cases_of, small_network, solved
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families import square
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.square import Square
from threatsim.attacks.goal import NEVER, Goal
from threatsim.attacks.search.batch import Batch
from threatsim.attacks.search.queries import Oracle
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.common.errors import ThreatsimError

BUDGET = PixelBudget.grey_levels(12)
SPECS: list[ImageAttack] = [
    Square(budget=BUDGET, queries=60),
    Square(budget=BUDGET, queries=60, goal=NEVER),
    HopSkipJump(budget=BUDGET, queries=150, initial_evaluations=10),
    HopSkipJump(budget=BUDGET, queries=150, initial_evaluations=10, goal=NEVER),
]


class Counting(nn.Module):
    """Counts the distinct images that are queried: filling repeats an image, which is no query."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body, self.seen = body, [0]

    def __deepcopy__(self, memo: object) -> Counting:
        return self  # the target's copy counts for this one

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen[0] += len(torch.unique(images.contiguous().flatten(1), dim=0))
        logits: torch.Tensor = self.body(images)
        return logits


def name(spec: ImageAttack) -> str:
    return f"{spec.family}-{spec.goal.stop}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("spec", SPECS, ids=name)
def test_every_image_that_the_payer_sees_is_a_query(spec: ImageAttack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(square, "_AHEAD", 1)  # what is evaluated ahead is not seen by the attacker
    monkeypatch.setattr(Target, "preview", Target.verdict)
    counting = Counting(Linear())
    target = Target(counting, CPU)
    images = cases_of(1).images
    margin = TargetDecision.leave(target.verdict(images).argmax(1))
    counting.seen[0] = 0
    batch = Batch(target, target, images, margin, ["key"])
    oracle_calls: list[int] = []
    original = Oracle._scores

    def counted(self: Oracle, files: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        oracle_calls.append(len(files))
        return original(self, files, rows)

    monkeypatch.setattr(Oracle, "_scores", counted)
    found = spec.run(batch)
    again = sum(oracle_calls[2:]) if isinstance(spec, Square) else 0  # confirmations of what the copy answered
    assert int(found.queries) == counting.seen[0] - again
    assert int(found.queries) <= spec.queries  # type: ignore[attr-defined]


@pytest.mark.parametrize("queries", [1, 2, 3, 17, 40])
@pytest.mark.parametrize("family", [Square, HopSkipJump])
def test_no_image_costs_more_than_its_allowance(threat_model: ThreatModel, family: type, queries: int) -> None:
    cases = cases_of(10)
    for goal in (NEVER, Goal(stop="budget"), Goal(stop="turned", margin=0.2)):
        found = attack(threat_model, cases, family(budget=BUDGET, queries=queries, goal=goal))
        assert int(found.queries.max()) <= queries
        assert int(found.queries.min()) >= 1
        spent = found.queries == queries
        if family is Square and goal.stop != "never":
            assert bool((spent | found.success).all())


def test_the_oracle_refuses_a_query_too_many() -> None:
    target = Target(Linear(), CPU)
    images = cases_of(2).images
    oracle = Oracle(Batch(target, target, images, TargetDecision.finding(torch.tensor([0, 1])), ["a", "b"]), 2)
    rows = torch.tensor([0, 1, 0])
    oracle.decisions(images[rows], rows)
    assert oracle.queries.tolist() == [2, 1]
    with pytest.raises(RuntimeError, match="more than its 2 queries"):
        oracle.margins(images, torch.tensor([0, 1]))
    assert oracle.queries.tolist() == [2, 1]


def test_files_after_the_one_that_is_stopped_at_are_neither_charged_nor_seen() -> None:
    model = Linear()
    target = Target(model, CPU)
    images = cases_of(2).images
    target_decision = TargetDecision.finding(torch.tensor([1, 1]))
    up = model.weight.detach().sign()
    files = torch.stack([(images + step * up).clamp(0, 1) for step in (-0.1, 0.1, 0.3, -0.3)], 1)
    oracle = Oracle(Batch(target, target, images, target_decision, ["a", "b"]), 3)
    bar = target_decision.margin(target.verdict(images))
    bar[1] = 1e6
    index, margin, success = oracle.first_above(files, torch.tensor([0, 1]), bar)
    assert int(index[0]) == 1
    assert float(margin[0]) == pytest.approx(float(target_decision.margin(target.verdict(files[:, 1]))[0]), abs=1e-5)
    assert bool(success[0]) == (float(margin[0]) > 0)
    assert float(margin[1]) == -torch.inf
    assert not bool(success[1])
    assert oracle.queries.tolist() == [2, 3]


def test_evaluating_ahead_changes_nothing(threat_model: ThreatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, spec = cases_of(6), Square(budget=BUDGET, queries=150)
    ahead = attack(threat_model, cases, spec)
    monkeypatch.setattr(square, "_AHEAD", 1)
    singly = attack(threat_model, cases, spec)
    assert torch.equal(ahead.images, singly.images)
    assert torch.equal(ahead.queries, singly.queries)


@pytest.mark.parametrize("spec", SPECS, ids=name)
def test_an_image_that_is_turned_already_costs_one_query_and_stays(
    threat_model: ThreatModel, spec: ImageAttack
) -> None:
    images = cases_of(6).images
    target_decision = TargetDecision.reach(threat_model.victim.verdict(images).argmax(1))
    found = solved(threat_model.victim, images, target_decision, spec)
    assert bool(found.success.all())
    if spec.goal.stop != "never" or isinstance(spec, HopSkipJump):  # type: ignore[attr-defined]
        assert torch.equal(found.images, images)
        assert found.queries.tolist() == [1] * 6


def test_hopskipjump_returns_the_original_where_nothing_within_the_budget_turned(threat_model: ThreatModel) -> None:
    spec = HopSkipJump(budget=PixelBudget.grey_levels(1), queries=80, initial_evaluations=10)
    cases = cases_of(10)
    found = attack(threat_model, cases, spec)
    clean = threat_model.victim.verdict(cases.images).argmax(1)
    assert not bool(found.success[clean == torch.from_numpy(cases.labels.astype("int64"))].all())
    assert torch.equal(found.images[~found.success], cases.images[~found.success])


def test_a_classifier_that_never_gives_the_decision_ends_the_search() -> None:
    class Stubborn(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.stack([images.mean((1, 2, 3)), images.mean((1, 2, 3)) - 5], 1)

    images = cases_of(3).images
    for spec in SPECS:
        found = solved(Target(Stubborn(), CPU), images, TargetDecision.reach(torch.ones(3, dtype=torch.int64)), spec)
        assert not bool(found.success.any())
        assert bool(torch.isfinite(found.images).all())


@pytest.mark.parametrize("size", [3, 8, 15])
def test_squares_reach_the_last_row_and_column(size: int) -> None:
    target = Target(Linear(size=size), CPU)
    images = cases_of(1, size=size).images
    spec = Square(budget=BUDGET, queries=400, initial_share=0.1, goal=NEVER)
    touched = torch.zeros(size, size, dtype=torch.bool)
    for key in "abcdef":  # one key alone may miss a pixel by chance
        batch = Batch(target, target, images, TargetDecision.finding(torch.tensor([1])), [key])
        search = square._Search(spec, batch)
        before = search._state.x.clone()
        for number in range(2, 400, 8):
            search.oracle.queries[:] = number
            touched |= (search._proposals(8)[0] != before).any(0).any(0)
    assert bool(touched.all())


def test_no_square_changes_nothing(threat_model: ThreatModel) -> None:
    images = cases_of(5).images
    images[0] = images[0, :1]
    batch = Batch(
        threat_model.victim,
        threat_model.victim,
        images,
        TargetDecision.finding(torch.ones(5, dtype=torch.int64)),
        list("abcde"),
    )
    search = square._Search(Square(budget=BUDGET, queries=100, goal=NEVER), batch)
    proposals = search._proposals(8)
    assert bool((proposals != search._state.x[:, None]).flatten(2).any(2).all())
    assert torch.equal(proposals[0], proposals[0, :, :1].expand_as(proposals[0]))


def test_the_sides_of_squares_shrink_to_a_pixel_and_fit_the_image() -> None:
    sides = square.sides(Square(budget=BUDGET, queries=1000), 10, 200)
    assert int(sides[0]) == 10  # 40 would be 0.8 of the area
    assert bool((sides.diff() <= 0).all())
    assert int(square.sides(Square(budget=BUDGET, queries=1000), 16, 16)[-1]) == 1


def test_a_round_budget_is_refused_by_square(threat_model: ThreatModel) -> None:
    with pytest.raises(ThreatsimError, match="L-infinity"):
        attack(threat_model, cases_of(2), Square(budget=PixelBudget(epsilon=1, norm="l2")))


def test_hopskipjump_starts_from_the_typical_image_of_the_class(threat_model: ThreatModel) -> None:
    """Noise is of one class to this network; the typical image of the other is what opens the way."""
    cases = cases_of(8)
    spec = HopSkipJump(budget=PixelBudget(epsilon=1, low=0, high=1), queries=25)
    assert "patches" in threat_model.depends_on(spec)
    scores = threat_model.victim.verdict(threat_model.patches["none"])
    usable = scores.argmax(1) == torch.arange(2)
    found = attack(threat_model, cases, spec)
    wanted = torch.from_numpy(1 - cases.labels.astype("int64"))
    assert bool(found.success[usable[wanted]].all())
    without = replace(threat_model, patches={})
    assert int(attack(without, cases, spec).success.sum()) <= int(found.success.sum())


def test_a_margin_beyond_the_operating_point_is_reached_by_scores() -> None:
    target = Target(small_network(1), CPU)
    images = cases_of(8).images
    target_decision = TargetDecision.leave(target.verdict(images).argmax(1))
    wide = PixelBudget.grey_levels(60)
    found = solved(
        target, images, target_decision, Square(budget=wide, queries=300, goal=Goal(stop="budget", margin=0.05))
    )
    early = found.success & (found.queries < 300)
    assert bool(early.any())
    assert float(target_decision.margin(found.logits)[early].min()) > 0.05
