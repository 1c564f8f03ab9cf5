"""The commands on reports, through the real program: list, open, compare, verify and run again."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import threatsim as package
from tests.cli.conftest import Command
from tests.report.test_frames import undocumented


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, small_scenario: str, cache: Path) -> Path:
    """A report of a small run whose specialties do not stand in the order of the alphabet."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "mine.yaml").write_text(small_scenario)
    arguments = ["run", "mine.yaml", "--replicates", "2", "--no-patterns", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "threatsim", *arguments],
        cwd=folder,
        env={**os.environ, "THREATSIM_CACHE": str(cache)},
        check=True,
        capture_output=True,
    )
    (record,) = folder.glob("reports/*/*/record.json")
    return record.parent


@pytest.fixture
def report(made: Path, tmp_path: Path) -> Path:
    """A copy of it in the folder that the command runs in."""
    return Path(shutil.copytree(made, tmp_path / "reports" / made.parent.name / made.name))


def test_a_report_is_run_again_from_its_record_alone(threatsim: Command, report: Path) -> None:
    record = json.loads((report / "record.json").read_text())
    assert list(record["scenario"]["providers"]) != record["order"]["providers"]  # else the order is put to no test
    result = threatsim("verify", "latest", "--rerun", "--workers", "2", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    checks = {check["artefact"]: check for check in json.loads(result.stdout)}
    assert {check["state"] for check in checks.values()} == {"ok"}
    for name in ("record.json", "weekly.parquet", "providers.parquet", "claims_sample.parquet", "report.html"):
        assert checks[f"rerun: {name}"]["detail"] == "the same bytes"
    written = sorted(path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file())
    assert written == sorted(["manifest.json", *(name for name in checks if (report / name).is_file())])


def test_a_report_is_verified_with_a_verdict_and_an_exit_code(threatsim: Command, report: Path) -> None:
    whole = threatsim("verify", report.parent.name)
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.splitlines()[-1].endswith(f"{report.name}: ok, unchanged since it was written (not signed).")
    assert max(len(line) for line in whole.stdout.splitlines()[:-1]) <= 80
    (report / "notes.txt").write_text("mine")
    beside = threatsim("verify", report.parent.name, "--quiet")
    assert beside.returncode == 0
    assert beside.stdout.strip().endswith("(not signed); a file beside it is not part of it.")
    forged = {"index.html", "REPORT.HTML", "report\u200b.html", ".report.html", "brief.pdf", "sub/page.htm"}
    (report / "sub").mkdir()
    for name in forged:
        (report / name).write_text("forged")
    checks = {one["artefact"]: one["state"] for one in json.loads(threatsim("verify", str(report), "--json").stdout)}
    assert forged == {name for name, state in checks.items() if state == "differs"}
    for name in forged:
        (report / name).unlink()
    page = report / "report.html"
    page.write_text(page.read_text().replace("USD", "EUR"))
    edited = threatsim("verify", report.parent.name)
    assert edited.returncode == 1
    assert "differs  report.html" in edited.stdout
    record = (report / "record.json").read_text()
    (report / "record.json").write_text(record.replace('"title": "As it is"', '"title": "As it was"'))
    again = threatsim("verify", report.parent.name, "--rerun")
    assert again.returncode == 1
    assert "not run: the record does not agree with itself" in " ".join(again.stdout.split())
    (report / "record.json").write_text(record[:1000])
    cut = threatsim("verify", str(report))
    assert cut.returncode == 2
    assert "cut short" in cut.stderr
    assert threatsim("verify", "absent").returncode == 2


def test_no_page_where_no_chart_can_be_drawn(threatsim: Command, tmp_path: Path) -> None:
    """Within 6 GB of address space the engine that draws charts ends its process."""
    (tmp_path / "started.py").write_text(
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (6_000_000_000, resource.RLIM_INFINITY))\n"
        "from threatsim.__main__ import main; sys.argv = ['threatsim', 'run', 'insurance_upcoding']; main()\n"
    )
    result = threatsim(program=("started.py",))
    assert result.returncode == 2
    assert result.stderr.splitlines()[-2].startswith("error: no chart can be drawn")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["started.py"]


