"""What is done to pictures before a classifier reads them, and where classifiers lie.

Reading order: `resizes`, `classifier_folders`.
"""
