"""The U-Net and ResNet-50 as a person writes them in plain torch, with the state_dict keys of the specs."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DoubleConv(nn.Module):
    """Two convolutions, each with batch norm and ReLU."""

    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.conv2d_0 = nn.Conv2d(inside, out, 3, padding=1, bias=False)
        self.batchnorm2d_0 = nn.BatchNorm2d(out)
        self.relu_0 = nn.ReLU()
        self.conv2d_1 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.batchnorm2d_1 = nn.BatchNorm2d(out)
        self.relu_1 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu_0(self.batchnorm2d_0(self.conv2d_0(x)))
        out: Tensor = self.relu_1(self.batchnorm2d_1(self.conv2d_1(x)))
        return out


class UNet(nn.Module):
    """Four levels; x1 .. x4 are kept for the way up."""

    def __init__(self, base: int = 64, classes: int = 2) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.enc0 = DoubleConv(3, base)
        self.enc1 = DoubleConv(base, 2 * base)
        self.enc2 = DoubleConv(2 * base, 4 * base)
        self.enc3 = DoubleConv(4 * base, 8 * base)
        self.bottleneck = DoubleConv(8 * base, 16 * base)
        self.up3 = nn.ConvTranspose2d(16 * base, 8 * base, 2, stride=2)
        self.dec3 = DoubleConv(16 * base, 8 * base)
        self.up2 = nn.ConvTranspose2d(8 * base, 4 * base, 2, stride=2)
        self.dec2 = DoubleConv(8 * base, 4 * base)
        self.up1 = nn.ConvTranspose2d(4 * base, 2 * base, 2, stride=2)
        self.dec1 = DoubleConv(4 * base, 2 * base)
        self.up0 = nn.ConvTranspose2d(2 * base, base, 2, stride=2)
        self.dec0 = DoubleConv(2 * base, base)
        self.head = nn.Conv2d(base, classes, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x1 = self.enc0(x)
        x2 = self.enc1(self.pool(x1))
        x3 = self.enc2(self.pool(x2))
        x4 = self.enc3(self.pool(x3))
        x = self.bottleneck(self.pool(x4))
        x = self.dec3(torch.cat((self.up3(x), x4), 1))
        x = self.dec2(torch.cat((self.up2(x), x3), 1))
        x = self.dec1(torch.cat((self.up1(x), x2), 1))
        x = self.dec0(torch.cat((self.up0(x), x1), 1))
        return {"logits": self.head(x)}


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1, and the identity or a projection of it."""

    def __init__(self, inside: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride > 1 or inside != 4 * planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(inside, 4 * planes, 1, stride=stride, bias=False), nn.BatchNorm2d(4 * planes)
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        merged: Tensor = self.relu(out + identity)
        return merged


def stage(inside: int, planes: int, count: int, stride: int) -> nn.Sequential:
    """Bottlenecks in a row; the first one strides."""
    rest = [Bottleneck(4 * planes, planes, 1) for _ in range(count - 1)]
    return nn.Sequential(Bottleneck(inside, planes, stride), *rest)


class ResNet50(nn.Module):
    """As torchvision builds it, under its keys; its ReLUs are not in place, as in the spec."""

    def __init__(self, base: int = 64, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, base, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = stage(base, base, 3, 1)
        self.layer2 = stage(4 * base, 2 * base, 4, 2)
        self.layer3 = stage(8 * base, 4 * base, 6, 2)
        self.layer4 = stage(16 * base, 8 * base, 3, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32 * base, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        logits: Tensor = self.fc(torch.flatten(self.avgpool(x), 1))
        return logits
