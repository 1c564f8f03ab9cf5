"""Signatures under reports: minisign's program is the oracle where it is there; a forged one is not believed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.manifest import MANIFEST_NAME, SIGNATURE_NAME, write_manifest
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.verification import verify
from threatsim.experiment.record.writing import write_report
from threatsim.experiment.signing.key_files import make_key, needs_password, public_key, read_secret_key
from threatsim.experiment.signing.minisign import FormatError, read_signature, signed
from threatsim.experiment.signing.signed_report import sign_report, signature_check
from threatsim.market.result import ReplicateResult

pytest.importorskip("cryptography")
MINISIGN = shutil.which("minisign")


@pytest.fixture
def report(tmp_path: Path, record: RunRecord, results: list[ReplicateResult]) -> Path:
    return write_report(tmp_path / "report", record, results)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "me.key", "")
    return tmp_path / "me.key"


def threatsim(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "threatsim", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def test_a_signed_report_is_verified_and_another_is_not(report: Path, key: Path) -> None:
    public = key.with_suffix(".pub")
    unsigned = threatsim("verify", str(report), "--key", str(public))
    assert unsigned.returncode == 1
    assert "there is none" in " ".join(unsigned.stdout.split())
    assert threatsim("sign", str(report), "--key", str(key)).returncode == 0
    line = public.read_text().splitlines()[1]
    assert public_key(line) == public_key(str(public))
    found = threatsim("verify", str(report), "--key", str(public))
    assert found.returncode == 0, found.stdout
    assert f"signed by key ID {public_key(line).name}" in found.stdout.replace("\n", "")
    unasked = signature_check(report, None)
    assert unasked is not None
    assert (unasked.state, "not checked" in unasked.detail) == ("note", True)
    with pytest.raises(ThreatsimError, match="not in minisign's format") as told:
        public_key(str(key))
    assert "secret key" in str(told.value)


def test_a_report_forged_with_its_list_is_not_the_signed_one(report: Path, key: Path) -> None:
    sign_report(report, read_secret_key(key, ""))
    (report / "providers.parquet").write_bytes(b"PAR1")
    write_manifest(report)
    assert {check.state for check in verify(report)} <= {"ok", "note"}  # as far as hashes can tell
    found = signature_check(report, public_key(str(key.with_suffix(".pub"))))
    assert found is not None
    assert found.state == "differs"


def test_what_differs_is_not_signed(report: Path, key: Path) -> None:
    (report / "weekly.parquet").write_bytes(b"PAR1")
    with pytest.raises(ThreatsimError, match=r"not signed: weekly\.parquet"):
        sign_report(report, read_secret_key(key, ""))
    assert not (report / SIGNATURE_NAME).exists()


def test_every_changed_bit_of_a_signature_is_seen(report: Path, key: Path) -> None:
    """Of every part: algorithm, key ID, signature, comment, signature over the comment."""
    path = sign_report(report, read_secret_key(key, ""), comment="by me")
    public, lines = public_key(str(key.with_suffix(".pub"))), path.read_text().splitlines()
    for line in (1, 3):
        packed = bytearray(base64.b64decode(lines[line]))
        for place in range(0, len(packed), 3):
            packed[place] ^= 1 << place % 8
            changed = [*lines[:line], base64.b64encode(packed).decode(), *lines[line + 1 :]]
            path.write_text("\n".join(changed) + "\n")
            found = signature_check(report, public)
            assert found is not None
            assert found.state == "differs", place
            packed[place] ^= 1 << place % 8
    path.write_text("\n".join([*lines[:2], "trusted comment: by you", lines[3]]) + "\n")
    assert signature_check(report, public).state == "differs"  # type: ignore[union-attr]
    path.write_text("\n".join(lines) + "\n")
    assert signature_check(report, public).state == "ok"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["", "x", "untrusted comment: a\nAAAA\ntrusted comment: b\nAAAA\n", "\0" * 999, "é\n" * 4]
)
def test_what_is_no_signature_or_key_is_told(text: str, report: Path, key: Path, tmp_path: Path) -> None:
    (report / SIGNATURE_NAME).write_text(text)
    found = signature_check(report, public_key(str(key.with_suffix(".pub"))))
    assert found is not None
    assert found.state == "differs"
    (tmp_path / "no.key").write_text(text)
    with pytest.raises(ThreatsimError, match="format"):
        read_secret_key(tmp_path / "no.key", "")
    with pytest.raises(ThreatsimError, match="format"):
        public_key(str(tmp_path / "no.key"))


def test_a_key_is_the_users_alone_and_not_replaced(key: Path) -> None:
    assert key.stat().st_mode & 0o077 == 0
    again = threatsim("keygen", str(key), "--no-password")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    with pytest.raises(FormatError, match="one line"):
        signed(b"", read_secret_key(key, ""), "a\nb")


def test_a_key_under_a_password_opens_with_that_alone(tmp_path: Path) -> None:
    assert threatsim("keygen", str(tmp_path / "a.key"), given="right\n").returncode == 0
    assert needs_password(tmp_path / "a.key")
    assert read_secret_key(tmp_path / "a.key", "right").public == public_key(str(tmp_path / "a.pub"))
    with pytest.raises(ThreatsimError, match="password is not"):
        read_secret_key(tmp_path / "a.key", "wrong")
    greedy = bytearray(base64.b64decode((tmp_path / "a.key").read_text().splitlines()[1]))
    greedy[46:54] = (1 << 45).to_bytes(8, "little")
    (tmp_path / "a.key").write_text(f"untrusted comment: x\n{base64.b64encode(greedy).decode()}\n")
    with pytest.raises(ThreatsimError, match="bytes of memory"):
        read_secret_key(tmp_path / "a.key", "right")


@pytest.mark.skipif(MINISIGN is None, reason="the minisign program is not here")
def test_minisign_checks_ours_and_we_check_minisigns(report: Path, key: Path, tmp_path: Path) -> None:
    sign_report(report, read_secret_key(key, ""))
    manifest = str(report / MANIFEST_NAME)

    def minisign(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(MINISIGN), *arguments], input=given, capture_output=True, text=True, check=False)

    ours = minisign("-V", "-p", str(key.with_suffix(".pub")), "-m", manifest)
    assert ours.returncode == 0, ours.stderr
    run_id = json.loads((report / "record.json").read_text())["run_id"]
    assert f"run:{run_id}" in ours.stdout
    theirs = tmp_path / "their.key"
    assert minisign("-G", "-W", "-p", f"{theirs}.pub", "-s", str(theirs)).returncode == 0
    assert minisign("-S", "-s", str(theirs), "-m", manifest, "-t", "hello").returncode == 0
    found = signature_check(report, public_key(f"{theirs}.pub"))
    assert found is not None
    assert (found.state, found.detail.endswith("hello")) == ("ok", True)
    sign_report(report, read_secret_key(theirs, ""))
    assert minisign("-V", "-p", f"{theirs}.pub", "-m", manifest).returncode == 0
    make_key(tmp_path / "sealed.key", "right")  # encrypted here, opened there
    opened = minisign("-S", "-s", str(tmp_path / "sealed.key"), "-m", manifest, given="right\n")
    assert opened.returncode == 0, opened.stderr


def test_a_signature_of_rfc_8032_is_ed25519() -> None:
    """The key of RFC 8032, section 7.1, test 1, in minisign's clothes."""
    from threatsim.experiment.signing.minisign import SecretKey

    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SecretKey(bytes(8), seed)
    assert key.public.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = read_signature(signed(b"content", key, "comment").text)
    assert signature.holds(b"content", key.public)
    assert not signature.holds(b"contents", key.public)
