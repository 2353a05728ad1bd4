"""Networks that classify and compare."""

from __future__ import annotations

from reference.case import Case, images
from reference.handwritten import classifiers
from reference.packages import module, published

CASES = (
    Case(
        "inception",
        classifiers.GoogLeNet,
        images((64, 64), (65, 33)),
        by_order=True,
        package=False,
        code=lambda: (classifiers.ConvNorm, classifiers.Inception, classifiers.GoogLeNet),
    ),
    Case(
        "inception",
        published("googlenet", weights=None, aux_logits=False, init_weights=False),
        images((64, 64), (65, 33)),
        {"kernel": 3},
        code=lambda: [
            getattr(module("torchvision.models.googlenet"), name) for name in ("GoogLeNet", "Inception", "BasicConv2d")
        ],
    ),
    Case(
        "siamese",
        lambda: classifiers.Siamese(32),
        (((1, 1, 105, 105), (1, 1, 105, 105)), ((1, 1, 105, 105), (1, 1, 105, 105)), ((2, 1, 105, 105),) * 2),
        {"features": 32},
        by_order=True,
        package=False,
        code=lambda: (classifiers.Siamese,),
    ),
)

CONTRACTS = {"inception": "H, W at least 15", "siamese": "any size"}
