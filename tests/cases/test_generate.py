from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generate import generate
from threatsim.catalogue.modalities import IMAGE_MODALITIES


@pytest.mark.parametrize("modality", IMAGE_MODALITIES)
def test_a_case_does_not_depend_on_how_many_are_drawn(modality: str) -> None:
    few, many = (generate(modality, n, seed=4, split="test", size=32) for n in (3, 9))
    np.testing.assert_array_equal(few.labels, many.labels[:3])
    assert few.fingerprints == many.fingerprints[:3]


@pytest.mark.parametrize("modality", IMAGE_MODALITIES)
def test_splits_and_seeds_are_other_cases(modality: str) -> None:
    drawn = [
        generate(modality, 4, seed=seed, split=split, size=32).fingerprints
        for seed, split in ((1, "train"), (1, "test"), (2, "train"))
    ]
    assert len({fingerprint for part in drawn for fingerprint in part}) == 12


@pytest.mark.parametrize("modality", IMAGE_MODALITIES)
def test_images_lie_on_the_grid_of_a_file(modality: str) -> None:
    images = generate(modality, 4, seed=1, split="train", size=48).images
    assert images.shape == (4, 3, 48, 48)
    assert images.dtype == torch.float32
    torch.testing.assert_close(images * 255, (images * 255).round(), atol=1e-3, rtol=0)
    assert float(images.amax()) <= 1
    assert float(images.amin()) >= 0


def test_the_share_of_positives_is_as_asked() -> None:
    labels = generate("dermoscopy", 600, seed=1, split="train", size=32, positive_share=0.2).labels
    assert labels.mean() == pytest.approx(0.2, abs=0.05)


def test_draws_are_uniform_independent_and_free_of_global_state() -> None:
    state = torch.random.get_rng_state()
    draws = CaseDraws(3, torch.arange(4000))
    uniform = draws.uniform("a", 8)
    assert torch.equal(state, torch.random.get_rng_state())
    assert float(uniform.mean()) == pytest.approx(0.5, abs=0.01)
    correlation = torch.corrcoef(torch.cat([uniform, draws.uniform("b", 8)], 1).T) - torch.eye(16)
    assert float(correlation.abs().max()) < 0.08
    histogram = torch.histc(uniform, bins=20, min=0, max=1) / uniform.numel()
    assert float((histogram - 0.05).abs().max()) < 0.005
    normal = draws.normal("n", 8)
    assert float(normal.std()) == pytest.approx(1, abs=0.02)
    assert float((normal.abs() > 1.96).float().mean()) == pytest.approx(0.05, abs=0.005)


def test_labels_are_integers_arithmetic_and_so_the_same_on_every_processor() -> None:
    """The generator of Steele, Lea and Flood in Python's own integers; 24 bits are exact in any floating point."""
    mask = 2**64 - 1

    def mixed(x: int) -> int:
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
        return x ^ (x >> 31)

    golden = 0x9E3779B97F4A7C15
    for share in (0.5, 0.3):
        key = int.from_bytes(hashlib.blake2b(b"5/dermoscopy/train/label", digest_size=8).digest(), "little")
        expected = [
            float(np.float32((mixed(mixed(i * golden + key & mask) + golden & mask) >> 40) / 2**24)) < np.float32(share)
            for i in range(300)
        ]
        labels = generate("dermoscopy", 300, seed=5, split="train", size=32, positive_share=share).labels
        assert labels.tolist() == expected
