"""Payers and who works for them.

Reading order: `payer_agent` (triage, readers), `screening` (controls on the picture), `investigator`, `payer_policy`,
`staff` (all of them made), `regulator`.
"""
