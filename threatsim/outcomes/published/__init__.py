"""What others have published and threatsim is held against.

Reading order: `finlayson`, `finlayson_attacks`, `bortsova`, `ordering`.
"""
