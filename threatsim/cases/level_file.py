"""Pictures of an archive that would fill the memory: a file of grey levels in the cache, read picture by picture."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text

_DEAD_AFTER = 1800
"""Seconds without a write after which an unfinished file is a killed writer's."""


class LevelRecord(BaseModel):
    """What a file of grey levels holds, beside it as JSON; written last, so that a file without it is unfinished."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1, description="Width and height of each picture (pixels).")
    channels: tuple[int, ...] = Field(description="Channels of each picture: 3, or 1 where they are the same.")
    checksums: tuple[int, ...] = Field(description="CRC-32 of each picture's bytes.")
    fingerprint: str = Field(description="Hash of all pixels, names, labels and splits.")
    padded: float = Field(
        description="Share of the pictures that came square which have black bars at two opposite sides."
    )
    oblong: int = Field(description="Pictures whose files were no squares.")


class LevelFile:
    """The pictures of a file, each (C, H, W) uint8, read one by one and held against its checksum.

    They are read and not mapped: pages of a mapped file count as the process's memory until others want it.
    """

    def __init__(self, path: Path, record: LevelRecord) -> None:
        self._path, self._record = path, record

    def __len__(self) -> int:
        return len(self._record.channels)

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        """Return one picture.

        Raises:
            ThreatsimError: the file is gone, or is not what was written.
        """
        size, channels = self._record.size, self._record.channels[number]
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(int(self._offsets[number]))
                data = file.read(channels * size * size)
        except OSError as error:
            raise ThreatsimError(f"kept pictures cannot be read: {error.strerror}", location=str(self._path)) from error
        if zlib.crc32(data) != self._record.checksums[number]:
            raise ThreatsimError(
                "the kept pictures are damaged", location=str(self._path), hint="Delete the file; it is made again."
            )
        return np.frombuffer(data, np.uint8).reshape(channels, size, size)

    @functools.cached_property
    def _offsets(self) -> NDArray[np.int64]:
        lengths = np.array(self._record.channels, np.int64) * self._record.size**2
        return np.cumsum(lengths) - lengths


def read_levels(path: Path) -> tuple[LevelFile, LevelRecord] | None:
    """Open a file of grey levels; None if there is none, it is unfinished, or it is of another length."""
    try:
        record = LevelRecord.model_validate_json(_record_of(path).read_bytes())
        whole = path.stat().st_size == sum(record.channels) * record.size**2
    except (OSError, ValidationError):
        return None
    return (LevelFile(path, record), record) if whole else None


class LevelWriter:
    """Writes a file of grey levels into a temporary sibling, which takes its place when all is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.channels: list[int] = []
        self.checksums: list[int] = []

    def write(self, pictures: Iterable[NDArray[np.uint8]]) -> None:
        """Write pictures (C, H, W), one after the other; nothing stays if the work is broken off.

        Raises:
            ThreatsimError: there is no room, or the folder cannot be written to.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._remove_left_overs()
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                for picture in pictures:
                    data = picture.tobytes()
                    try:
                        file.write(data)
                    except OSError as error:
                        raise _unwritten(self._path, error) from error
                    self.channels.append(len(picture))
                    self.checksums.append(zlib.crc32(data))
            Path(name).replace(self._path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise

    def _remove_left_overs(self) -> None:
        """Remove what killed writers of this file have left; one that lives has written within the last minutes."""
        for left in self._path.parent.glob(f".{self._path.name}.*"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _DEAD_AFTER:
                    left.unlink()

    def finish(self, record: LevelRecord) -> None:
        """Write the record beside the file."""
        write_text(_record_of(self._path), record.model_dump_json() + "\n")


def _unwritten(path: Path, error: OSError) -> ThreatsimError:
    return ThreatsimError(
        f"the archive's pictures cannot be kept: {error.strerror}",
        location=str(path),
        hint="Pictures that would fill the memory are kept in the cache folder; THREATSIM_CACHE names another one.",
    )


def _record_of(path: Path) -> Path:
    return path.with_suffix(".json")
