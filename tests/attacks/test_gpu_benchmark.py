"""The benchmark of a GPU, run small on a processor: that its parts run, and that what it counts is what is there."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn


@pytest.fixture(scope="module")
def gpu() -> ModuleType:
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        import gpu as found
    finally:
        sys.path.pop(0)
    return found


def test_operations_are_those_of_the_layers(gpu: ModuleType) -> None:
    grouped = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1, groups=6))
    model = nn.Sequential(*grouped, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2))
    by_hand = 2 * 8 * 8 * (3 * 6 * 9 + 6 * 9) + 2 * 6 * 2
    assert sys.modules[gpu.matrix_rates.__module__].operations(model, 8, torch.device("cpu")) == by_hand


def test_parts_run_on_a_processor(gpu: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "SMALL", replace(gpu.SMALL, victims=(), trained=16))
    out = tmp_path / "gpu.json"
    parts = ["training", "million"]
    gpu.main(["--small", "--device", "cpu", "--parts", *parts, "--out", str(out)])
    found = json.loads(out.read_text())
    assert found["machine"]["device"] == "cpu"
    assert found["machine"]["versions"]["torch"] == torch.__version__
    assert set(parts) < set(found)
    assert found["left_out_for_time"] == []
    rates = found["matrix_rate"]
    assert rates["float32_operations_a_second"] > 0
    (resnet,) = found["training"]
    assert resnet["pictures_a_pass"] == 16
    assert 0 < resnet["share_of_matrix_rate"] < 2
    million = found["million"]
    assert million["extrapolated_seconds_for_a_million"] == pytest.approx(
        million["measured_seconds"] / million["measured_pictures"] * 1e6
    )


def test_a_part_that_would_begin_too_late_is_named(gpu: ModuleType) -> None:
    bench = gpu.Benchmark(torch.device("cpu"), None, gpu.SMALL)
    found = gpu.run(bench, ("matrix_rate", "bank"), 0, lambda line: None)
    assert found["left_out_for_time"] == ["matrix_rate", "bank"]
