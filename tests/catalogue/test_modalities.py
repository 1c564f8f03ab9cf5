"""The rows of modalities, and names that are checked against the catalogue."""

from __future__ import annotations

import pytest
import torch
from pydantic import BaseModel, ValidationError

from threatsim.cases.synthetic.generate import SyntheticSet, generate
from threatsim.cases.synthetic.generator import Generator
from threatsim.catalogue.modalities import IMAGE_MODALITIES, MODALITIES, ImageModality, ModalityName, ModalityRow
from threatsim.catalogue.row import Package


@pytest.fixture
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> str:
    """A modality of a plug-in that draws skin under another name; gone after the test."""
    monkeypatch.setattr(MODALITIES, "_rows", {name: MODALITIES[name] for name in MODALITIES})
    fields = {
        "name": "moulage",
        "title": "Moulage",
        "text": "Casts of skin.",
        "kind": "image",
        "version": 3,
        "implementation": "threatsim.cases.synthetic.skin:GENERATOR",
    }
    MODALITIES.add_from(Package(name="waxworks", version="0.2", source="cafe"), lambda: ModalityRow(**fields))
    return "moulage"


@pytest.mark.parametrize("name", MODALITIES)
def test_images_have_a_generator_and_codes_have_none(name: str) -> None:
    row = MODALITIES[name]
    if row.kind == "codes":
        assert row.implementation == ""
    else:
        assert isinstance(row.resolve(), Generator)


class Sent(BaseModel):
    """What is sent."""

    image: ImageModality
    of: dict[ModalityName, int]


def test_a_name_is_checked_and_its_mistakes_read_like_those_of_a_closed_list() -> None:
    assert Sent(image="dermoscopy", of={"claim_codes": 1}).image == "dermoscopy"
    with pytest.raises(ValidationError) as error:
        Sent.model_validate({"image": "claim_codes", "of": {"dermoscopi": 1, 2: 2}})
    first, second, third = error.value.errors()
    assert first["type"] == second["type"] == third["type"] == "literal_error"
    assert first["msg"] == "Input should be 'fundoscopy', 'chest_xray' or 'dermoscopy'"
    assert second["loc"] == ("of", "dermoscopi", "[key]")


def test_a_plug_in_s_modality_is_allowed_wherever_ours_are(plugged_in: str) -> None:
    assert plugged_in in IMAGE_MODALITIES
    assert Sent(image=plugged_in, of={plugged_in: 1}).image == plugged_in
    assert plugged_in in Sent.model_json_schema()["properties"]["image"]["enum"]


def test_what_is_kept_of_a_plug_in_s_cases_goes_by_its_version_and_source(plugged_in: str) -> None:
    ours, theirs = (SyntheticSet(modality=name, split="test", seed=1) for name in ("dermoscopy", plugged_in))
    assert "package" not in ours.model_dump()
    assert (theirs.generator, theirs.package) == (3, "waxworks 0.2 cafe")
    assert SyntheticSet.model_validate_json(theirs.model_dump_json()) == theirs
    drawn = generate(plugged_in, 2, seed=1, split="test", size=32)
    assert drawn.modality == plugged_in
    assert torch.isfinite(drawn.images).all()
