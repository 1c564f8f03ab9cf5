"""A part of a table of rows, by what the rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic

from threatsim.catalogue.row import R, Registry


class Part(Mapping[str, R], Generic[R]):
    """Those rows of a table that meet a condition, by name; a plug-in's is loaded when its name is asked for.

    Args:
        registry: the table.
        meets: whether a row belongs to the part.
    """

    def __init__(self, registry: Registry[R], meets: Callable[[R], bool]) -> None:
        self._registry, self._meets = registry, meets

    def __getitem__(self, name: str) -> R:
        row = self._registry[name]
        if not self._meets(row):
            raise KeyError(name)
        return row

    def __iter__(self) -> Iterator[str]:
        return (name for name, row in self._registry.items() if self._meets(row))

    def __len__(self) -> int:
        return sum(1 for _ in self)
