"""What a classifier reads: images and claims of codes, with their true labels.

Reading order: `image_set`, `known_cases` (without their pictures), `archive` (real images; `photograph`),
`synthetic/`, `kept_cases` (drawn once; `pixel_files`), `codes/`.
"""
