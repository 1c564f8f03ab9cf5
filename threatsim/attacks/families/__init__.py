"""One attack a file: what it is (its spec) and how it is run.

Reading order: `fgsm`, `pgd`, `apgd`, `minimal_norm`, `universal`, `patch` (`patch_controls`), `square`,
`hopskipjump`, `choice` (`rotation`, `captures`), `substitution`, `external`, `code_swap`.
"""
