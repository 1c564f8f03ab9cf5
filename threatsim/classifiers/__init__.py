"""The payers' image classifiers, and in `codes/` those of claims.

Reading order: `card`, `card_file`, `networks/`, `network`, `own_network`, `weights`, `store` (a folder a classifier),
`training_loop`, `augmentation`, `checkpoints`, `pretraining`, `imagenet_start`, `production`, `training_figures`,
`surrogates`, `surrogate_shelf`, `resizing/` (the payer's resize), `codes/`.
"""
