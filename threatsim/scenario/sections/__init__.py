"""The sections of a scenario, a file each.

Reading order: `quantity` (a number with its source), `relative_value`, `modality`, `provider_group`,
`population` (practices from a file), `payer`,
`review`, `picture_controls`, `adaptation`, `law`, `referral_network`, `tactic`, `atlas_section`,
`answer_section` (which figure answers the question).
"""
