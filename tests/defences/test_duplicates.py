from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from threatsim.cases.synthetic.generate import generate
from threatsim.common.errors import ThreatsimError
from threatsim.defences.controls import duplicates
from threatsim.defences.controls.duplicates import HASHINGS, DuplicateIndex, dhash, hamming, phash
from threatsim.defences.restoration import jpeg
from threatsim.outcomes.defence_trials.control_trials import try_duplicates

MODALITIES = ("fundoscopy", "chest_xray", "dermoscopy")


def brute(left: int, right: int) -> int:
    return bin(left ^ right).count("1")


def test_dhash_is_the_signs_of_differences_from_left_to_right() -> None:
    generator = np.random.default_rng(0)
    cells = generator.random((8, 9))
    image = torch.from_numpy(np.kron(cells, np.ones((4, 4)))).float().expand(1, 3, 32, 36)
    bits = "".join("1" if cells[y, x + 1] > cells[y, x] else "0" for y in range(8) for x in range(8))
    assert int(dhash(image)[0]) == int(bits, 2)


def test_phash_of_a_single_wave_sets_the_bit_of_its_frequency() -> None:
    at = (2 * np.arange(32) + 1) * np.pi / 64
    wave = 0.5 + 0.2 * np.outer(np.cos(3 * at), np.cos(5 * at))
    image = torch.from_numpy(wave).float().expand(1, 3, 32, 32)
    inverse = 1 - image
    bit = 1 << (63 - (3 * 8 + 5))
    assert int(phash(image)[0]) & bit
    assert not int(phash(inverse)[0]) & bit


@pytest.mark.parametrize("counted_by", ["processor", "table"])
def test_hamming_is_brute_force_s(counted_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if counted_by == "table":
        monkeypatch.delattr(np, "bitwise_count", raising=False)  # numpy 1 has none
    generator = np.random.default_rng(1)
    left = generator.integers(0, 2**64, size=(7, 1), dtype=np.uint64)
    right = np.append(generator.integers(0, 2**64, size=9, dtype=np.uint64), left[0])
    expected = [[brute(int(a), int(b)) for b in right] for a in left[:, 0]]
    assert hamming(left, right).tolist() == expected


@pytest.mark.parametrize("chunk", [1 << 22, 50])
def test_the_nearest_is_the_one_that_a_search_through_all_finds(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_CHUNK", chunk)
    previous, submitted = (generate("dermoscopy", 40, seed=seed, split="test", size=32).images for seed in (1, 2))
    index = DuplicateIndex(phash)
    index.add(previous[:25])
    index.add(previous[25:])
    assert len(index) == 40
    distances, rows = index.nearest(submitted)
    known = [int(value) for value in phash(previous)]
    for value, distance, row in zip(phash(submitted), distances, rows, strict=True):
        every = [brute(int(value), other) for other in known]
        assert int(distance) == min(every)
        assert int(row) == every.index(min(every))


def test_an_empty_index_has_nothing_to_search() -> None:
    with pytest.raises(ThreatsimError, match="no previous submission"):
        DuplicateIndex(phash).nearest(torch.rand(1, 3, 32, 32))


def test_a_hash_by_which_patients_are_alike_flags_nothing_and_says_so() -> None:
    cases = generate("dermoscopy", 60, seed=1, split="test", size=32)
    grey = replace(cases, images=torch.full_like(cases.images, 0.5))  # one hash for all
    for same, told in ((grey, 2), (cases, 0)):
        notes: list[str] = []
        again = {"again": same.images[:10]}
        parts = [same.subset(list(range(start, start + 20))) for start in (0, 20, 40)]
        rows = try_duplicates(*parts, again, false_alarm=0.1, notes=notes)
        found = [row.alarms.value for row in rows if row.fraud]
        assert len(notes) == told
        assert found == ([0, 0] if told else [1, 1])


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("name", HASHINGS)
def test_a_picture_that_comes_again_is_nearer_than_a_stranger(modality: str, name: str) -> None:
    images = generate(modality, 120, seed=4, split="test").images
    index = DuplicateIndex(HASHINGS[name])
    index.add(images[:60])
    noisy = images[:60] + torch.randint(-2, 3, images[:60].shape, generator=torch.Generator().manual_seed(0)) / 255
    for again in (images[:60], jpeg(images[:60], quality=60), noisy.clamp(0, 1), images[:60] * 0.9):
        distances, rows = index.nearest(again)
        assert np.mean(distances <= 8) > 0.9
        assert np.mean(rows == np.arange(60)) > 0.85
    strangers, _ = index.nearest(images[60:])
    assert np.median(strangers) > np.median(index.nearest(noisy.clamp(0, 1))[0])
