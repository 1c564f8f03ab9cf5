"""Cases that are drawn once: the same pixels wherever they are fetched, and damage that is seen and mended."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from threatsim.cases.kept_cases import kept_cases, ship, shipped_sets
from threatsim.cases.pixel_files import read_pixels, record_of, write_pixels
from threatsim.cases.synthetic.generate import CHUNK, SyntheticSet, draw_cases
from threatsim.catalogue.modalities import CLAIM_CODES, IMAGE_MODALITIES
from threatsim.classifiers.production import synthetic_cases, synthetic_set
from threatsim.classifiers.store import shipped
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names

SMALL = SyntheticSet(modality="dermoscopy", split="test", seed=9, size=32)
GREY = SMALL.model_copy(update={"modality": "chest_xray"})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it; the folder for its cases."""
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cases"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with the first eight cases of two sets."""
    ship([SMALL, GREY], 8, tmp_path / "shelf")
    return tmp_path / "shelf"


@pytest.mark.parametrize("modality", IMAGE_MODALITIES)
def test_what_ships_is_what_is_drawn_here_up_to_a_grey_level_in_few_images(modality: str, cache: Path) -> None:
    wanted = synthetic_set(shipped(modality).card, "test")
    kept, drawn = kept_cases(wanted, 2 * CHUNK), draw_cases(wanted, 2 * CHUNK)
    assert not cache.exists()  # all of them ship
    assert (kept.case_ids, kept.patient_ids, kept.source) == (drawn.case_ids, drawn.patient_ids, drawn.source)
    assert kept.labels.tolist() == drawn.labels.tolist()
    apart = ((kept.images - drawn.images).abs() * 255).round()
    assert float(apart.max()) <= 1
    # Up to 27 of 400 images differ by a level between processors; a change of the drawing changes them all.
    assert float((apart.amax((1, 2, 3)) > 0).float().mean()) < 0.1
    assert kept.images.dtype == torch.float32
    assert kept.images.is_contiguous()


def test_every_scenario_of_the_library_attacks_what_ships(cache: Path) -> None:
    asked = set()
    for name in scenario_names():
        scenario = load_scenario(name).scenario
        share = float(scenario.cases.positive_share)
        for modality, section in scenario.modalities.items():
            if modality != CLAIM_CODES:  # which has no pictures
                positive = 1 - share if section.claim_for == "absence" else share
                asked.add((modality, scenario.cases.per_modality, positive))
    for modality, count, positive in sorted(asked):
        for classifier in (modality, f"{modality}_hardened"):
            synthetic_cases(shipped(classifier).card, "test", count, positive_share=positive)
    assert not cache.exists()


@pytest.mark.parametrize("wanted", [SMALL, GREY])
def test_pixels_are_those_that_are_drawn_whatever_file_they_come_from(
    wanted: SyntheticSet, shelf: Path, cache: Path
) -> None:
    drawn = draw_cases(wanted, 20)
    for count in (3, 8, 12, 20, 5, 12):  # in the shipped file; beyond it; more than is cached; less; both again
        kept = kept_cases(wanted, count, shelf=shelf)
        assert kept.fingerprints == drawn.fingerprints[:count]
        assert torch.equal(kept.images, drawn.images[:count])
        assert kept.labels.tolist() == drawn.labels[:count].tolist()
        assert kept.case_ids == drawn.case_ids[:count]
    assert len(list(cache.iterdir())) == 1
    pixels, record = read_pixels(next(cache.iterdir()))
    assert (record.first, record.count, record.channels) == (8, 12, 1 if wanted == GREY else 3)
    assert pixels.shape[1] == record.channels


def test_the_cache_is_used_the_second_time(shelf: Path, cache: Path, tmp_path: Path) -> None:
    """Pixels of another machine in the cache are believed, so that nothing here was drawn."""
    kept_cases(SMALL, 6, shelf=tmp_path / "none")
    file = next(cache.iterdir())
    ship([SMALL.model_copy(update={"seed": 10})], 6, tmp_path / "other")
    elsewhere = draw_cases(SMALL.model_copy(update={"seed": 10}), 6)
    pixels, record = read_pixels(file)
    other = (elsewhere.images * 255).round().to(torch.uint8)
    write_pixels(file, record_of(record.cases, 0, other), other)
    assert not torch.equal(other, pixels)
    assert kept_cases(SMALL, 6, shelf=tmp_path / "none").fingerprints == elsewhere.fingerprints
    # What is added to it leaves what was there as it was.
    more = kept_cases(SMALL, 9, shelf=tmp_path / "none").fingerprints
    assert more == elsewhere.fingerprints + draw_cases(SMALL, 9).fingerprints[6:]


