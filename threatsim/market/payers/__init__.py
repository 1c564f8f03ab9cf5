"""Payers and who works for them.

Reading order: `payer_agent` (triage, readers), `tactic_kinds`, `exemption`, `contractor`, `picture_controls`,
`announcements`, `outliers`, `investigator`, `payer_policy`, `staff` (all of them made), `regulator`.
"""
