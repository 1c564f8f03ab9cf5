"""Evaluations in which an image's rounding does not depend on its company.

Libraries choose their kernels by the shape of a batch, so the same image can get other last bits alone than among
others, and an attack that follows them another outcome. `steady_layers` sees to the layers that are known for it, and
here shapes are chosen so that it does not happen; a network whose sums depend on the number of images all the same is
found out by a sample, and evaluated image by image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from threatsim.attacks.search.steady_layers import FEW

SMALLEST = 2
"""Least images of one evaluation; a single one is evaluated by other code, which rounds otherwise."""
_AT_ONCE = 32
"""Most images of one evaluation for each thread of a CPU: what these networks keep of more does not fit its caches."""
_PIXELS_AT_ONCE = 4 * 224 * 224
"""Most pixels of such an evaluation, for the same reason: four images of 224 pixels, which take a sixth less time each
than twenty at once (EfficientNet-Lite0, 2 MiB of cache a core)."""
_SAMPLED = (3, 5, 13, _AT_ONCE)
"""How many times as many rows, for each thread, the products have that are compared with those of the smallest."""
_WITH_REMAINDER = 19
"""Rows of a product that no kernel takes in equal blocks: some sum those that are left over otherwise."""
_SAMPLED_IMAGES = 8
"""How many times as many images, for each thread, the convolutions have that are compared: 16, where oneDNN changes."""
_one_at_a_time: ContextVar[bool] = ContextVar("one_at_a_time", default=False)


def parts(n: int, device: torch.device, pixels: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield evaluations in which no image's rounding depends on its company: (start, images, size with filling).

    On a CPU a size is a multiple of the number of threads, or a power of two where there are fewer images than
    threads; on a GPU a power of two, so that few shapes are met. See `steady_threads` for the reason, and `alone` for
    where each image is an evaluation of its own.

    Args:
        n: number of images.
        device: where they are evaluated.
        pixels: width times height of an image; of a CPU's evaluation there are fewer the larger they are.
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
    at_once = max(SMALLEST, min(_AT_ONCE, _PIXELS_AT_ONCE // max(pixels, 1)))
    pieces = -(-n // (at_once * threads))
    each = -(-n // pieces)
    for start in range(0, n, each):
        count = min(each, n - start)
        grain = min(threads, _power_of_two(count))
        yield start, count, max(SMALLEST, -(-count // grain) * grain)


def _power_of_two(n: int) -> int:
    """Return the least that is not below n."""
    return 1 << (n - 1).bit_length()


@contextmanager
def steady_threads() -> Iterator[None]:
    """Run with a number of threads that is a power of two, so that batches split evenly.

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
    """Let `parts` give every image an evaluation of its own if that is wanted, or was already."""
    token = _one_at_a_time.set(wanted or _one_at_a_time.get())
    try:
        yield
    finally:
        _one_at_a_time.reset(token)


def is_batch_invariant(model: Callable[[torch.Tensor], torch.Tensor], image: torch.Tensor) -> bool:
    """Find out whether the sums of a model, and of its gradient, round an image alike whatever the number of images.

    What is sampled is this: the matrix products and, on a processor, the convolutions that one evaluation makes,
    repeated with more images. Numbers are compared as float32, which is what is kept of them.

    Args:
        model: (N, 3, H, W) float32 images in [0, 1] to numbers (N, ...).
        image: (1, 3, H, W) float32 on the model's device.
    """
    leaf = image.expand(SMALLEST, -1, -1, -1).contiguous(memory_format=torch.channels_last).requires_grad_()
    with torch.enable_grad(), _Sums() as sums:
        numbers = model(leaf)
        if numbers.requires_grad:
            # Unequal weights, as a loss has them: a product with ones is exact, and would show no difference.
            weights = torch.linspace(0.1, 0.7, numbers[0].numel(), device=image.device)
            torch.autograd.grad((numbers.reshape(SMALLEST, -1) * weights).sum(), leaf)
    on_processor = image.device.type == "cpu"
    threads = torch.get_num_threads() if on_processor else 1
    sizes = [size * threads for size in _SAMPLED]
    return all(_rounds_rows_alike(left, right, sizes) for left, right in sums.products) and (
        not on_processor or all(one.rounds_alike(_SAMPLED_IMAGES * threads) for one in sums.convolutions.values())
    )


@dataclass(frozen=True)
class _Convolution:
    """A convolution, or the gradient of one, that an evaluation made."""

    function: Any
    args: tuple[Any, ...]

    def rounds_alike(self, times: int) -> bool:
        """Return whether the images come out alike in a batch of so many times as many."""
        more = (torch.cat([one] * times) if place < self._batches else one for place, one in enumerate(self.args))
        return _same(self._result(more)[: len(self.args[0])], self._result(self.args))

    @property
    def _batches(self) -> int:
        """How many of its first arguments are batches of images."""
        return 1 if self.function is _aten.convolution.default else 2

    def _result(self, args: Iterable[Any]) -> torch.Tensor:
        found = self.function(*args)
        image: torch.Tensor = found if isinstance(found, torch.Tensor) else found[0]
        return image


class _Sums(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the sums that are made while it is on.

    Attributes:
        products: the factors of every matrix product, (R, K) and (K, C), or batches of such.
        convolutions: one of every shape.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.products: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.convolutions: dict[str, _Convolution] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Tell torch's compiler, which takes a second to import, that nothing is compiled here."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out an operation, and note it if it is such a sum."""
        if func in _PRODUCTS:
            self.products.append(args[-2:])
        elif func in _CONVOLUTIONS and args[0].ndim == 4 and not kwargs:
            shape = [(one.shape, one.dtype) if isinstance(one, torch.Tensor) else one for one in args]
            self.convolutions.setdefault(f"{func} {shape}", _Convolution(func, args))
        return func(*args, **(kwargs or {}))


_aten = torch.ops.aten
_PRODUCTS = {_aten.mm.default, _aten.addmm.default, _aten.bmm.default, _aten.baddbmm.default}
_CONVOLUTIONS = {_aten.convolution.default, _aten.convolution_backward.default}


def _rounds_rows_alike(left: torch.Tensor, right: torch.Tensor, sizes: Iterable[int]) -> bool:
    """Return whether the rows of a product of few images come out alike where there are many times as many.

    Images may be rows, in a product of two matrices, or pairs of matrices, in a batch of products. Rows can also differ
    by their place: MKL's SSE4 code gives a row at an odd place other last bits than the same row before it.
    """
    known = left @ right
    if left.ndim == 2 and len(left) <= FEW:
        for count in (len(left), _WITH_REMAINDER):
            if not _same(left[:1].repeat(count, 1) @ right, known[:1]):
                return False
    for size in sizes:
        if left.ndim == 2 or left.shape[1] == SMALLEST:
            rows = left.repeat(*(1,) * (left.ndim - 2), size, 1) @ right
            alike = _same(rows.reshape(*rows.shape[:-2], size, *known.shape[-2:]), known.unsqueeze(-3))
        else:
            batches = left.repeat(size, 1, 1) @ right.repeat(size, 1, 1)
            alike = _same(batches.reshape(size, *known.shape), known)
        if not alike:
            return False
    return True


def _same(found: torch.Tensor, known: torch.Tensor) -> bool:
    return bool((found.float() == known.float()).all())


def out_of_memory(error: Exception) -> bool:
    """Return whether torch raised this because memory has no room."""
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text or "can't allocate memory" in text
