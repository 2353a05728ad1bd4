"""Networks that classify and compare, as a person writes them in plain torch, each from its paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ConvNorm(nn.Module):
    """A convolution, batch norm and ReLU."""

    def __init__(self, inside: int, out: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, out, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """GoogLeNet's module: 1x1, 3x3, 5x5 and a pool, side by side."""

    def __init__(self, inside: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int) -> None:
        super().__init__()
        self.one = ConvNorm(inside, one)
        self.three = nn.Sequential(ConvNorm(inside, reduce3), ConvNorm(reduce3, three, 3))
        self.five = nn.Sequential(ConvNorm(inside, reduce5), ConvNorm(reduce5, five, 5))
        self.pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvNorm(inside, pool))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


class GoogLeNet(nn.Module):
    """GoogLeNet with batch norm, without its auxiliary heads."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvNorm(3, 64, 7, stride=2),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            ConvNorm(64, 64),
            ConvNorm(64, 192, 3),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Inception(192, 64, 96, 128, 16, 32, 32),
            Inception(256, 128, 128, 192, 32, 96, 64),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Inception(480, 192, 96, 208, 16, 48, 64),
            Inception(512, 160, 112, 224, 24, 64, 64),
            Inception(512, 128, 128, 256, 24, 64, 64),
            Inception(512, 112, 144, 288, 32, 64, 64),
            Inception(528, 256, 160, 320, 32, 128, 128),
            nn.MaxPool2d(2, ceil_mode=True),
            Inception(832, 256, 160, 320, 32, 128, 128),
            Inception(832, 384, 192, 384, 48, 128, 128),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(1024, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return out


class Siamese(nn.Module):
    """One tower for two images, and how alike they are."""

    def __init__(self, features: int = 4096) -> None:
        super().__init__()
        self.twin = nn.Sequential(
            nn.Conv2d(1, 64, 10),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 7),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(128, 128, 4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(128, 256, 4),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(256 * 6 * 6, features),
            nn.Sigmoid(),
        )
        self.similarity = nn.Linear(features, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.similarity(torch.abs(self.twin(left) - self.twin(right))))
