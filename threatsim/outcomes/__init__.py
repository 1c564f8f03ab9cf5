"""What attacks and controls do to classifiers.

Reading order: `bank/` (computed once, kept by content), `preparation/` (for a market), `kept_tables/` (of
photographs, to ship), `making/` (classifiers with their patches), `lab/` (attacks measured), `audit/` (attacks
checked), `defence_trials/`, `published/` (held against others' figures), `classifier_list`, `archive_check` (what real
images there are), `attack_probe` (a check of the machine), `testing` (checks for plug-ins).
"""
