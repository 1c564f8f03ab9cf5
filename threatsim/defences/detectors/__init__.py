"""Detectors of altered images, and the attack that knows them.

Reading order: `detector`, `features`, `gaussian`, `density`, `squeezing`, `input_detector`, `adaptive`.
"""
