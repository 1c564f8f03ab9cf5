"""The outcome bank: scores of attacked images, kept on disk under the hash of all that they depend on.

One SQLite file: two processes may write at once, an entry is either wholly there or absent, and every entry carries a
checksum, so that a damaged one is recomputed rather than believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_SCHEMA = "CREATE TABLE IF NOT EXISTS outcomes (key BLOB PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL)"
_MANY = 500  # keys in one query
PATIENCE = 60.0
"""Seconds to wait for another process that is writing."""


def _checksum(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(key + value, digest_size=8).digest()


class OutcomeBank:
    """Scores by key, in memory and, where the folder can be written, on disk.

    Args:
        folder: where `outcomes.sqlite` lies; None keeps everything in memory only.

    Attributes:
        remark: what the user should know about the bank's state on disk, or an empty string.
    """

    def __init__(self, folder: Path | None) -> None:
        self.remark = ""
        self._memory: dict[bytes, float] = {}
        self._path = folder / "outcomes.sqlite" if folder else None
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and not self._path.is_file():
                self._do_without("it is a pipe, a device or a folder")
                return
            self._create()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                self._do_without(str(error))
            else:
                self._set_aside()
        except OSError as error:
            self._do_without(error.strerror or str(error))

    def get(self, keys: Sequence[bytes]) -> dict[bytes, float]:
        """Look up the scores that are known, by key; damaged entries count as unknown."""
        found = {key: self._memory[key] for key in keys if key in self._memory}
        missing = [key for key in keys if key not in found]
        if self._path is not None and missing:
            try:
                rows = self._read(missing)
            except sqlite3.OperationalError as error:  # busy, or read-only: nothing is damaged
                self._do_without(str(error))
                rows = []
            except sqlite3.DatabaseError:
                self._set_aside()
                rows = []
            for key, value, checksum in rows:
                # What is damaged may be of another type.
                whole = isinstance(key, bytes) and isinstance(value, bytes) and len(value) == 4
                if whole and checksum == _checksum(key, value):
                    found[key] = self._memory[key] = struct.unpack("<f", value)[0]
        return found

    def put(self, scores: Mapping[bytes, float]) -> None:
        """Keep scores. A key that another process has written meanwhile is overwritten with the same value."""
        self._memory.update(scores)
        if self._path is None:
            return
        values = [(key, struct.pack("<f", score)) for key, score in scores.items()]
        rows = [(key, value, _checksum(key, value)) for key, value in values]
        try:
            with self._connection() as connection:
                connection.executemany("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", rows)
        except sqlite3.OperationalError as error:
            self._do_without(str(error))
        except sqlite3.DatabaseError:
            self._set_aside()

    def lay_in(self, scores: Mapping[bytes, float]) -> None:
        """Take scores that lie elsewhere on disk: they are known from now on, and not written.

        Args:
            scores: key -> score.
        """
        self._memory.update(scores)

    def _read(self, keys: Sequence[bytes]) -> list[tuple[Any, Any, Any]]:
        rows: list[tuple[Any, Any, Any]] = []
        with self._connection() as connection:
            for start in range(0, len(keys), _MANY):
                part = keys[start : start + _MANY]
                marks = ",".join("?" * len(part))
                rows += connection.execute(
                    f"SELECT key, value, checksum FROM outcomes WHERE key IN ({marks})", part
                ).fetchall()
        return rows

    def _create(self) -> None:
        with self._connection() as connection:
            connection.execute(_SCHEMA)
            connection.execute("SELECT count(*) FROM (SELECT 1 FROM outcomes LIMIT 1)").fetchone()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        assert self._path is not None
        connection = sqlite3.connect(self._path, timeout=PATIENCE)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _set_aside(self) -> None:
        """Keep a damaged file for whoever wants to look at it, and start a new one."""
        assert self._path is not None
        aside = self._path.with_suffix(f".damaged-{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.replace(aside)
        self.remark = f"The outcome bank was damaged; it was set aside as {aside} and its attacks run again."
        try:
            self._create()
        except sqlite3.DatabaseError as error:
            self._do_without(str(error))

    def _do_without(self, reason: str) -> None:
        self.remark = f"The outcome bank at {self._path} cannot be used ({reason}); attacks will run again next time."
        self._path = None
