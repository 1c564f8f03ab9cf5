"""What a user waits for: the demo with an empty and with a full outcome bank, and the light commands.

    python benchmarks/demo.py [--json]

Each command runs as a process of its own. CPU seconds and peak memory are those of the process and its workers.
Absolute times depend on the machine; the ratio of the demo with an empty bank to that with a full one does less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def measure(name: str, words: list[str], *, cache: Path, folder: Path) -> dict[str, Any]:
    """Run `threatsim` with these words and say what it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "threatsim", *words],
        cwd=folder,
        env={**os.environ, "THREATSIM_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "command": name,
        "wall_seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mib": round(peak / 1024) if peak else None,
    }


def median(name: str, words: list[str], *, cache: Path, folder: Path, repeats: int = 7) -> dict[str, Any]:
    """Return the run of median CPU time: a command this short is at the mercy of its neighbours."""
    rows = [measure(name, words, cache=cache, folder=folder) for _ in range(repeats)]
    return sorted(rows, key=lambda row: row["cpu_seconds"])[repeats // 2]


def _resident(root: int) -> int:
    """Resident memory of a process and its descendants (KiB); 0 where /proc is absent."""
    total = 0
    try:
        total += _field(root, "VmRSS:")
        for child in Path(f"/proc/{root}/task/{root}/children").read_text().split():
            total += _resident(int(child))
    except OSError:
        pass
    return total


def _field(process: int, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place), Path(place) / "cache"
        run = ["run", "insurance_upcoding"]
        rows = [
            median("threatsim --help", ["--help"], cache=cache, folder=folder),
            median("threatsim validate", ["validate", "insurance_upcoding"], cache=cache, folder=folder),
            measure("demo, empty bank", run, cache=cache, folder=folder),
            measure("demo, full bank", run, cache=cache, folder=folder),
        ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("command", "wall s", "CPU s", "peak MiB", box=None)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
