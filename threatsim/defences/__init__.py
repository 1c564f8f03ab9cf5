"""Controls against altered images.

Reading order: `controls/picture_control` (what a control is), `reference` (what it is made of), `controls/`,
`detectors/`, `restoration`, `soft_jpeg`.
"""