def _flip(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 1
    path.write_bytes(data)


def _truncate(path: Path, at: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(at * len(data))])


@pytest.mark.parametrize("damage", [_flip, _truncate])
@pytest.mark.parametrize("at", [0.0, 0.02, 0.5, 0.95])
def test_a_damaged_file_is_left_out_as_a_whole_with_a_remark(
    damage: Callable[[Path, float], None], at: float, shelf: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drawn = draw_cases(SMALL, 12)
    kept_cases(SMALL, 12, shelf=shelf)
    tail = next(cache.iterdir())
    damage(tail, at)
    with caplog.at_level(logging.WARNING):
        assert kept_cases(SMALL, 12, shelf=shelf).fingerprints == drawn.fingerprints
        assert [record.getMessage().count("\n") for record in caplog.records] == [0]
        assert str(tail) in caplog.text
        caplog.clear()
        assert kept_cases(SMALL, 12, shelf=shelf).fingerprints == drawn.fingerprints
        assert not caplog.records  # the cache has mended itself
        sheet = next(shelf.glob("dermoscopy*.webp"))
        damage(sheet, at)
        assert kept_cases(SMALL, 12, shelf=shelf).fingerprints == drawn.fingerprints
        assert [str(sheet) in record.getMessage() for record in caplog.records] == [True]
    # The whole set was drawn anew, and lies apart from what follows the shipped file.
    assert sorted(read_pixels(file)[1].first for file in cache.iterdir()) == [0, 8]


@pytest.mark.parametrize("edit", ["seed", "sha256", "missing sheet", "no JSON", "no list"])
def test_a_list_that_does_not_fit_its_files_is_noticed(
    edit: str, shelf: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = shelf / "cases.json"
    records = json.loads(index.read_text())
    if edit == "seed":
        records[0]["cases"]["seed"] += 1
    elif edit == "sha256":
        records[0]["sha256"] = records[1]["sha256"]
    elif edit == "missing sheet":
        next(shelf.glob("dermoscopy*.webp")).unlink()
    index.write_text(json.dumps(records)[edit == "no JSON" :])
    if edit == "no list":
        index.unlink()
    with caplog.at_level(logging.WARNING):
        assert kept_cases(SMALL, 8, shelf=shelf).fingerprints == draw_cases(SMALL, 8).fingerprints
    assert len(caplog.records) == 1


def test_pixels_of_other_cases_are_not_taken(cache: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept_cases(SMALL, 4, shelf=tmp_path)
    file = next(cache.iterdir())
    kept_cases(SMALL.model_copy(update={"split": "train"}), 4, shelf=tmp_path)
    other = next(path for path in cache.iterdir() if path != file)
    file.write_bytes(other.read_bytes())
    with caplog.at_level(logging.WARNING):
        assert kept_cases(SMALL, 4, shelf=tmp_path).fingerprints == draw_cases(SMALL, 4).fingerprints
    assert "other cases" in caplog.text


def test_a_cache_that_cannot_be_used_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "file"))
    assert kept_cases(SMALL, 4, shelf=tmp_path).fingerprints == draw_cases(SMALL, 4).fingerprints


_FETCH = """
import sys
from pathlib import Path
from threatsim.cases.kept_cases import kept_cases
from threatsim.cases.synthetic.generate import SyntheticSet
import torch
wanted = SyntheticSet.model_validate_json(sys.argv[1])
kept = kept_cases(wanted, int(sys.argv[2]), shelf=Path(sys.argv[3]))
print(torch.backends.cpu.get_cpu_capability(), *kept.fingerprints)
"""


def _fetching(wanted: SyntheticSet, count: int, shelf: Path, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _FETCH, wanted.model_dump_json(), str(count), str(shelf)]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _fingerprints(process: subprocess.Popen[str]) -> tuple[str, ...]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert not err
    return tuple(out.split())


def test_two_processes_may_write_at_once(shelf: Path, cache: Path) -> None:
    both = [_fetching(SMALL, 200, shelf) for _ in range(2)]
    first, second = (_fingerprints(process) for process in both)
    assert first == second
    assert first[1:] == kept_cases(SMALL, 200, shelf=shelf).fingerprints
    assert len(list(cache.iterdir())) == 1  # no temporary file is left


def test_another_kind_of_processor_gets_the_same_pictures(cache: Path) -> None:
    """Without vector instructions torch draws some of these 400 otherwise."""
    wanted = synthetic_set(shipped("dermoscopy").card, "test")
    capability, *prints = _fingerprints(_fetching(wanted, 400, shipped_sets(), ATEN_CPU_CAPABILITY="default"))
    assert capability == "DEFAULT"
    assert tuple(prints) == kept_cases(wanted, 400).fingerprints
    assert not cache.exists()
