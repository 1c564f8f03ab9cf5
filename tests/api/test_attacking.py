"""`attack_model`, `audit_model`: the papers' defaults, outcomes that show themselves, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import threatsim
from tests.attacks.conftest import cases_of, small_network
from threatsim.attacks import FGSM, PGD, Captures, MinimalNorm, Patch, PixelBudget, Rotation, Square, Substitution
from threatsim.catalogue.attacks import ATTACKS
from threatsim.common.html_table import html_table
from threatsim.outcomes.audit.audit_report import AuditReport, CheckResult

BUDGET = PixelBudget.grey_levels(8)
NETWORK, CASES = small_network(1), cases_of(10)
LABELS = torch.from_numpy(CASES.labels.astype("int64"))


class Cells(HTMLParser):
    """The texts of a table's cells, and the tags that there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("name", [name for name, row in ATTACKS.items() if row.implementation and not row.library])
def test_an_attack_is_made_of_its_budget_alone(name: str) -> None:
    kind = ATTACKS[name].resolve()
    budget = {"budget": BUDGET} if "budget" in kind.model_fields else {}
    made = kind(**ATTACKS[name].fixed, **budget)
    assert made.access in ATTACKS[name].access
    assert made.describe()


@pytest.mark.parametrize("epsilon", [0.02, 0.5])
def test_the_step_of_pgd_is_half_of_its_radius(epsilon: float) -> None:
    budget = PixelBudget(epsilon=epsilon)
    explicit = PGD(access="white_box", budget=budget, step=epsilon / 2, steps=20)
    assert PGD(budget=budget) == explicit
    assert PGD.model_validate({"budget": {"epsilon": epsilon}}) == explicit
    assert PGD(budget=budget).model_dump() == explicit.model_dump()  # so an outcome's key is the same


def test_the_budget_s_own_error_stands_alone() -> None:
    with pytest.raises(ValueError, match="1 validation error") as found:
        PGD(budget=4)  # type: ignore[arg-type]
    assert "budget" in str(found.value)
    with pytest.raises(ValueError, match="greater than 0"):
        PGD(budget=BUDGET, step=0)


def test_an_outcome_shows_itself() -> None:
    attacked = threatsim.attack_model(NETWORK, CASES.images, LABELS, FGSM(budget=BUDGET))
    frame = attacked.to_frame()
    assert frame["success"].tolist() == attacked.success.tolist()
    assert frame["decision"].tolist() == attacked.logits.argmax(1).tolist()
    assert frame["gradients"].sum() == 10
    count = int(attacked.success.sum())
    told = f"Attacked({count} of 10 images reach the wanted decision; 10 gradients, 0 queries, files of 3 x 16 x 16)"
    assert repr(attacked) == told
    cells = Cells(attacked._repr_html_())
    assert cells.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert repr(attacked) in cells.texts
    row = cells.texts.index("gradients")
    assert cells.texts[row + 1 : row + 4] == ["1", "1", "10"]


def test_html_escapes_what_it_is_given() -> None:
    html = html_table(["<b>"], [["<script>alert(1)</script>\nline"]], caption='"&"')
    assert "<script" not in html
    assert Cells(html).texts == ['"&"', "<b>", "<script>alert(1)</script>", "line"]


def wrong(arguments: Callable[[], threatsim.Attacked], message: str, given: str | None = None) -> threatsim.InputError:
    with pytest.raises(threatsim.InputError, match=message) as found:
        arguments()
    assert given is None or found.value.given == given
    return found.value


def test_arguments_of_other_types_are_refused_by_name() -> None:
    images, spec = CASES.images, PGD(budget=BUDGET)
    attack: Any = threatsim.attack_model
    wrong(lambda: attack(lambda x: x, images, LABELS, spec), "model: wanted is a torch Module, not a function", "model")
    wrong(lambda: attack(NETWORK, images.numpy(), LABELS, spec), "images: wanted is a torch Tensor", "images")
    wrong(lambda: attack(NETWORK, images, np.zeros(10), spec), "labels: wanted is a torch Tensor", "labels")
    wrong(lambda: attack(NETWORK, images, LABELS, PGD), "wanted is an attack with its parameters", "PGD")
    wrong(lambda: attack(NETWORK, images, LABELS, "apgd"), "wanted is an attack with its parameters", "APGD")
    unknown = wrong(lambda: attack(NETWORK, images, LABELS, "apdg"), "unknown attack 'apdg'", "apdg")
    assert unknown.hint == "Did you mean 'apgd'?"
    assert "apgd" in unknown.allowed


