"""What others have published and threatsim is held against.

Reading order: `finlayson`, `bortsova`, `ordering`.
"""
