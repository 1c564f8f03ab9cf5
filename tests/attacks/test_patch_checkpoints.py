"""A patch whose training was killed goes on to the bits of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.attacks.conftest import CPU, cases_of, small_network
from threatsim.attacks.families.patch import train_patch
from threatsim.attacks.patch_checkpoints import STEPS_APART, PatchCheckpoints
from threatsim.attacks.search.target import Target
from threatsim.classifiers.card import PatchRecipe
from threatsim.classifiers.checkpoints import Checkpoints

RECIPE = PatchRecipe(steps=STEPS_APART + 20, lens_steps=5, batch_size=2)
KILLED_AT = STEPS_APART + 10
ROOT = Path(__file__).parents[2]


def trained(
    kept_in: Path | None, *, until: int | None = None, kill: int | None = None
) -> tuple[torch.Tensor, list[tuple[int, float]]]:
    """Train a patch, and say what was told of its steps; `until` one of them, or send the process a signal there."""
    told: list[tuple[int, float]] = []

    def on_step(step: int, score: float) -> None:
        told.append((step, score))
        if step == until:
            raise KeyboardInterrupt
        if kill is not None and step == KILLED_AT:
            os.kill(os.getpid(), kill)

    target = Target(small_network(1), CPU)
    patch = train_patch(target, cases_of(8), towards=1, recipe=RECIPE, seed=0, on_step=on_step, kept_in=kept_in)
    return patch, told


def test_a_killed_patch_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    kept = tmp_path / "kept.safetensors"
    call = f"trained(Path({str(kept)!r}), kill={int(signal.SIGKILL)})"
    program = f"from pathlib import Path; from {__name__} import trained; {call}"
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    left = kept.read_bytes()
    whole, of_whole = trained(None)
    with pytest.raises(KeyboardInterrupt):  # before it is due again
        trained(kept, until=STEPS_APART + 1)
    assert kept.read_bytes() == left
    resumed, of_resumed = trained(kept)
    assert torch.equal(resumed, whole)
    assert of_resumed == of_whole
    finished = kept.read_bytes()
    assert torch.equal(trained(kept)[0], whole)  # nothing is left to do
    assert kept.read_bytes() == finished
    kept.write_bytes(left[: len(left) // 2])  # a damaged file is as none
    assert torch.equal(trained(kept)[0], whole)


def test_every_patch_has_a_checkpoint_of_its_own(tmp_path: Path) -> None:
    cases, grey = cases_of(8), torch.full((3, 16, 16), 0.5)
    kept = PatchCheckpoints(Checkpoints(tmp_path), cases, CPU)
    names = {
        kept.of(network, of, recipe, towards=towards, place=place, seed=seed, start=start)
        for network, of, recipe, towards, place, seed, start in (
            ("victim", cases, RECIPE, 0, "random", 0, None),
            ("surrogate", cases, RECIPE, 0, "random", 0, None),
            ("victim", cases.subset([0, 1, 2]), RECIPE, 0, "random", 0, None),
            ("victim", cases, RECIPE.model_copy(update={"batch_size": 3}), 0, "random", 0, None),
            ("victim", cases, RECIPE, 1, "random", 0, None),
            ("victim", cases, RECIPE, 0, "lens", 0, None),
            ("victim", cases, RECIPE, 0, "random", 1, None),
            ("victim", cases, RECIPE, 0, "random", 0, grey),
            ("victim", cases, RECIPE, 0, "random", 0, grey + 0.1),
        )
    }
    assert len(names) == 9
    lighter = PatchCheckpoints(Checkpoints(tmp_path), cases_of(8, seed=1), CPU)
    assert lighter.of("victim", cases, RECIPE, towards=0, place="random", seed=0, start=None) not in names
