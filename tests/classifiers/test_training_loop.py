from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.classifiers.test_weights import SMALL
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers import training_loop
from threatsim.classifiers.augmentation import DISC_DIAMETERS, augment
from threatsim.classifiers.card import Adversarial, Augmentation, Network, Recipe
from threatsim.classifiers.checkpoints import Checkpoints
from threatsim.classifiers.network import build, scores
from threatsim.classifiers.training_loop import Epoch, against, train_classifier
from threatsim.common.errors import ThreatsimError
from threatsim.statistics.discrimination import auroc

STILL = Augmentation(rotation=0, shift=0, zoom=0, brightness=0, flip_horizontal=False, flip_vertical=False)
RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=0.01, weight_decay=0.01, mixup=0, augmentation=STILL)
CPU = torch.device("cpu")


def bright_squares(n: int, seed: int) -> CaseSet:
    """Positives carry a bright square somewhere in the noise: easy to learn, and only by looking."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(n, 3, 32, 32, generator=generator) * 0.5
    labels = np.arange(n, dtype=np.int8) % 2
    for i in range(1, n, 2):
        top, left = (int(torch.randint(0, 24, (1,), generator=generator)) for _ in range(2))
        images[i, :, top : top + 8, left : left + 8] += 0.4
    names = tuple(f"{seed}-{i}" for i in range(n))
    return CaseSet("dermoscopy", images, labels, names, names, "squares")


def area(found: torch.Tensor, cases: CaseSet) -> float:
    return auroc(found, cases.labels, cases.patient_ids).value or 0.0


def test_it_learns_and_the_same_seed_learns_the_same() -> None:
    train, held_out = bright_squares(256, 0), bright_squares(128, 1)
    epochs: list[Epoch] = []
    state = torch.random.get_rng_state()
    networks = [
        train_classifier(SMALL, RECIPE, train, held_out, seed=seed, device=CPU, on_epoch=epochs.append)
        for seed in (1, 1, 2)
    ]
    assert torch.equal(state, torch.random.get_rng_state())
    first, again, other = (scores(network, held_out.images, device=CPU) for network in networks)
    assert area(first, held_out) > 0.95
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert [epoch.number for epoch in epochs[:4]] == [1, 2, 3, 4]
    assert epochs[3].loss < epochs[0].loss


def test_the_best_epoch_s_weights_are_kept() -> None:
    train, held_out = bright_squares(128, 0), bright_squares(64, 1)
    epochs: list[Epoch] = []
    network = train_classifier(SMALL, RECIPE, train, held_out, seed=3, device=CPU, on_epoch=epochs.append)
    reached = area(scores(network, held_out.images, device=CPU), held_out)
    assert reached == pytest.approx(max(epoch.calibration_auroc or 0 for epoch in epochs), abs=1e-9)


def test_fine_tuning_starts_from_the_given_weights() -> None:
    train, held_out = bright_squares(64, 0), bright_squares(64, 1)
    start = train_classifier(SMALL, RECIPE, train, held_out, seed=1, device=CPU).state_dict()
    gentle = RECIPE.model_copy(update={"learning_rate": 1e-9, "epochs": 1, "weight_decay": 0.0})
    tuned = train_classifier(SMALL, gentle, train, held_out, seed=9, device=CPU, initial=start)
    for name, tensor in tuned.state_dict().items():
        if "conv" in name:
            torch.testing.assert_close(tensor, start[name], atol=1e-5, rtol=1e-4)


def test_augmentation_without_range_changes_nothing() -> None:
    images = torch.rand(3, 3, 16, 16)
    torch.testing.assert_close(augment(images, STILL), images, atol=1e-5, rtol=0)


def test_flips_are_exact_mirrors_about_half_the_time() -> None:
    images = torch.rand(64, 3, 16, 16)
    flipped = augment(images, STILL.model_copy(update={"flip_horizontal": True}))
    mirrored = (flipped - images.flip(-1)).abs().amax((1, 2, 3)) < 1e-5
    same = (flipped - images).abs().amax((1, 2, 3)) < 1e-5
    assert bool((mirrored | same).all())
    assert 16 <= int(mirrored.sum()) <= 48


def test_discs_of_other_images_cover_a_share_of_the_images() -> None:
    images = torch.arange(400).float().div(400)[:, None, None, None].expand(400, 3, 32, 32).contiguous()
    covered = augment(images, STILL.model_copy(update={"discs": 0.5}))
    changed = (covered - images).abs().amax(1) > 1e-6
    touched = changed.flatten(1).any(1)
    assert 160 <= int(touched.sum()) <= 240
    assert not bool(changed[:, 0, 0].any())  # a disc inside the frame never reaches a corner
    areas = changed[touched].flatten(1).float().mean(1)
    low, high = (torch.pi / 4 * share**2 for share in DISC_DIAMETERS)
    assert low * 0.6 < float(areas.min())
    assert float(areas.max()) < high * 1.2


def test_an_adversarial_batch_stays_in_its_budget_and_raises_the_loss() -> None:
    train, held_out = bright_squares(256, 0), bright_squares(64, 1)
    network = train_classifier(SMALL, RECIPE, train, held_out, seed=1, device=CPU)
    labels = torch.from_numpy(held_out.labels.astype("int64"))
    how = Adversarial(epsilon=0.08, step=0.04, steps=3)  # on [-1, 1]: 0.04 of the way from black to white
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    torch.manual_seed(0)
    moved = against(network.train(), held_out.images, labels, how)
    assert network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, state[name])  # running statistics of the normalisation too
    network.eval()
    assert float((moved - held_out.images).abs().max()) <= 0.04 + 1e-6
    assert float(moved.min()) >= 0
    assert float(moved.max()) <= 1
    entropy = torch.nn.functional.cross_entropy
    assert float(entropy(network(moved), labels)) > float(entropy(network(held_out.images), labels)) + 0.05


def test_adversarial_training_gives_another_network_that_withstands_more() -> None:
    train, held_out = bright_squares(256, 0), bright_squares(128, 1)
    labels = torch.from_numpy(held_out.labels.astype("int64"))
    how = Adversarial(epsilon=0.06, step=0.03, steps=2)

    def rise_of_loss(adversarial: Adversarial | None) -> float:
        recipe = RECIPE.model_copy(update={"epochs": 6, "adversarial": adversarial})
        network = train_classifier(SMALL, recipe, train, held_out, seed=1, device=CPU)
        torch.manual_seed(0)
        moved = against(network, held_out.images, labels, how.model_copy(update={"steps": 5}))
        clean, attacked = (
            float(torch.nn.functional.cross_entropy(network.eval()(images), labels))
            for images in (held_out.images, moved)
        )
        return attacked - clean

    assert rise_of_loss(how) < 0.8 * rise_of_loss(None)


def test_warm_up_epochs_are_trained_on_clean_images() -> None:
    train, held_out = bright_squares(64, 0), bright_squares(64, 1)
    recipe = RECIPE.model_copy(update={"epochs": 2})

    def trained(warm_up: int | None) -> torch.Tensor:
        how = None if warm_up is None else Adversarial(epsilon=0.2, step=0.2, steps=1, warm_up=warm_up)
        chosen = recipe.model_copy(update={"adversarial": how})
        network = train_classifier(SMALL, chosen, train, None, seed=1, device=CPU)
        return scores(network, held_out.images, device=CPU)

    assert torch.equal(trained(2), trained(None))
    assert not torch.equal(trained(1), trained(None))


LITE = Network(name="EfficientNetLite0")


def test_frozen_blocks_and_still_statistics_stay_as_they_are() -> None:
    train = bright_squares(32, 0)
    start = build(LITE).state_dict()
    recipe = RECIPE.model_copy(update={"epochs": 1, "frozen": 4, "statistics": "still"})
    tuned = train_classifier(LITE, recipe, train, None, seed=1, device=CPU, initial=start).state_dict()
    changed = {name for name, tensor in tuned.items() if not torch.equal(tensor, start[name])}
    assert not [name for name in changed if "running" in name or "tracked" in name]
    assert not [name for name in changed if name.startswith(tuple(f"body.blocks.{block}." for block in range(4)))]
    assert {f"body.blocks.{block}" for block in range(4, 18)} == {
        ".".join(name.split(".")[:3]) for name in changed if name.startswith("body.blocks.")
    }


def test_statistics_are_trained_behind_frozen_blocks_unless_they_are_still() -> None:
    start = build(LITE).state_dict()
    recipe = RECIPE.model_copy(update={"epochs": 1, "frozen": 4})
    tuned = train_classifier(LITE, recipe, bright_squares(32, 0), None, seed=1, device=CPU, initial=start).state_dict()
    moved = {name for name, tensor in tuned.items() if "running_mean" in name and not torch.equal(tensor, start[name])}
    assert {int(name.split(".")[2]) for name in moved} == set(range(4, 18))


def test_the_average_kept_is_that_of_the_weights_on_the_way() -> None:
    """Without decay of the average the last weights are kept; with all of it the first ones nearly are."""
    train = bright_squares(64, 0)
    start = build(SMALL).state_dict()

    def trained(averaged: float) -> dict[str, torch.Tensor]:
        recipe = RECIPE.model_copy(update={"epochs": 1, "averaged": averaged})
        return train_classifier(SMALL, recipe, train, None, seed=1, device=CPU, initial=start).state_dict()

    last, middle, first = trained(0), trained(0.5), trained(1 - 1e-9)
    name = next(name for name in start if name.endswith("conv1.weight"))
    torch.testing.assert_close(first[name], start[name], atol=1e-6, rtol=1e-6)
    step = (last[name] - start[name]).abs().mean()
    assert 0 < (middle[name] - start[name]).abs().mean() < step


def test_balanced_passes_draw_both_classes_equally_often() -> None:
    torch.manual_seed(0)
    labels = torch.tensor([1] * 20 + [0] * 200)
    rows = training_loop.order(labels, 4000, balanced=True)
    assert float(labels[rows].float().mean()) == pytest.approx(0.5, abs=0.03)  # nearly four standard errors
    assert len(rows.unique()) == 220
    plain = training_loop.order(labels, 110, balanced=False)
    assert len(plain.unique()) == 110


@pytest.mark.parametrize(("network", "has"), [(LITE, "has 18"), (SMALL, "is not made of blocks")])
def test_more_frozen_blocks_than_there_are_is_one_error(network: Network, has: str) -> None:
    recipe = RECIPE.model_copy(update={"frozen": 19})
    with pytest.raises(ThreatsimError, match=f"19 blocks are to stay frozen, and the network {has}"):
        train_classifier(network, recipe, bright_squares(32, 0), None, seed=0, device=CPU)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "averaged": 0.9,
            "mixup": 0.2,
            "balanced": True,
            "augmentation": STILL.model_copy(update={"rotation": 20, "discs": 0.5}),
        },
    ],
    ids=["plain", "averaged"],
)
def test_a_killed_training_goes_on_to_the_same_bits(changes: dict[str, object], tmp_path: Path) -> None:
    train, held_out = bright_squares(48, 0), bright_squares(16, 1)
    recipe = RECIPE.model_copy(update={"epochs": 3, **changes})

    def trained(kept: Checkpoints | None, until: int = 9, seed: int = 5) -> tuple[dict[str, torch.Tensor], list[Epoch]]:
        epochs: list[Epoch] = []

        def on_epoch(epoch: Epoch) -> None:
            epochs.append(epoch)
            if epoch.number == until:
                raise KeyboardInterrupt

        network = train_classifier(
            SMALL, recipe, train, held_out, seed=seed, device=CPU, on_epoch=on_epoch, checkpoints=kept
        )
        return network.state_dict(), epochs

    undisturbed, its_epochs = trained(None)
    for until in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            trained(Checkpoints(tmp_path), until)
        assert len(list(tmp_path.iterdir())) == 1
    other, _ = trained(Checkpoints(tmp_path), seed=6)  # another training does not go on from it
    kept = Checkpoints(tmp_path)
    resumed, epochs = trained(kept)
    assert epochs == its_epochs
    assert all(torch.equal(resumed[name], tensor) for name, tensor in undisturbed.items())
    assert not all(torch.equal(other[name], tensor) for name, tensor in undisturbed.items())
    kept.discard()
    (file,) = tmp_path.iterdir()  # the other training's
    file.write_bytes(file.read_bytes()[:1000])
    again, _ = trained(Checkpoints(tmp_path), seed=6)  # a damaged file is as none
    assert all(torch.equal(again[name], tensor) for name, tensor in other.items())
