"""The audit: whether attacked figures of a classifier can be believed, or its attacks have failed on a working defence.

Reading order: `audit_report` (what a check says), `subject` (what is audited), `checks/`, `counting`, `all_checks` (in
order), `audit_file` (the report beside the weights), `audit_run`.
"""

NOT_AUDITED = "not audited"
"""What a report says of classifiers whose attacked figures no audit vouches for."""
