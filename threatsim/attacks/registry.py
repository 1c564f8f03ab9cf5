"""What the engine runs: any attack on images that a row of the catalogue leads to, of this package or a plug-in's."""

from __future__ import annotations

from threatsim.attacks.base import ImageAttack

AttackSpec = ImageAttack
"""An attack on images with its parameters."""
