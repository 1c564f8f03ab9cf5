"""A plan in shares, on machines that share nothing but files.

Reading order: `tables_file`, `prepared_plan`, `shards`.
"""
