"""Random numbers that are a pure function of a key.

Reading order: `keyed_generator` (NumPy's, by one key), `keyed_random` (torch's, a row by a key).
"""
