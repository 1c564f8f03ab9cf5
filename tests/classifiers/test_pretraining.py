from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.classifiers.test_training_loop import RECIPE, bright_squares
from tests.classifiers.test_weights import SMALL
from threatsim.classifiers.card import Network
from threatsim.classifiers.pretraining import (
    CLASSES,
    Pretext,
    commodity_start,
    for_classes,
    pooled,
    pretrain,
    read_pretraining,
    shipped_start,
)
from threatsim.classifiers.store import shipped, shipped_names
from threatsim.classifiers.training_loop import train_classifier
from threatsim.classifiers.weights import load_tensors
from threatsim.common.errors import ThreatsimError

CPU = torch.device("cpu")
TINY = Pretext(image_size=32, train=64, test=32, recipe=RECIPE.model_copy(update={"epochs": 1}))


def test_the_pretext_task_tells_modality_and_finding_apart_on_patients_of_its_own() -> None:
    cases = pooled(TINY, "pretrain", 40)
    assert len(cases) == 120
    assert sorted(set(cases.labels.tolist())) == list(range(len(CLASSES)))
    assert set(cases.labels[:40].tolist()) == {0, 1}
    for name in shipped_names():
        assert shipped(name).card.data.seed != Pretext().cases_seed


def test_a_start_is_written_with_its_record_and_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    records = [
        pretrain(tmp_path / name, SMALL, device=CPU, command="by a test", pretext=TINY)
        for name in ("a.safetensors", "b.safetensors")
    ]
    assert records[0].weights == records[1].weights == load_tensors(tmp_path / "a.safetensors")[1]
    assert read_pretraining(tmp_path / "a.safetensors") == records[0]
    assert records[0].network.arguments["num_classes"] == len(CLASSES)
    assert 0 <= records[0].accuracy <= 1


def test_fine_tuning_takes_all_of_a_start_but_its_last_layer(tmp_path: Path) -> None:
    pretrain(tmp_path / "start.safetensors", SMALL, device=CPU, command="by a test", pretext=TINY)
    start, _ = load_tensors(tmp_path / "start.safetensors")
    gentle = RECIPE.model_copy(update={"learning_rate": 1e-9, "epochs": 1, "weight_decay": 0.0})
    cases = bright_squares(64, 0)
    heads = []
    for seed in (1, 2):
        tuned = train_classifier(SMALL, gentle, cases, cases, seed=seed, device=CPU, initial=start).state_dict()
        for name, tensor in start.items():
            if "conv" in name or name in ("mean", "std"):
                torch.testing.assert_close(tuned[name], tensor.float(), atol=1e-5, rtol=1e-4)
        heads.append(tuned["body.fc.weight"])
    assert heads[0].shape[0] == 2
    assert not torch.equal(heads[0], heads[1])


def test_a_start_of_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match="another network"):
        train_classifier(
            SMALL, RECIPE, bright_squares(64, 0), None, seed=1, device=CPU, initial={"other": torch.zeros(1)}
        )
    with pytest.raises(ThreatsimError, match="no number of classes"):
        for_classes(Network(name="ResNet", arguments={}), 6)


def test_the_shipped_start_is_what_its_record_says_and_that_of_the_shipped_networks() -> None:
    record = read_pretraining(shipped_start())
    tensors, digest = load_tensors(shipped_start())
    assert record.weights == digest
    assert record.accuracy > 0.6
    assert {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()} == {torch.float16}
    for name in ("fundoscopy", "dermoscopy"):
        card = shipped(name).card
        assert card.recipe.initial == "pretrained"
        assert commodity_start(card.network, device=CPU)[1] == digest
