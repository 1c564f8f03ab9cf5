"""Synthetic image modalities, drawn case by case.

Reading order: `generate`, `generator`, `case_draws`, `canvas`, `disc`, then a modality: `fundus`, `chest`, `skin`.
"""
