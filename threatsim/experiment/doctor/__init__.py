"""Whether threatsim works on this machine.

Reading order: `checkup` (all of it), `finding` (what a check says), `installation`, `processor` (`numpy_features`),
`settings`, `storage`, `market_probe` (a fixed replicate; `probe_scenario`, `digests`).
"""
