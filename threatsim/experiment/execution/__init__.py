"""Where replicates run, and how none that is finished is lost.

Reading order: `cells`, `executor`, `worker`, `process_start`, `capacity`, `local`; `figure_rows`, `durable`, `parts`,
`merged_file`, `folder_state` (what is done, failed and missing), `figures_run`; `handshake`, `dask_cluster`,
`sharding/`.
"""
