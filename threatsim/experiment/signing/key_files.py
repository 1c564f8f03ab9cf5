"""Keys on disk, in minisign's format: a secret key, under a password or none, and the public key beside it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign, write_text
from threatsim.experiment.signing.minisign import PLAIN, FormatError, PublicKey, SecretKey, read_public_key

_SCRYPT: Final = b"Sc"
_NO_PASSWORD: Final = b"\0\0"
_BLAKE2B: Final = b"B2"
_SIZE: Final = 158
_OPERATIONS, _MEMORY = 1 << 22, 1 << 27  # 2^17 rounds of 1 kB: 128 MB
_MOST_MEMORY: Final = 1 << 30
_BLOCKS: Final = 8


def make_key(path: Path, password: str) -> PublicKey:
    """Make a pair of keys: the secret one in `path`, for the user alone, the public one beside it as `.pub`.

    Args:
        path: a file that is not there yet.
        password: what the secret key is encrypted with; empty for none.

    Raises:
        InputError: one of the files is there already, or cannot be written.
    """
    public = path.with_suffix(".pub")
    for file in (path, public):
        if file.exists() or file.is_symlink():
            raise InputError(
                "is there already, and a key is not replaced",
                given=str(file),
                location=str(file),
                hint="Name another file.",
            )
    key = SecretKey(secrets.token_bytes(8), secrets.token_bytes(32))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii", newline="\n") as opened:
                opened.write(f"untrusted comment: secret key of threatsim or minisign\n{_packed(key, password)}\n")
            write_text(public, f"untrusted comment: minisign public key {key.public.name}\n{key.public.text}\n")
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
    except OSError as error:
        raise InputError(
            f"the key cannot be written: {error.strerror or error}", given=str(path), location=str(path)
        ) from None
    return key.public


def needs_password(path: Path) -> bool:
    """Return whether a secret key is encrypted.

    Raises:
        InputError: there is no secret key in this file.
    """
    return _unpacked(path)[2:4] != _NO_PASSWORD


def read_secret_key(path: Path, password: str) -> SecretKey:
    """Read a secret key.

    Args:
        path: its file.
        password: what it is encrypted with; of no matter where it is not.

    Raises:
        InputError: there is none in this file, or the password is another.
    """
    packed = _unpacked(path)
    salt, operations, memory, sealed = packed[6:38], packed[38:46], packed[46:54], packed[54:]
    encrypted = packed[2:4] != _NO_PASSWORD
    if encrypted:
        try:
            sealed = _sealed(
                sealed, password, salt, int.from_bytes(operations, "little"), int.from_bytes(memory, "little")
            )
        except ValueError as error:
            raise _refused(path, f"the secret key {error}") from None
    key_id, secret, checksum = sealed[:8], sealed[8:72], sealed[72:]
    unchecked = not encrypted and checksum == bytes(len(checksum))  # as minisign leaves it without a password
    if checksum != _checksum(key_id, secret) and not unchecked:
        raise _refused(path, "the password is not that of this key" if encrypted else "the secret key is damaged")
    key = SecretKey(key_id, secret[:32])
    if key.public.raw != secret[32:]:
        raise _refused(path, "the secret key is damaged")
    return key


def public_key(given: str) -> PublicKey:
    """Return the public key that a user names: by its file, or by the line in it.

    Raises:
        InputError: it is neither.
    """
    path = Path(given)
    try:
        text = read_foreign(path, "key").decode("utf-8", "replace")
    except FileNotFoundError:
        try:
            return read_public_key(given)
        except FormatError:
            raise InputError(
                f"there is no public key '{given}'",
                given=given,
                hint="Name the .pub file that `threatsim keygen` or `minisign -G` wrote, or the line of letters in it.",
            ) from None
    try:
        return read_public_key(text)
    except FormatError as error:
        hint = "That is a secret key: keep it to yourself, and give the .pub file." if _is_secret(text) else ""
        raise InputError(f"the key {error}", given=given, location=given, hint=hint) from None


def _is_secret(text: str) -> bool:
    with contextlib.suppress(binascii.Error, ValueError):
        return len(base64.b64decode(text.strip().split("\n")[-1], validate=True)) == _SIZE
    return False


def _packed(key: SecretKey, password: str) -> str:
    secret = key.seed + key.public.raw
    sealed = key.key_id + secret + _checksum(key.key_id, secret)
    if not password:
        packed = PLAIN + _NO_PASSWORD + _BLAKE2B + bytes(48) + sealed
    else:
        salt = secrets.token_bytes(32)
        costs = _OPERATIONS.to_bytes(8, "little") + _MEMORY.to_bytes(8, "little")
        sealed = _sealed(sealed, password, salt, _OPERATIONS, _MEMORY)
        packed = PLAIN + _SCRYPT + _BLAKE2B + salt + costs + sealed
    return base64.b64encode(packed).decode()


def _unpacked(path: Path) -> bytes:
    try:
        lines = read_foreign(path, "key").decode("utf-8", "replace").strip().splitlines()
        packed = base64.b64decode(lines[-1], validate=True) if len(lines) == 2 else b""
    except FileNotFoundError:
        raise _refused(path, "there is no such key", hint="`threatsim keygen` makes one.") from None
    except (binascii.Error, ValueError):
        packed = b""
    known = packed[:2] == PLAIN and packed[2:4] in (_SCRYPT, _NO_PASSWORD) and packed[4:6] == _BLAKE2B
    if len(packed) != _SIZE or not known:
        raise _refused(path, "is no secret key in minisign's format")
    return packed


def _sealed(data: bytes, password: str, salt: bytes, operations: int, memory: int) -> bytes:
    """Encrypt or decrypt, which is the same, by a stream that scrypt makes of the password."""
    if memory > _MOST_MEMORY:
        raise ValueError(f"asks for {memory:,} bytes of memory; {_MOST_MEMORY:,} are the most")
    rounds, parallel = _costs(operations, memory)
    stream = hashlib.scrypt(
        password.encode(),
        salt=salt,
        n=rounds,
        r=_BLOCKS,
        p=parallel,
        maxmem=2 * 128 * _BLOCKS * (rounds + parallel),
        dklen=len(data),
    )
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


def _costs(operations: int, memory: int) -> tuple[int, int]:
    """Return scrypt's N and p for libsodium's two limits (`pickparams` of crypto_pwhash_scryptsalsa208sha256)."""
    operations = max(operations, 32768)
    few = operations < memory // 32
    most = operations // (_BLOCKS * 4) if few else memory // (_BLOCKS * 128)
    exponent = next((x for x in range(1, 63) if 1 << x > most // 2), 63)
    parallel = 1 if few else min(operations // 4 // (1 << exponent), 0x3FFFFFFF) // _BLOCKS
    if not 1 <= parallel <= 64 or exponent > 20:
        raise ValueError("asks for more work than a key of minisign does")
    return 1 << exponent, parallel


def _checksum(key_id: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(PLAIN + key_id + secret, digest_size=32).digest()


def _refused(path: Path, text: str, *, hint: str = "") -> InputError:
    return InputError(text, given=str(path), location=str(path), hint=hint)
