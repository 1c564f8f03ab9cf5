from __future__ import annotations

import pytest
import torch
from torch import nn

from threatsim.attacks.search.folding import Centred, folded
from threatsim.attacks.search.precision import has_depthwise
from threatsim.attacks.search.target import Precision, Target
from threatsim.classifiers.card import Network
from threatsim.classifiers.network import Classifier, build
from threatsim.classifiers.networks.efficientnet import EfficientNetLite
from threatsim.classifiers.training_loop import load_fitting
from threatsim.common.errors import ThreatsimError

LITE0, LITE1 = Network(name="EfficientNetLite0"), Network(name="EfficientNetLite1")
CUT = Network(name="EfficientNetLite0", arguments={"stages": 5})


def worn(network: Network) -> Classifier:
    """A network whose batch normalisations do something, as after training, in evaluation mode."""
    torch.manual_seed(0)
    made = build(network, mean=torch.full((3,), 0.5), std=torch.full((3,), 0.25))
    for layer in made.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.1)
    made.eval().requires_grad_(False)
    return made


@pytest.mark.parametrize(
    ("network", "parameters", "blocks"),
    [(LITE0, 4_652_008, 16), (LITE1, 5_416_680, 21)],
    ids=["Lite0", "Lite1"],
)
def test_it_has_the_published_size(network: Network, parameters: int, blocks: int) -> None:
    made = build(network.model_copy(update={"arguments": {"num_classes": 1000}}))
    assert sum(one.numel() for one in made.parameters()) == parameters
    assert len(made.body.get_submodule("blocks")._modules) == blocks + 2  # the stem and the last convolution


@pytest.mark.parametrize("network", [LITE0, LITE1, CUT], ids=["Lite0", "Lite1", "five stages of Lite0"])
def test_every_batch_normalisation_folds_and_the_logits_stay(network: Network) -> None:
    made, images = worn(network), torch.rand(2, 3, 64, 64)
    copy = folded(made, images)
    assert copy is not None
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in copy.modules())
    torch.testing.assert_close(copy(images), made(images), atol=1e-5, rtol=0)


def test_a_network_whose_last_stages_are_cut_off_gives_what_the_whole_one_has_there() -> None:
    whole, cut = worn(LITE0), build(CUT).eval()
    assert load_fitting(cut, whole.state_dict()) == ["body.head.weight"]
    images, blocks = torch.rand(2, 3, 64, 64), cut.body.get_submodule("blocks")
    assert isinstance(blocks, nn.Sequential)
    assert isinstance(cut.body, EfficientNetLite)
    reached = (images - whole.mean) / whole.std
    for layer in list(whole.body.get_submodule("blocks").children())[: len(blocks)]:
        reached = layer(reached)
    assert reached.shape == (2, 112, 4, 4)
    torch.testing.assert_close(cut.body.features((images - cut.mean) / cut.std), reached.mean((2, 3)))


@pytest.mark.parametrize("stages", [0, 8])
def test_there_are_seven_stages(stages: int) -> None:
    with pytest.raises(ThreatsimError, match="stages is"):
        build(Network(name="EfficientNetLite0", arguments={"stages": stages}))


def test_padding_at_a_stride_of_two_is_tensorflow_s() -> None:
    """TensorFlow's "same" halves the width and pads a pixel less before the image than after it."""
    stem = build(LITE0).body.get_submodule("blocks.0")
    image = torch.zeros(1, 3, 32, 32)
    image[..., 0, 0] = 1
    convolution = next(layer for layer in stem.modules() if isinstance(layer, nn.Conv2d))
    nn.init.ones_(convolution.weight)
    found = convolution(next(layer for layer in stem.modules() if isinstance(layer, nn.ZeroPad2d))(image))
    assert found.shape[-2:] == (16, 16)
    assert found[0, 0, 0, 0] == 3  # three channels: the first window begins at the first pixel
    assert found[0, 0].sum() == 9 / 3


def test_it_says_that_it_filters_channel_by_channel_and_others_do_not() -> None:
    assert has_depthwise(build(LITE0))
    assert not has_depthwise(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(4, 4, 3, groups=2)))


def test_it_is_searched_in_float32_on_every_processor_unless_asked_otherwise() -> None:
    made, images = worn(LITE0), torch.rand(2, 3, 32, 32)
    wanted: list[tuple[Precision, torch.dtype]] = [("auto", torch.float32), ("bfloat16", torch.bfloat16)]
    for precision, dtype in wanted:
        copy = Target(made, torch.device("cpu"), precision=precision).search_model(images, confirmed=True)
        assert isinstance(copy, Centred)
        assert copy.dtype == dtype


def test_an_argument_that_it_does_not_take_is_one_error() -> None:
    with pytest.raises(ThreatsimError, match=r"EfficientNetLite0.*does not take"):
        build(Network(name="EfficientNetLite0", arguments={"width": 2}))
