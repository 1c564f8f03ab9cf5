"""A classifier whose card is of photographs: how it is trained on them, kept, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import shipped
from threatsim.classifiers.weights import load_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.making.training import TrainRequest, train_as_requested, trained_on

CPU = torch.device("cpu")


def test_it_is_kept_in_half_the_bits_and_found_again_for_its_own_photographs(
    archive: Path, card: Path, quiet: Progress
) -> None:
    request = TrainRequest(str(card), archive, card, None, None, command="train")
    made, before = train_as_requested(request, device=CPU, progress=quiet)
    assert before is None
    kinds = {tensor.dtype for tensor in load_tensors(made.path / "victim.safetensors")[0].values()}
    assert kinds == {torch.float16, torch.int64}
    photographs = archive_for(made.card, archive)
    assert photographs.train.size == (32, 32)
    again = trained_on(photographs, device=CPU, progress=quiet, name=str(card))
    assert again.path == made.path


def test_a_start_that_is_not_there_is_said_before_anything_is_written(
    archive: Path, card: Path, quiet: Progress
) -> None:
    text = (card / "card.yaml").read_text().replace("EfficientNetLite0", "ResNet")
    (card / "card.yaml").write_text(text)
    request = TrainRequest(str(card), archive, card.parent / "made", "imagenet", None, command="train")
    with pytest.raises(ThreatsimError, match="no ImageNet weights of ResNet"):
        train_as_requested(request, device=CPU, progress=quiet)
    assert not (card.parent / "made").exists()


def test_a_test_split_with_too_few_negatives_is_refused(archive: Path, card: Path) -> None:
    table = archive / "dermoscopy" / "labels.csv"
    table.write_text(table.read_text().replace("38.png,0,test", "38.png,0,train"))
    with pytest.raises(ThreatsimError, match="the test split has 19 images without the finding, and 20 are needed"):
        archive_for(shipped(str(card)).card, archive)
