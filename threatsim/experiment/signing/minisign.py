"""Signatures in minisign's format: made here, checked by the `minisign` program, and the other way round.

The format is that of https://jedisct1.github.io/minisign/: what is signed with Ed25519 is the BLAKE2b hash of the file
(512 bits), and a second signature holds the first together with the trusted comment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Final

from threatsim.common.errors import ThreatsimError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HASHED: Final = b"ED"
PLAIN: Final = b"Ed"
_UNTRUSTED: Final = "untrusted comment: "
_TRUSTED: Final = "trusted comment: "
_LONGEST_COMMENT: Final = 1000


class FormatError(ValueError):
    """A key or a signature that is not in minisign's format; its text says what is wrong."""


@dataclass(frozen=True)
class PublicKey:
    """What a signature is checked with.

    Attributes:
        key_id: eight bytes that its signatures name.
        raw: the 32 bytes of the Ed25519 key.
    """

    key_id: bytes
    raw: bytes

    @property
    def name(self) -> str:
        """The key's ID as minisign writes it: 16 hexadecimal digits."""
        return id_text(self.key_id)

    @property
    def text(self) -> str:
        """The key in one line, as `minisign -P` takes it."""
        return _encoded(PLAIN + self.key_id + self.raw)


@dataclass(frozen=True)
class SecretKey:
    """What signatures are made with.

    Attributes:
        key_id: eight bytes that its signatures name.
        seed: the 32 bytes that the Ed25519 key is made of.
    """

    key_id: bytes
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that checks what this one signs."""
        return PublicKey(self.key_id, self.private.public_key().public_bytes_raw())

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key as `cryptography` takes it."""
        private: Ed25519PrivateKey = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed)
        return private


@dataclass(frozen=True)
class Signature:
    """A signature as it lies in its file.

    Attributes:
        key_id: of the key that made it.
        signature: 64 bytes over the hash of the content.
        comment: the trusted comment, which is signed too.
        over_comment: 64 bytes over the signature and the comment.
    """

    key_id: bytes
    signature: bytes
    comment: str
    over_comment: bytes

    def holds(self, content: bytes, key: PublicKey) -> bool:
        """Return whether this key signed this content with this comment."""
        from cryptography.exceptions import InvalidSignature

        checked = _ed25519().Ed25519PublicKey.from_public_bytes(key.raw)
        try:
            checked.verify(self.signature, _hash(content))
            checked.verify(self.over_comment, self.signature + self.comment.encode())
        except InvalidSignature:
            return False
        return self.key_id == key.key_id

    @property
    def text(self) -> str:
        """The signature's file."""
        return (
            f"{_UNTRUSTED}signature by threatsim, key ID {id_text(self.key_id)}\n"
            f"{_encoded(HASHED + self.key_id + self.signature)}\n"
            f"{_TRUSTED}{self.comment}\n"
            f"{_encoded(self.over_comment)}\n"
        )


def signed(content: bytes, key: SecretKey, comment: str) -> Signature:
    """Sign content, and a comment with it.

    Raises:
        FormatError: the comment is longer than 1,000 characters, or has others than those that are printed.
    """
    if len(comment) > _LONGEST_COMMENT or not comment.replace("\t", " ").isprintable():
        raise FormatError(f"a comment has at most {_LONGEST_COMMENT:,} characters, in one line")
    signature = key.private.sign(_hash(content))
    return Signature(key.key_id, signature, comment, key.private.sign(signature + comment.encode()))


def read_signature(text: str) -> Signature:
    """Return the signature that a file holds.

    Raises:
        FormatError: it holds none, or one that was made without hashing the file first.
    """
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(lines) != 4 or not lines[0].startswith(_UNTRUSTED) or not lines[2].startswith(_TRUSTED):
        raise FormatError("is no signature in minisign's format")
    packed, over_comment = _decoded(lines[1], 74), _decoded(lines[3], 64)
    if packed[:2] != HASHED:
        raise FormatError("was made in the old way, without hashing the file first; sign again")
    return Signature(packed[2:10], packed[10:], lines[2].removeprefix(_TRUSTED), over_comment)


def read_public_key(text: str) -> PublicKey:
    """Return the public key that a file, or a line alone, holds.

    Raises:
        FormatError: it holds none.
    """
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line and not line.startswith(_UNTRUSTED)]
    if len(lines) != 1:
        raise FormatError("is no public key in minisign's format")
    packed = _decoded(lines[0].strip(), 42)
    if packed[:2] != PLAIN:
        raise FormatError("is no public key in minisign's format")
    return PublicKey(packed[2:10], packed[10:])


def id_text(key_id: bytes) -> str:
    """Write a key's ID as minisign does."""
    return f"{int.from_bytes(key_id, 'little'):016X}"


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=64).digest()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(line: str, length: int) -> bytes:
    try:
        data = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != length:
        raise FormatError("is not in minisign's format")
    return data


def _ed25519() -> ModuleType:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise ThreatsimError(
            "signatures need the package cryptography, which is not installed here",
            hint="pip install 'threatsim[sign]', or check the report with the minisign program.",
        ) from None
    return ed25519
