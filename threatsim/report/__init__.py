"""What people see of a run.

Reading order: `listing/` (what there is), `kinds/` (of each kind), `publishing` (all files), `labels` (what its user
calls it), `plain_text` (what may not act on a terminal), `terminal/`, `page/`, `questions/`, `calibration/`, `charts/`,
`words/`, `lab/` (attacks measured), `frames`, `frame_columns`, `frame_cells` (data frames) and `notebook`,
`comparison_file`, `sweep_differences`, `atlas_files`; for others: `brief/` (one side of A4), `spreadsheet/`.
"""
