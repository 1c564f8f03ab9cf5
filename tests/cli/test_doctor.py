"""`threatsim doctor`: what it prints, when it exits with 1, and what it says of settings, disks and late imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.cli.conftest import Command
from threatsim.common.numerics import SETTING, VARIABLE
from threatsim.experiment.doctor import checkup
from threatsim.experiment.doctor.finding import Finding
from threatsim.experiment.doctor.market_probe import EXPECTED_MARKETS, probed_markets
from threatsim.experiment.doctor.storage import storage
from threatsim.report.terminal.doctor_table import print_findings, verdict

UNSET = (
    "NPY_DISABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE", "GLIBC_TUNABLES",
    "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(VARIABLE, SETTING)


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(done.stdout)["findings"]}


def test_all_is_well_here_and_fits_on_a_screen(threatsim: Command, cache: Path) -> None:
    done = threatsim("doctor", THREATSIM_CACHE=str(cache))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "All is well."
    assert max(map(len, lines)) <= 80
    assert len(lines) < 24
    assert "OFF" not in done.stdout


def test_json_says_the_same(threatsim: Command, cache: Path) -> None:
    done = threatsim("doctor", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["verdict"] == "All is well."
    found = findings(done)
    assert set(found) >= {"processor", "numpy", "torch", "MKL", "cache", "small market", "small attacks", "company"}
    assert all(row["state"] == "ok" for row in found.values())
    assert str(cache) in found["cache"]["found"]


def test_the_expected_markets_are_those_that_come_out() -> None:
    assert probed_markets() == EXPECTED_MARKETS


def test_a_wrong_hash_is_off_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {**EXPECTED_MARKETS, "logit": "0" * 16}
    found = {one.name: one for one in checkup.check_up(markets=wrong, attacks={"PGD": "0" * 16})}
    assert found["small market"].state == found["small attacks"].state == "off"
    assert "logit" in found["small market"].found
    assert "bandit" not in found["small market"].found
    assert "FGSM, PGD" in found["small attacks"].found
    assert found["small market"].remedy
    print_findings(list(found.values()), Console(width=80))
    assert "Off: small market, small attacks." in capsys.readouterr().out


def test_a_wrong_hash_in_the_package_makes_the_command_exit_with_1(tmp_path: Path) -> None:
    program = (
        "import sys; from threatsim.experiment.doctor import market_probe; market_probe.EXPECTED_MARKETS['logit'] "
        "= 'other';sys.argv = ['threatsim', 'doctor']; from threatsim.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert "Off: small market." in done.stdout


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (
            {"NPY_DISABLE_CPU_FEATURES": "X86_V3", "OMP_NUM_THREADS": "1"},
            {"settings": ("note", "same"), "torch": ("ok", "1 thread,")},
        ),
        (
            {"NPY_DISABLE_CPU_FEATURES": "NO_SUCH", VARIABLE: "AVX512,STRICT"},
            {"settings": ("note", "NO_SUCH: no effect"), "MKL": ("note", f"unset {VARIABLE}")},
        ),
        (
            {"ATEN_CPU_CAPABILITY": "default", VARIABLE: "COMPATIBLE"},
            {"settings": ("note", "kept apart"), "MKL": ("off", f"Unset {VARIABLE}")},
        ),
    ],
)
def test_settings_of_the_environment_are_told(
    threatsim: Command, setting: dict[str, str], told: dict[str, tuple[str, str]]
) -> None:
    done = threatsim("doctor", "--json", **setting)
    found = findings(done)
    if found["MKL"]["found"].startswith("torch does not use MKL"):
        pytest.skip("torch is built without MKL here, so its modes cannot be told")
    for row, (state, message) in told.items():
        assert found[row]["state"] == state
        assert message in found[row]["found"] + found[row]["remedy"]
    assert done.returncode == (1 if "off" in {state for state, _ in told.values()} else 0)
    assert {found[name]["state"] for name in ("small market", "small attacks", "company")} == {"ok"}


def test_torch_that_was_used_before_is_told(tmp_path: Path) -> None:
    """MKL reads its mode once; what threatsim sets afterwards has no effect."""
    program = (
        "import torch; torch.ones(8, 8) @ torch.ones(8, 8)\n"
        "from threatsim.experiment.doctor.processor import mkl_mode, torch_rounding\n"
        "print(mkl_mode(), [one for one in torch_rounding() if one.name == 'MKL'][0].model_dump_json())"
    )
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    mode, _, row = done.stdout.partition(" ")
    if mode == "None":
        pytest.skip("torch is built without MKL here, so its modes cannot be told")
    found = Finding.model_validate_json(row)
    assert found.state == "off"
    assert "before threatsim" in found.found
    assert "before torch" in found.remedy


def test_a_cache_folder_that_is_a_file_is_off(threatsim: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = threatsim("doctor", THREATSIM_CACHE=str(tmp_path / "file"))
    assert done.returncode == 1
    assert "is not a folder" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_folder_that_is_read_only_is_off(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    for folder in (tmp_path, tmp_path / "new"):
        found = storage(folder)
        assert found.state == "off"
        assert "cannot be written" in found.found


@pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX's")
def test_a_disk_that_takes_nothing_more_is_off(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from threatsim.experiment.doctor.storage import storage\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); print(storage(Path(sys.argv[1])).model_dump_json())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=300, check=True
    )
    found = Finding.model_validate_json(done.stdout)
    assert found.state == "off"
    assert "cannot be written" in found.found
    assert list(tmp_path.iterdir()) == []


def test_a_disk_with_little_room_is_off_and_a_folder_yet_to_come_is_not(tmp_path: Path) -> None:
    full = storage(tmp_path, least_free=10**18)
    assert full.state == "off"
    assert "Make room" in full.remedy
    assert storage(tmp_path / "a" / "b").state == "ok"
    assert not (tmp_path / "a").exists()


def test_what_is_broken_is_a_finding_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libtorch_cpu.so: cannot open shared object file')")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"}
    done = subprocess.run(
        [sys.executable, "-m", "threatsim", "doctor", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found = findings(done)
    assert "libtorch_cpu.so: cannot open" in found["torch"]["found"]
    assert found["small market"]["state"] == "ok"


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['threatsim', 'doctor', '--help']\n"
        "from threatsim.cli.main import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'numpy', 'scipy', 'pandas', 'mesa'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_verdict_names_what_is_off() -> None:
    rows = [Finding(name="a", found="x"), Finding(name="b", found="y", state="off", remedy="z")]
    assert verdict(rows) == "Off: b."
    assert verdict(rows[:1]) == "All is well."
