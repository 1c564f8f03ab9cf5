"""Samples of a case set, and its pixels as grey levels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from threatsim.cases.image_set import CaseSet, grey_levels, to_grid


@pytest.fixture
def cases() -> CaseSet:
    """Twenty images, those with the finding last, as an archive may have them."""
    images = to_grid(torch.rand(20, 3, 4, 4, generator=torch.Generator().manual_seed(0)))
    names = tuple(f"case {row:02d}" for row in range(20))
    return CaseSet("fundoscopy", images, np.repeat(np.array([0, 1], np.int8), 10), names, names, "an archive")


def test_a_sample_is_always_the_same_of_both_kinds_and_in_the_order_of_the_set(cases: CaseSet) -> None:
    sample = cases.sample(8)
    assert len(sample) == 8
    assert list(sample.case_ids) == sorted(set(sample.case_ids))
    assert set(sample.labels.tolist()) == {0, 1}
    assert sample.case_ids == cases.sample(8).case_ids
    assert set(sample.case_ids) < set(cases.sample(12).case_ids)


@pytest.mark.parametrize("count", [None, 20, 21])
def test_a_sample_of_no_fewer_is_the_set(cases: CaseSet, count: int | None) -> None:
    assert cases.sample(count) is cases


def test_grey_levels_are_those_that_the_grid_has(cases: CaseSet) -> None:
    levels = grey_levels(cases.images)
    assert (levels.dtype, levels.shape) == (np.uint8, (20, 3, 4, 4))
    assert torch.equal(torch.from_numpy(levels).float() / 255, cases.images)
    ramp = torch.arange(256, dtype=torch.float32) / 255
    np.testing.assert_array_equal(grey_levels(ramp), np.arange(256))
