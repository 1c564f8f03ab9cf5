"""Controls against altered images.

Reading order: `controls/picture_control` (what a control is), `controls/`, `detectors/`, `restoration`, `soft_jpeg`.
"""
