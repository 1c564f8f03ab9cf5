"""Networks of threatsim's own, as plain torch modules; a card names one by its class.

Reading order: `efficientnet` (EfficientNet-Lite, what classifiers are by default), `resnet`, `densenet`. The last two
have the arguments, the names of weights and, bit for bit, the outputs and initial weights of MONAI's in two dimensions:
weights that were trained with MONAI's load into them, and MONAI need not be there.
"""
