"""What a run has found out and another need not: kept in the cache, under the hash of all that it depends on.

Reading order: `kept_file` (how it lies on disk), `environment` (what it depends on beside the scenario),
`known_pictures` (scores and figures of the classifiers), `shown_pictures` (curves and gallery), `given_pictures`
(both as files for another machine), `known_patterns`; `time_needed` (by what is kept); `leftovers` (of killed runs,
beside the reports).
"""
