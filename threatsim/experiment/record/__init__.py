"""The run record: what it holds, how it is made, written, found, read and verified.

Reading order: `record` (the schema; `part`, `doubt`, `stopping`), `assembly`, `order`, `fingerprint`,
`package_versions`, `columns`, `writing`, `manifest`, `record_reading`, `report_finder`, `report_there`, `verification`.
"""
