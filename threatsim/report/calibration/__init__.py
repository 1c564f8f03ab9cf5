"""What a calibration is read as: sentences, tables, drawings, files.

Reading order: `calibration_words`, `calibration_charts`, `calibration_parts`, `publish_calibration` (its folder).
"""
