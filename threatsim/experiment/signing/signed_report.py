"""Signing a report, and what its signature proves: the list of its files is signed, which names all of them.

One list for all files, so that no file of another report can be mixed in; the list holds the record's hash, and the
record the fingerprints of all that went in and came out.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import read_foreign, write_text
from threatsim.experiment.record.manifest import MANIFEST_NAME, SIGNATURE_NAME, read_manifest
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.record.record_reading import read_record, record_file
from threatsim.experiment.record.verification import SIGNATURE, Check, verify
from threatsim.experiment.signing.minisign import FormatError, PublicKey, SecretKey, id_text, read_signature, signed

_LIST: Final = "list of a report's files"


def sign_report(report: Path, key: SecretKey, comment: str = "") -> Path:
    """Sign a report that is as it was written.

    Args:
        report: its folder, or its record.json.
        key: of who stands by it.
        comment: what is signed beside the report; empty for the moment, the run and the scenario.

    Returns:
        The file of the signature, beside the list that it signs.

    Raises:
        ThreatsimError: the report differs from what was written, has no list of files, or cannot be written to.
    """
    folder = record_file(report).parent
    wrong = [check for check in verify(report) if check.state == "differs"]
    if wrong:
        raise ThreatsimError(
            f"the report is not as it was written, so it is not signed: {wrong[0].artefact} {wrong[0].detail}",
            location=str(folder),
            hint="`threatsim verify` says all that differs.",
        )
    if RECORD_NAME not in (read_manifest(folder) or {}):
        raise ThreatsimError(
            "the report has no list of its files, which would be what is signed",
            location=str(folder),
            hint="Run its scenario again with this threatsim.",
        )
    record = read_record(report)
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = int(given) if given.isdigit() else int(time.time())
    name = record.scenario["name"]
    told = comment or f"timestamp:{moment}\tfile:{MANIFEST_NAME}\trun:{record.run_id}\tscenario:{name}\thashed"
    path = folder / SIGNATURE_NAME
    try:
        write_text(path, signed(read_foreign(folder / MANIFEST_NAME, _LIST), key, told).text)
    except FormatError as error:
        raise InputError(str(error), given=comment) from None
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(path)) from None
    return path


def signature_check(report: Path, key: PublicKey | None) -> Check | None:
    """Check the signature of a report, whose files are checked elsewhere (`record.verification`).

    Args:
        report: its folder, or its record.json.
        key: whose signature is wanted; None where that was not said.

    Returns:
        What was found; None where there is no signature and none is wanted.
    """
    folder = record_file(report).parent

    def differs(detail: str) -> Check:
        return Check(artefact=SIGNATURE, state="differs", detail=detail)

    try:
        signature = read_signature(read_foreign(folder / SIGNATURE_NAME, "signature").decode("utf-8", "replace"))
    except FileNotFoundError:
        return differs(f"there is none; one by key ID {key.name} is wanted") if key else None
    except InputError as error:
        return differs(error.message)
    except FormatError as error:
        return differs(f"{SIGNATURE_NAME} {error}")
    signer = id_text(signature.key_id)
    if key is None:
        detail = f"by key ID {signer}, as it says; not checked without the key"
        return Check(artefact=SIGNATURE, state="note", detail=detail)
    if signature.key_id != key.key_id:
        return differs(f"by key ID {signer}, as it says, and not by {key.name}")
    try:
        content = read_foreign(folder / MANIFEST_NAME, _LIST)
        named = RECORD_NAME in (read_manifest(folder) or {})
    except (FileNotFoundError, ThreatsimError):
        return differs("what it signed is not there")
    if not signature.holds(content, key):
        return differs(f"is not key ID {signer}'s of this report")
    if not named:
        return differs("the list that it signed does not name the record")
    return Check(artefact=SIGNATURE, state="ok", detail=f"by key ID {signer}: {signature.comment}")
