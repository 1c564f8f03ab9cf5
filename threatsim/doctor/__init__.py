"""Whether threatsim gives here what it gives elsewhere: the processor, the libraries, the cache, and fixed small runs.

Read `checkup.py` first.
"""
