"""What findings depend on beside what a user writes: code, libraries, plug-ins, weights, and how the processor rounds.

Nothing heavy is imported for it. It tells more apart than results do: what is told apart is only computed again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from threatsim.catalogue.plugin_list import FOLDERS, REGISTRIES
from threatsim.catalogue.plugins import CLASSIFIERS, folders, offers
from threatsim.catalogue.row import Row
from threatsim.common.cache import cache_folder
from threatsim.common.library import library_folder
from threatsim.common.trust import source_of
from threatsim.experiment.record.fingerprint import versions

_ROUNDING: Final = ("MKL_", "ATEN_", "ONEDNN_", "DNNL_", "OPENBLAS_", "NPY_", "TORCH", "PYTORCH", "CUBLAS_")
"""How variables begin by which a user chooses the kernels of a library, and so how it rounds."""
_PROCESSOR: Final = ("vendor_id", "cpu family", "model", "model name", "flags", "Features", "CPU part")
"""Fields of Linux's /proc/cpuinfo that tell kinds of processors from each other."""


def code() -> dict[str, Any]:
    """Return versions of threatsim's own source, of the libraries and plug-ins, and what the processor is."""
    groups = [table.group for table in REGISTRIES] + list(FOLDERS)
    return {
        "versions": versions(),
        "plugins": [
            [group, offer.name, offer.package, offer.version, offer.source]
            for group in groups
            for offer in offers(group)
        ],
        "processor": _processor(),
        "variables": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith(_ROUNDING) and not name.endswith("_THREADS")
        },
    }


def rows(named: Iterable[Row]) -> list[Any]:
    """Return the rows of things that a scenario names, with the source or version of code that is not threatsim's."""
    return [
        [
            _in_order(row.model_dump()),
            *(
                [hashlib.sha256(source_of(module)).hexdigest()]
                if (module := row.implementation.partition(":")[0]) and not module.startswith("threatsim.")
                else []
            ),
            _version(getattr(row, "library", "")),
        ]
        for row in named
    ]


def weights(*, surrogates: bool) -> str:
    """Return a hash of all classifiers that come with threatsim or its plug-ins: cards, weights and what is measured.

    Args:
        surrogates: whether those in the cache, trained on this machine, count as well.
    """
    places = [library_folder("classifiers"), *(folder for _, folder in folders(CLASSIFIERS))]
    if surrogates:
        places += [cache_folder() / name for name in ("surrogates", "pretrained", "imagenet")]
    digest = hashlib.blake2b()
    for file in _files(places):
        data = file.read_bytes()
        digest.update(f"{file}\n{len(data)}\n".encode() + data)
    return digest.hexdigest()


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(file for file in place.rglob("*") if file.is_file() and file.suffix != ".pyc")


def _in_order(value: Any) -> Any:
    """Return what a row says as plain data; a set's order is another in every process."""
    if isinstance(value, dict):
        return {str(key): _in_order(part) for key, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(_in_order, value), key=str)
    return [_in_order(part) for part in value] if isinstance(value, (list, tuple)) else value


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package) if package else ""
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _processor() -> list[str]:
    found = np.show_config(mode="dicts") or {}
    told = [platform.system(), platform.machine(), platform.processor(), str(found.get("SIMD Extensions"))]
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return told
    return told + [line for line in first.splitlines() if line.partition("\t")[0].strip() in _PROCESSOR]
