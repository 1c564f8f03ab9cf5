"""What a classifier reads: images and claims of codes, with their true labels.

Reading order: `image_set`, `stored_images` (kept as grey levels), `known_cases` (without their pictures), `archive`
(real images; `layouts/`, `photograph`, `colours`, `dicom`, `ahead`, `level_file`), `synthetic/`, `kept_cases` (drawn
once; `pixel_files`), `codes/`.
"""
