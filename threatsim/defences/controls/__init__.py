"""Controls on the picture that payers may use.

Reading order: `picture_control` (what one is, and which there are), `duplicates`, `same_patient`, `integrity`.
"""