def test_shapes_and_values_that_do_not_fit_are_refused() -> None:
    images, spec = CASES.images, PGD(budget=BUDGET)
    attack = threatsim.attack_model
    wrong(lambda: attack(NETWORK, images[0], LABELS, spec), r"images have shape \(3, ", str(tuple(images.shape[1:])))
    wrong(lambda: attack(NETWORK, images * 255, LABELS, spec), "must lie within")
    wrong(lambda: attack(NETWORK, images[:, :1], LABELS, spec), "the model fails on an image of shape")
    wrong(lambda: attack(NETWORK, images, LABELS[:3], spec), "one label for each of 10 images", "(3,)")
    wrong(lambda: attack(NETWORK, images, LABELS + 1, spec), "the model has 2 classes", "labels")
    wrong(lambda: attack(NETWORK, images, LABELS, PGD(budget=BUDGET, access="black_box")), "needs a surrogate")
    for needy in (Patch(), Substitution()):
        wrong(lambda needy=needy: attack(NETWORK, images, LABELS, needy), "more than a model")
    for enough in (MinimalNorm(steps=3), Square(budget=BUDGET, queries=5), Rotation(), Captures(access="white_box")):
        assert len(attack(NETWORK, images, LABELS, enough).success) == 10


@pytest.mark.parametrize(
    ("last", "message"),
    [(nn.Flatten(0), "shape"), (nn.Unflatten(1, (2, 1)), "shape"), (nn.Threshold(1e9, float("nan")), "finite")],
)
def test_a_network_that_returns_no_verdict_is_refused(last: nn.Module, message: str) -> None:
    network = nn.Sequential(NETWORK, last)
    for call in (
        lambda: threatsim.attack_model(network, CASES.images, LABELS, PGD(budget=BUDGET)),
        lambda: threatsim.audit_model(network, CASES.images, LABELS),
    ):
        with pytest.raises(threatsim.LogitsError, match=message):
            call()


def test_an_audit_is_refused_what_an_attack_is() -> None:
    audit: Any = threatsim.audit_model
    wrong(lambda: audit(NETWORK, CASES.images.numpy(), LABELS), "images: wanted is a torch Tensor", "images")
    wrong(lambda: audit(NETWORK, CASES.images, LABELS[:2]), "one for each of 10 images", "(2,)")
    wrong(lambda: audit(NETWORK, CASES.images, LABELS, budget=PixelBudget(epsilon=0)), "epsilon is 0", "0")
    wrong(lambda: audit(NETWORK, CASES.images[:, :1], LABELS), "the model fails on an image of shape")


def report_of(*ok: bool) -> AuditReport:
    texts = dict.fromkeys(("tried", "found", "meaning", "remedy"), "<i>")
    checks = [CheckResult(number=i + 1, key=f"c{i}", name=f"check {i}", ok=one, **texts) for i, one in enumerate(ok)]
    return AuditReport(
        classifier="mine",
        weights="",
        surrogate="",
        engine=1,
        images="given",
        n=3,
        correct=2,
        budget=BUDGET,
        threshold=0.5,
        device="cpu",
        versions={},
        checks=tuple(checks),
    )


def test_an_audit_s_report_shows_itself() -> None:
    good, bad = report_of(True, True), report_of(True, False)
    assert repr(good) == str(good) == "AuditReport(mine: passed, 2 of 2 checks)"
    assert repr(bad) == "AuditReport(mine: flagged, 1 of 2 checks: check 1)"
    assert bad.to_frame()[["number", "ok"]].to_numpy().tolist() == [[1, True], [2, False]]
    assert list(report_of().to_frame()) == list(good.to_frame())
    assert "<i>" not in bad._repr_html_()
    assert Cells(bad._repr_html_()).texts.count("FLAG") == 1
    assert good._repr_html_().count("<table>") == 1
    assert bad._repr_html_().count("<table>") == 2  # with what to do about a flag
