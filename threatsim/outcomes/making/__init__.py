"""Classifiers made with their patches, and the attacker before them.

Reading order: `training`, `patch_making`, `claim_classifiers` (`classifier_folder`), `surrogate_training`,
`reference_cases`, `attacker`, `evaluation`, `measuring_again` (of any classifier).
"""
