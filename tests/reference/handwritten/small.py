"""Small networks as a person writes them in plain torch, each from its paper."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LateFusion(nn.Module):
    """Three classifiers of their own, and the mean of what they say."""

    def __init__(self, width: int, words: int, classes: int = 10) -> None:
        super().__init__()
        self.eye = nn.Sequential(
            nn.Conv2d(3, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4 * width, classes),
        )
        self.ear = nn.Sequential(nn.Conv1d(64, width, 5, padding=2), nn.ReLU())
        self.hear = nn.Linear(width, classes)
        self.words = nn.Embedding(words, width)
        self.read = nn.Linear(width, classes)

    def forward(self, frame: Tensor, sound: Tensor, speech: Tensor) -> dict[str, Tensor]:
        seen = self.eye(frame)
        heard = self.hear(self.ear(sound).amax(2))
        read = self.read(self.words(speech).mean(1))
        return {"fused": (seen + heard + read) / 3, "seen": seen, "heard": heard, "read": read}


class WideDeep(nn.Module):
    """A linear model of crossed features, beside a deep one of numbers and embedded categories."""

    def __init__(self, tables: Sequence[int], embedding: int, widths: Sequence[int], crosses: int) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(count, embedding) for count in tables)
        self.layers = nn.ModuleList()
        inside = 13 + embedding * len(tables)
        for width in widths:
            self.layers.append(nn.Linear(inside, width))
            inside = width
        self.deep = nn.Linear(inside, 1)
        self.wide = nn.Embedding(crosses, 1)

    def forward(self, numbers: Tensor, categories: Tensor, crossed: Tensor) -> Tensor:
        embedded = [table(categories[:, i]) for i, table in enumerate(self.tables)]
        x = torch.cat([numbers, *embedded], dim=1)
        for layer in self.layers:
            x = F.relu(layer(x))
        return torch.sigmoid(self.deep(x) + self.wide(crossed).sum(1))


class HighwayLayer(nn.Module):
    """`H(x) * T(x) + x * (1 - T(x))`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, width)
        self.plain = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        transform = torch.sigmoid(self.gate(x))
        return F.relu(self.plain(x)) * transform + x * (1 - transform)


class Highway(nn.Module):
    """A deep stack of highway layers."""

    def __init__(self, width: int, depth: int, classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Linear(28 * 28, width)
        self.layers = nn.Sequential(*(HighwayLayer(width) for _ in range(depth)))
        self.head = nn.Linear(width, classes)

    def forward(self, image: Tensor) -> Tensor:
        out: Tensor = self.head(self.layers(F.relu(self.first(image.flatten(1)))))
        return out


class ReZeroLayer(nn.Module):
    """`x + alpha * F(x)`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.alpha = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.alpha * F.relu(self.linear(x))


class ReZero(nn.Module):
    """Residual layers without a norm, as deep as one likes."""

    def __init__(self, width: int, depth: int, classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Linear(3 * 32 * 32, width)
        self.layers = nn.Sequential(*(ReZeroLayer(width) for _ in range(depth)))
        self.head = nn.Linear(width, classes)

    def forward(self, image: Tensor) -> Tensor:
        out: Tensor = self.head(self.layers(self.first(image.flatten(1))))
        return out
