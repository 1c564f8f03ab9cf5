"""Commands on whether a report is to be believed: verify, sign, keygen. Thin, with heavy imports inside."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Finding,
    Images,
    Json,
    Quiet,
    console,
    interruptible,
    print_json,
    say,
    terminal_progress,
)
from threatsim.cli.report_commands import Report
from threatsim.common.shell import quoted


def verify(
    report: Report,
    key: Annotated[
        str | None,
        typer.Option(help="Public key, its file or the line in it: the report must be signed by it."),
    ] = None,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Run the recorded scenario again and compare what comes out.")
    ] = False,
    images: Images = None,
    finding: Finding = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check that a report is what it was when it was written; exit code 1 if something differs, 2 if it is none.

    With --rerun, a sample of the outcomes that the cache keeps is computed again, and held against what is kept; with
    THREATSIM_CACHE set to an empty folder all attacks are run again.
    """
    from threatsim.common.errors import InputError
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.experiment.record.verification import Check
    from threatsim.experiment.record.verification import verify as verify_report
    from threatsim.experiment.signing.key_files import public_key
    from threatsim.experiment.signing.signed_report import signature_check
    from threatsim.questions.verification import answer_in, verify_answer

    wanted = public_key(key) if key else None
    folder = find_report(report)
    answer = answer_in(folder)
    if answer and rerun:
        raise InputError("an answer is not run again here; repeat its command", given="--rerun")
    checks = verify_answer(folder, answer) if answer else verify_report(folder)
    if signature := signature_check(folder, wanted):
        checks.append(signature)
    if rerun and any(check.state == "differs" and check.artefact.startswith("fingerprint") for check in checks):
        checks.append(Check(artefact="rerun", state="note", detail="not run: the record does not agree with itself"))
    elif rerun:
        from threatsim.experiment.replicates import available_workers
        from threatsim.experiment.rerun import rerun as run_again
        from threatsim.report.publishing import publish

        progress = terminal_progress(quiet or as_json)
        with interruptible("The report is as it was."):
            checks += run_again(
                folder,
                publish,
                images=images,
                finding=finding,
                workers=workers or available_workers(),
                progress=progress,
            )
    if as_json:
        print_json([check.model_dump(mode="json") for check in checks])
    else:
        from threatsim.report.terminal.lists.report_list import print_checks

        print_checks(checks, folder, console(), brief=quiet)
    if any(check.state == "differs" for check in checks):
        raise typer.Exit(1)


def sign(
    report: Report,
    key: Annotated[Path, typer.Option(help="Secret key, of `threatsim keygen` or `minisign -G`.")],
    comment: Annotated[
        str, typer.Option(help="What is signed beside the report, in one line; else when, which run and scenario.")
    ] = "",
) -> None:
    """Sign a report that is as it was written: an Ed25519 signature beside it, which the minisign program can check."""
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.experiment.signing.key_files import needs_password, read_secret_key
    from threatsim.experiment.signing.signed_report import sign_report

    folder = find_report(report)
    secret = read_secret_key(key, _password("Password of the key: ") if needs_password(key) else "")
    path = sign_report(folder, secret, comment)
    say(
        f"{path}\nSigned by key ID {secret.public.name}. To check: "
        f"threatsim verify {quoted(folder)} --key {quoted(secret.public.text)}"
    )


def keygen(
    file: Annotated[Path, typer.Argument(help="File of the secret key; the public one lies beside it as .pub.")],
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Leave the secret key unencrypted: whoever reads it can sign.")
    ] = False,
) -> None:
    """Make a pair of keys to sign reports with, in minisign's format."""
    from threatsim.common.errors import InputError
    from threatsim.experiment.signing.key_files import make_key

    password = "" if no_password else _password("Password for the new key: ")
    if not no_password and not password:
        raise InputError("the password is empty", given="", hint="For a key without one: --no-password.")
    if password and sys.stdin.isatty() and _password("The same again: ") != password:
        raise InputError("the two passwords are not the same", given="")
    key = make_key(file, password)
    say(f"{file}: the secret key; keep it to yourself.\n{file.with_suffix('.pub')}: key ID {key.name}; give it away.")


def _password(prompt: str) -> str:
    """Ask for a password at a terminal, unseen; else read a line, as the minisign program does."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
