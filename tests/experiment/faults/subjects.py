"""What is written, and what must be true after any of its writes has failed; run under `failing_writes.c`.

Each subject is set up anew, its n-th write fails, once or from then on, and what lies there is held against what it was
before and what it should have become; then it is written again, without a fault, and must be right.
"""

from __future__ import annotations

import ctypes
import errno
import json
import pickle
import shutil
import sqlite3
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_bytes
from threatsim.experiment.execution import durable
from threatsim.experiment.kept import kept_file
from threatsim.experiment.record.verification import verify
from threatsim.experiment.record.writing import write_report
from threatsim.outcomes.bank.bank import OutcomeBank

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)


class Subject(ABC):
    """Something that is written below a folder."""

    def __init__(self, folder: Path, given: Path) -> None:
        self.folder = folder
        self.given = given

    @abstractmethod
    def old(self) -> None:
        """Write the old state."""

    @abstractmethod
    def new(self) -> None:
        """Write the new one over it."""

    @abstractmethod
    def state(self) -> str:
        """Return what lies there: old, new, absent (where none is believed), or what is wrong."""

    allowed: tuple[str, ...] = ("old", "new")

    def litter(self) -> list[str]:
        """Return what nobody will look at again."""
        return [path.name for path in self.folder.rglob(".*") if path.name != ".lock"]


class AFile(Subject):
    """One file (`common.files`): the way of weights, tables, comparisons, signatures and figures."""

    def old(self) -> None:
        write_bytes(self.folder / "f", b"old" * 100_000)

    def new(self) -> None:
        write_bytes(self.folder / "f", b"new" * 100_000)

    def state(self) -> str:
        data = (self.folder / "f").read_bytes()
        return {b"old" * 100_000: "old", b"new" * 100_000: "new"}.get(data, "half")


class ABank(Subject):
    """The outcome bank: no failure is the user's, and no entry is another than was put."""

    keys = tuple(number.to_bytes(24, "big") for number in range(1200))
    allowed = ("old", "new", "absent")

    def old(self) -> None:
        OutcomeBank(self.folder).put(dict.fromkeys(self.keys[:700], 0.25))

    def new(self) -> None:
        bank = OutcomeBank(self.folder)
        bank.put(dict.fromkeys(self.keys[600:], 0.5))
        found = bank.get(self.keys[600:])  # what this process knows it goes on with, whatever the disk does
        assert set(found.values()) == {0.5}
        assert len(found) == 600

    def state(self) -> str:
        found = OutcomeBank(self.folder).get(self.keys)
        first, both, last = (
            {found.get(key) for key in part} for part in (self.keys[:600], self.keys[600:700], self.keys[700:])
        )
        if not found:
            return "absent"
        if first == {0.25} and both == {0.5} and last == {0.5}:
            return "new"
        return "old" if first == both == {0.25} and last == {None} else "half"

    def litter(self) -> list[str]:
        with sqlite3.connect(self.folder / "outcomes.sqlite") as connection:
            connection.execute("PRAGMA integrity_check")
        return []


class AReport(Subject):
    """A report folder, which replaces an earlier one."""

    def __init__(self, folder: Path, given: Path) -> None:
        super().__init__(folder, given)
        self.record, self.results = pickle.loads(given.read_bytes())

    def old(self) -> None:
        self._write("old")

    def new(self) -> None:
        self._write("new")

    def _write(self, text: str) -> None:
        write_report(
            self.folder / "report",
            self.record,
            self.results,
            extra=lambda place: self._page(place / "report.html", text),
        )

    def _page(self, path: Path, text: str) -> None:
        path.write_text(text)

    def state(self) -> str:
        # Where it could neither be replaced nor put back, the user is told where it lies.
        places = [self.folder / "report", *self.folder.glob(".report.*.replaced")]
        report = next((place for place in places if place.is_dir()), None)
        if report is None:
            return "absent"
        wrong = [check.artefact for check in verify(report) if check.state == "differs"]
        return f"damaged: {wrong}" if wrong else (report / "report.html").read_text()


class APart(Subject):
    """A finished batch of replicates with its checksum."""

    allowed = ("old", "new", "absent")

    def old(self) -> None:
        durable.keep(self.folder / "part", b"old" * 100_000)

    def new(self) -> None:
        durable.keep(self.folder / "part", b"new" * 100_000)

    def state(self) -> str:
        if not durable.sound(self.folder / "part"):
            return "absent"
        return (self.folder / "part").read_bytes()[:3].decode()


class Findings(Subject):
    """Findings in the cache: no failure is the user's."""

    allowed = ("old", "new", "absent")

    def old(self) -> None:
        kept_file.save("kind", "0a", "old", {"a": np.arange(30_000)})

    def new(self) -> None:
        kept_file.save("kind", "0a", "new", {"a": np.arange(30_000)})

    def state(self) -> str:
        found = kept_file.load("kind", "0a")
        return "absent" if found is None else str(found[0])


SUBJECTS: dict[str, type[Subject]] = {
    "file": AFile,
    "bank": ABank,
    "report": AReport,
    "part": APart,
    "findings": Findings,
}


def tried(name: str, folder: Path, given: Path) -> dict[str, Any]:
    """Fail every write of a subject in turn; return how many were tried, and what was wrong after which."""
    shim = ctypes.CDLL(None)
    shim.faults_seen.restype = ctypes.c_long
    subject, wrong = SUBJECTS[name](folder, given), []

    def written(n: int, sticky: int) -> tuple[str, int]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        subject.old()
        shim.faults_arm(str(folder).encode(), ctypes.c_long(n), ERRORS[n % 3], sticky)
        told = ""
        try:
            subject.new()
        except (OSError, ThreatsimError):
            pass
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        seen = shim.faults_seen()
        shim.faults_arm(str(folder).encode(), ctypes.c_long(-1), 0, 0)
        return told, seen

    _, total = written(0, 0)
    # From then on for good: the last ones, which put things in their places, and a sample of the others.
    places = [(n, 0) for n in range(1, total + 1)]
    places += [(n, 1) for n in range(1, total + 1) if n % 5 == 1 or n > total - 4]
    for n, sticky in places:
        told, _ = written(n, sticky)
        state = subject.state()
        left = [] if sticky else subject.litter()
        subject.new()
        after = subject.state()
        if told or state not in subject.allowed or left or after != "new":
            wrong.append([n, sticky, told, state, left, after])
    return {"tried": len(places), "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(tried(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
