"""Every write can fail: the disk is full, broken or read-only at the n-th write, for every n."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from threatsim.experiment.record.record import RunRecord
from threatsim.market.result import ReplicateResult

HERE = Path(__file__).parent
COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(sys.platform != "linux" or COMPILER is None, reason="needs LD_PRELOAD and a C compiler")


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "failing_writes.so"
    source = HERE / "failing_writes.c"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.parametrize(
    ("subject", "fewest"), [("file", 6), ("bank", 20), ("report", 30), ("part", 12), ("findings", 6)]
)
def test_old_or_new_and_never_half(
    subject: str, fewest: int, shim: Path, record: RunRecord, results: list[ReplicateResult], tmp_path: Path
) -> None:
    (tmp_path / "given").write_bytes(pickle.dumps((record, results)))
    folder = tmp_path / "written"
    done = subprocess.run(
        [sys.executable, HERE / "subjects.py", subject, folder, tmp_path / "given"],
        env={**os.environ, "LD_PRELOAD": str(shim), "THREATSIM_CACHE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["tried"] >= fewest  # that it failed at all
