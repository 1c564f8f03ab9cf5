"""Evaluations in which an image's rounding does not depend on its company.

Libraries choose their kernels by the shape of a batch, so the same image can get other last bits alone than among
others, and an attack that follows them another outcome. Here shapes are chosen so that this does not happen; a network
whose products depend on the number of rows all the same is found out by a sample, and evaluated image by image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

SMALLEST = 2
"""Least images of one evaluation; a single one is evaluated by other code, which rounds otherwise."""
_AT_ONCE = 32
"""Most images of one evaluation for each thread of a CPU: what these networks keep of more does not fit its caches."""
_SAMPLED = (5, 13, _AT_ONCE)
"""Images for each thread in the evaluations that are compared with the smallest."""
_one_at_a_time: ContextVar[bool] = ContextVar("one_at_a_time", default=False)


def parts(n: int, device: torch.device) -> Iterator[tuple[int, int, int]]:
    """Evaluations that do not let an image's rounding depend on its company: (start, images, size with filling).

    On a CPU a size is a multiple of the number of threads, or a power of two where there are fewer images than
    threads; on a GPU a power of two, so that few shapes are met. See `steady_threads` for the reason, and `alone` for
    where each image is an evaluation of its own.
    """
    if n == 0:
        return
    if _one_at_a_time.get():
        yield from ((row, 1, SMALLEST) for row in range(n))
        return
    if device.type != "cpu":
        yield 0, n, max(SMALLEST, _power_of_two(n))
        return
    threads = torch.get_num_threads()
    pieces = -(-n // (_AT_ONCE * threads))
    each = -(-n // pieces)
    for start in range(0, n, each):
        count = min(each, n - start)
        grain = min(threads, _power_of_two(count))
        yield start, count, max(SMALLEST, -(-count // grain) * grain)


def _power_of_two(n: int) -> int:
    """The least that is not below n."""
    return 1 << (n - 1).bit_length()


@contextmanager
def steady_threads() -> Iterator[None]:
    """A number of threads that is a power of two, so that batches split evenly.

    Where images do not split evenly among threads, a convolution's gradient rounds differently from one batch size to
    another, and a case's outcome would depend on its company.
    """
    before = torch.get_num_threads()
    steady = 1 << (before.bit_length() - 1)
    if steady != before:
        torch.set_num_threads(steady)
    try:
        yield
    finally:
        if steady != before:
            torch.set_num_threads(before)


@contextmanager
def alone(wanted: bool) -> Iterator[None]:
    """Within, `parts` gives every image an evaluation of its own if that is wanted, or was already."""
    token = _one_at_a_time.set(wanted or _one_at_a_time.get())
    try:
        yield
    finally:
        _one_at_a_time.reset(token)


def is_batch_invariant(
    model: Callable[[torch.Tensor], torch.Tensor], image: torch.Tensor, *, gradient: bool = True
) -> bool:
    """Whether what a model makes of an image, and its gradient there, are the same in evaluations of several sizes.

    A sample, not a proof: the image is evaluated in the smallest size and in three that are larger.

    Args:
        model: (N, 3, H, W) float32 images in [0, 1] to numbers (N, ...).
        image: (1, 3, H, W) float32 on the model's device.
        gradient: whether gradients are compared too.
    """
    threads = torch.get_num_threads() if image.device.type == "cpu" else 1
    first, *others = (_rows(model, image, size, gradient) for size in (SMALLEST, *(n * threads for n in _SAMPLED)))
    return all(
        torch.equal(row, known[:1].expand_as(row)) for other in others for row, known in zip(other, first, strict=True)
    )


def _rows(
    model: Callable[[torch.Tensor], torch.Tensor], image: torch.Tensor, size: int, gradient: bool
) -> tuple[torch.Tensor, ...]:
    """The model's numbers for `size` copies of an image, as float32, and their gradients."""
    leaf = image.expand(size, -1, -1, -1).contiguous(memory_format=torch.channels_last).requires_grad_(gradient)
    with torch.set_grad_enabled(gradient):
        numbers = model(leaf)
        if not (gradient and numbers.requires_grad):
            return (numbers.float(),)
        # Weighted, so that a gradient that cancels between two logits is seen too.
        weights = torch.arange(1, numbers[0].numel() + 1, device=numbers.device).reshape(numbers.shape[1:])
        return numbers.detach().float(), torch.autograd.grad((numbers * weights).sum(), leaf)[0].float()


def out_of_memory(error: Exception) -> bool:
    """Whether torch raised this because memory has no room."""
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text or "can't allocate memory" in text
