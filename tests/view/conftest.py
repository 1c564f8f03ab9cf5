"""A folder of reports: two real small ones, one interrupted, one damaged; and the viewer on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from threatsim.view.app import application
from threatsim.view.guard import Guard, Keys
from threatsim.view.index import RunIndex
from threatsim.view.tryout.bases import Bases
from threatsim.view.tryout.routes import TryOut
from threatsim.view.tryout.runner import Runner

REFERENCE = Path("reports/reference")
PORT = 8123


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "reports"
    for name in ("trial_endpoint", "ophthalmology_insurer_denial"):
        (home / name / "aaaa00000001").mkdir(parents=True)
        shutil.copy(REFERENCE / name / "record.json", home / name / "aaaa00000001")
    (home / "trial_endpoint" / "aaaa00000001" / "report.html").write_text("<p>its own page</p>", encoding="utf-8")
    (home / "broken" / "bbbb00000002").mkdir(parents=True)
    (home / "broken" / "bbbb00000002" / "record.json").write_text("{", encoding="utf-8")
    (home / "stopped" / ".cccc00000003.replicates").mkdir(parents=True)
    left = home / "stopped" / ".cccc00000003.replicates" / "baseline-00000.replicate"
    left.touch()
    os.utime(left, (0, 0))
    return home


@pytest.fixture
def index(home: Path, tmp_path: Path) -> RunIndex:
    return RunIndex([home], tmp_path / "rows.json")


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def client(index: RunIndex, keys: Keys) -> Iterator[TestClient]:
    tryout = TryOut(Bases(), Runner(index.folders[0]), index)
    app = Guard(application(index, keys, tryout), keys, ["127.0.0.1", "localhost"], PORT)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False) as made:
        yield made
