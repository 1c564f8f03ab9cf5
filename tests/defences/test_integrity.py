from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatsim.cases.synthetic.generate import generate
from threatsim.common.errors import ThreatsimError
from threatsim.defences.controls.integrity import CaptureRegister, jpeg_file, pixels_of, png_file

KEY = bytes(range(32))
PICTURE = (generate("fundoscopy", 1, seed=3, split="test").images[0] * 255).round().byte().permute(1, 2, 0).numpy()


def test_the_signature_of_a_file_is_the_hmac_of_rfc_2104() -> None:
    register = CaptureRegister(KEY, covers="file")
    message = (3).to_bytes(8, "big") + b"x-1" + b"bytes of a file"
    assert register.sign(b"bytes of a file", examination="x-1") == hmac.new(KEY, message, hashlib.sha256).digest()


@settings(max_examples=30, deadline=None)
@given(place=st.tuples(st.integers(0, 63), st.integers(0, 63), st.integers(0, 2)), change=st.integers(1, 255))
def test_one_grey_level_anywhere_breaks_the_signature(place: tuple[int, int, int], change: int) -> None:
    register = CaptureRegister(KEY)
    signature = register.sign(png_file(PICTURE), examination="x-1")
    altered = PICTURE.copy()
    altered[place] = (int(altered[place]) + change) % 256
    assert register.verify(png_file(PICTURE), signature, examination="x-1")
    assert not register.verify(png_file(altered), signature, examination="x-1")


def test_pixels_survive_a_lossless_rewriting_and_files_do_not() -> None:
    captured, rewritten = png_file(PICTURE), png_file(PICTURE, level=0)
    assert captured != rewritten
    for covers, survives in (("pixels", True), ("file", False)):
        register = CaptureRegister(KEY, covers=covers)  # type: ignore[arg-type]
        signature = register.sign(captured, examination="x-1")
        assert register.verify(rewritten, signature, examination="x-1") is survives


@pytest.mark.parametrize("covers", ["file", "pixels"])
def test_recompression_is_an_alarm_although_nothing_was_forged(covers: str) -> None:
    register = CaptureRegister(KEY, covers=covers)  # type: ignore[arg-type]
    captured = jpeg_file(PICTURE, quality=95)
    signature = register.sign(captured, examination="x-1")
    assert register.verify(captured, signature, examination="x-1")
    assert not register.verify(jpeg_file(pixels_of(captured), quality=80), signature, examination="x-1")


def test_a_signed_picture_serves_no_other_examination_and_no_other_key_signs() -> None:
    register = CaptureRegister(KEY)
    file = png_file(PICTURE)
    signature = register.sign(file, examination="x-1")
    assert not register.verify(file, signature, examination="x-2")
    assert not CaptureRegister(KEY[::-1]).verify(file, signature, examination="x-1")
    assert not register.verify(file, signature[:-1], examination="x-1")


def test_a_picture_of_another_shape_with_the_same_bytes_is_another_picture() -> None:
    register = CaptureRegister(KEY)
    signature = register.sign(png_file(PICTURE), examination="x-1")
    assert not register.verify(png_file(PICTURE.reshape(32, 128, 3)), signature, examination="x-1")


def test_what_is_no_image_and_a_short_key_are_refused_in_words() -> None:
    with pytest.raises(ThreatsimError, match="no image"):
        CaptureRegister(KEY).sign(b"not an image", examination="x-1")
    with pytest.raises(ThreatsimError, match="at least 16"):
        CaptureRegister(b"short")
