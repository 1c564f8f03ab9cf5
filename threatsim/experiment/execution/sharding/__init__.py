"""A plan in shares, on machines that share nothing but files.

Reading order: `tables_file`, `scenario_changes`, `prepared_plan`, `shards`.
"""
