"""Who stands by a report: Ed25519 signatures in minisign's file format.

Reading order: `minisign` (the format), `key_files` (keys on disk), `signed_report` (what of a report is signed).
"""
