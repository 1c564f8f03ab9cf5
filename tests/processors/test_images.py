"""Shipped pictures are the same files everywhere, and a case's outcome is its own on any processor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processors.conftest import Took
from tests.processors.settings import SETTINGS, TORCH_SSE, Report, differing, report_of
from threatsim.catalogue.modalities import IMAGE_MODALITIES
from threatsim.outcomes.attack_probe import EXPECTED_ATTACKS

Images = Callable[[dict[str, str]], Report]
OF_IMAGES = {"torch held to SSE4": TORCH_SSE, "all of these": SETTINGS["all of these"]}
"""The latter holds torch to AVX2."""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    def look(environment: dict[str, str]) -> Report:
        cache: Path = tmp_path_factory.mktemp("cache")
        return report_of("images_child", {**environment, "THREATSIM_CACHE": str(cache)})

    return look


@pytest.fixture(scope="module")
def here(images: Images) -> Report:
    return images({})


def test_every_modality_is_compared(here: Report) -> None:
    assert {name.split(".")[1] for name in here.values if name.startswith("cases.")} == set(IMAGE_MODALITIES)


def test_the_small_attacks_are_as_expected_and_company_changes_nothing(here: Report) -> None:
    found = {name.removeprefix("attacks."): value for name, value in here.values.items() if name.startswith("attacks.")}
    assert found == EXPECTED_ATTACKS
    assert here.values["company"] == ""


@pytest.mark.parametrize("name", OF_IMAGES)
def test_cases_and_small_attacks_are_the_same(here: Report, images: Images, took_hold: Took, name: str) -> None:
    there = images(dict(OF_IMAGES[name]))
    took_hold(there, dict(OF_IMAGES[name]))
    different = differing(here.values, there.values)
    assert not different, f"{len(different)} of {len(here.values)} differ, here | there:\n" + "\n".join(different[:40])
