"""The classifiers that come with threatsim and with plug-ins, as rows with the figures measured at training."""

from __future__ import annotations

from typing import Any

from threatsim.classifiers.codes.claim_store import ClaimFolder, claim_classifier_names, find_claim_classifier
from threatsim.classifiers.store import ClassifierFolder, added_names, shipped, shipped_names
from threatsim.outcomes.audit.audit_file import audit_words


def classifier_rows() -> list[dict[str, Any]]:
    """The classifiers that come with threatsim and with plug-ins, with the figures measured at training."""
    claims = [find_claim_classifier(name) for name in claim_classifier_names()]
    folders: list[ClassifierFolder | ClaimFolder] = [
        *(shipped(name) for name in (*shipped_names(), *added_names())),
        *(folder for folder in claims if folder),
    ]
    folders.sort(key=lambda folder: folder.card.name)
    return [
        {
            "name": folder.card.name,
            "task": folder.card.task,
            "path": str(folder.path),
            "audit": audit_words(folder.path, folder.figures.victim.weights),
            "figures": folder.figures.model_dump(mode="json"),
        }
        for folder in folders
    ]
