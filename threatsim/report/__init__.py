"""What people see of a run.

Reading order: `publishing` (all files), `terminal/`, `page/`, `charts/`, `words/`, `lab/` (attacks measured),
`frames` and `frame_columns` (data frames), `comparison_file`, `atlas_files`.
"""
