"""What it costs that EfficientNet-Lite0 rounds an image alike alone and in company (`attacks/search/steady_layers.py`).

A forward and a backward pass of the folded network, with torch's own layers, with steady ones, and with a small batch
filled up to 16 images instead, in turns in one process and on one thread; medians of CPU seconds.

    python benchmarks/steady_layers.py [--rounds 7] [--json]
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.fx.experimental.optimization import fuse

from threatsim.attacks.search.steady_layers import FEW, steadied
from threatsim.classifiers.networks.efficientnet import EfficientNetLite0

NETWORKS = {"whole, 224 pixels": (7, 224), "four stages, 64 pixels": (4, 64)}
SIZES = (1, 2, 4, 8, 16, 32)


def seconds(network: nn.Module, images: torch.Tensor) -> float:
    """Return the CPU seconds of one pass to the logits and back to the images."""
    leaf = images.contiguous(memory_format=torch.channels_last).requires_grad_()
    start = time.process_time()
    torch.autograd.grad(network(leaf).sum(), leaf)
    return time.process_time() - start


def measured(stages: int, width: int, count: int, rounds: int) -> dict[str, float]:
    """Return the times of a batch of `count` images, over those with torch's own layers."""
    torch.manual_seed(0)
    plain = fuse(copy.deepcopy(EfficientNetLite0(stages=stages).eval().requires_grad_(False)))
    plain.to(memory_format=torch.channels_last)
    steady, images = steadied(plain), torch.rand(max(count, FEW), 3, width, width)
    ways: dict[str, Callable[[], float]] = {
        "own": lambda: seconds(plain, images[:count].clone()),
        "steady": lambda: seconds(steady, images[:count].clone()),
        "filled": lambda: seconds(plain, images.clone()),
    }
    for way in ways.values():
        way()
    times = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    found = {name: statistics.median(one[name] / one["own"] for one in times) for name in ("steady", "filled")}
    return found | {"own, ms an image": 1000 * statistics.median(one["own"] for one in times) / count}


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = {
        name: {count: measured(stages, width, count, options.rounds) for count in SIZES}
        for name, (stages, width) in NETWORKS.items()
    }
    if options.json:
        print(json.dumps(table, indent=2))
        return
    for name, rows in table.items():
        for count, row in rows.items():
            print(f"{name:24} {count:3} images ", "  ".join(f"{key} {value:.2f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
