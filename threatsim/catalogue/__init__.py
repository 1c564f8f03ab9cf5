"""What there is, as data without heavy imports.

Reading order: `row`, `modalities`, `metrics`, `distributions`, `surrogate_kind`, `atlas_ids`.
"""
