"""What is done to pictures before a classifier reads them.

Reading order: `resizes`.
"""
