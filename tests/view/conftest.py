"""A folder of reports: two real small ones, one interrupted, one damaged; a viewer on it, and one to try things in."""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from starlette.testclient import TestClient

from tests.experiment.small_world import scenario_data
from threatsim.view.app import application
from threatsim.view.guard import Guard, Keys
from threatsim.view.index import RunIndex
from threatsim.view.tryout.bases import Bases
from threatsim.view.tryout.routes import TryOut
from threatsim.view.tryout.runner import Runner

REFERENCE = Path("reports/reference")
PORT = 8123
PATIENCE = 120_000
"""Milliseconds that a browser is waited for, on a machine that others use."""


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


def written(data: dict[str, Any], path: Path) -> Path:
    """Write a scenario as YAML."""
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(data, text)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a viewer in a thread, with one very small scenario of the user's own."""
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    for name in ("reports", "own"):
        (tmp_path / name).mkdir()
    small = scenario_data() | {"cases": {"per_modality": 40}}
    small["tactics"]["pgd_white_box"]["steps"] = 1
    written(small, tmp_path / "own" / "small.yaml")
    known: list[str] = []
    there = threading.Event()

    def served() -> None:
        if hasattr(os, "sched_setaffinity"):  # of this thread and of what it starts: a pool of processes costs more
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        from threatsim.view.serving import serve

        serve([tmp_path / "reports"], port=0, scenarios=tmp_path / "own", ready=ready)

    def ready(where: str) -> None:
        known.append(where)
        there.set()

    threading.Thread(target=served, daemon=True).start()
    assert there.wait(120)
    return known[0]


@pytest.fixture
def phone() -> Iterator[Any]:
    """A browser of a telephone's width; skipped where Chromium or playwright is absent."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install '.[dev]')")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not found:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(viewport={"width": 375, "height": 800})
        browser.close()