def test_reports_are_listed_and_opened(threatsim: Command, report: Path, tmp_path: Path) -> None:
    (tmp_path / "reports" / "bad").mkdir()
    (tmp_path / "reports" / "bad" / "record.json").write_text('{"record_version": 2}')
    listed = threatsim("reports")
    assert listed.returncode == 0, listed.stderr
    assert report.name in listed.stdout
    assert "reports/bad: the record is of version 2" in listed.stdout
    assert max(len(line) for line in listed.stdout.splitlines()) <= 80
    rows = json.loads(threatsim("reports", "--json").stdout)
    assert {row["run_id"] for row in rows} == {report.name, ""}
    for name in (str(report), report.parent.name, report.name[:6]):
        opened = threatsim("open", name)  # no terminal here, so the path is printed
        assert opened.stdout.strip() == str((report / "report.html").relative_to(tmp_path)) or name == str(report)
    (report / "report.html").unlink()
    refused = threatsim("open", str(report))
    assert refused.returncode == 2
    assert "has no page" in refused.stderr


def test_a_comparison_is_also_a_page_and_a_file(threatsim: Command, report: Path, tmp_path: Path) -> None:
    name = report.parent.name
    arguments = ("compare", f"{name}:baseline", f"{name}:hash_at_capture", "latest:audits_doubled")
    result = threatsim(*arguments, "--html", "out/page.html", "--csv", "table.csv", "--detect", "0.1")
    assert result.returncode == 0, result.stderr
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    assert "<!doctype html>" in (tmp_path / "out" / "page.html").read_text()
    with (tmp_path / "table.csv").open(newline="") as file:
        assert {row["arm"] for row in csv.DictReader(file)} == {"hash_at_capture", "audits_doubled"}
    wide = threatsim(*arguments, "--details", columns=120)
    assert "no difference" in wide.stdout
    assert max(len(line) for line in wide.stdout.splitlines()) <= 120
    for wrong, message in (
        (("compare", name), "2 to 26"),
        (("compare", name, f"{name}:hash_at_captur"), "hash_at_capture"),
        ((*arguments, "--csv", "table.csv/x.csv"), "cannot be written"),
    ):
        refused = threatsim(*wrong)
        assert refused.returncode == 2
        assert message in refused.stderr
        assert "Traceback" not in refused.stderr


def test_every_column_of_a_report_of_today_is_documented(report: Path) -> None:
    assert undocumented(package.load(report)) == {}


CLOSED = """
import socket
from pathlib import Path

LOG = Path(__file__).with_name("asked.txt")


def refuse(self, address, *rest):
    if self.family != getattr(socket, "AF_UNIX", None):
        LOG.open("a").write(f"{address}")
        raise OSError("the network is closed")
    return real(self, address, *rest)


def no_name(host, *rest, **more):
    LOG.open("a").write(f"{host}")
    raise socket.gaierror("the network is closed")


class Closed(socket.socket):
    connect = connect_ex = sendto = refuse


real = socket.socket.connect
socket.socket = Closed
socket.getaddrinfo = socket.gethostbyname = no_name
"""


def test_a_run_needs_no_network(made: Path, tmp_path: Path, threatsim: Command, small_scenario: str) -> None:
    """With every way to another host closed, more workers than work, and a locale without letters."""
    del made  # has put the attacks into the cache
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "sitecustomize.py").write_text(CLOSED)
    (tmp_path / "s.yaml").write_text(small_scenario)
    environment = {"PYTHONPATH": str(closed), "LC_ALL": "C"}
    done = threatsim("run", "s.yaml", "--replicates", "2", "--workers", "64", "--no-patterns", "--json", **environment)
    assert done.returncode == 0, done.stderr
    assert threatsim("verify", json.loads(done.stdout)["report"], **environment).returncode == 0
    assert not (closed / "asked.txt").exists()
