"""A scenario told as a MITRE ATLAS exercise.

Reading order: `uses` (which techniques), `steps`, `exercise`.
"""
