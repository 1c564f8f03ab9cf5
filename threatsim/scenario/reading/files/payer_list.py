"""Payers that somebody wrote as a section, read as the list that they should be, so that one mistake is told of it."""

from __future__ import annotations

from threatsim.common.yaml_text.document import Document, Spot
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.scenario.sections.payer import Payer


def payers_as_list(document: Document) -> None:
    """Put a list in place of payers written by name, or of one without its dash; either is a problem of the document.

    Args:
        document: as it was composed; changed in place.
    """
    written = document.data.get("payers")
    if not isinstance(written, dict) or not written:
        return
    place = document.spot(("payers",)).key
    if set(written) <= {*Payer.model_fields, "like"}:
        text, hint = "payers needs a list, and this is a single section", "Write - before its first key, as in - name:."
        moved: dict[KeyPath, KeyPath] = {("payers",): ("payers", 0)}
        document.data["payers"] = [written]
    elif all(isinstance(payer, dict) for payer in written.values()):
        first = next(iter(written))
        text = "payers needs a list, and these are sections with names"
        hint = f"Write each as an item of a list, which has its name inside it: - name: {first}"
        moved = {("payers", name): ("payers", index) for index, name in enumerate(written)}
        document.data["payers"] = [{"name": name} | payer for name, payer in written.items()]
    else:
        return
    document.problems.append(Mistake(text, place, hint))
    spots: dict[KeyPath, Spot] = {}
    for at, spot in document.spots.items():
        old = next((old for old in moved if at[: len(old)] == old), None)
        spots[(*moved[old], *at[len(old) :]) if old is not None else at] = spot
    spots["payers",] = document.spots["payers",]
    document.spots = spots
