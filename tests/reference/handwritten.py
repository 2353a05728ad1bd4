"""Networks as a person writes them in plain torch, each from its paper, for specs to equal."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SkipAutoencoder(nn.Module):
    """Four convolutions, four transposed ones, and one skip from the first to the last."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 4, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 4, stride=2, padding=1)
        self.conv4 = nn.Conv2d(64, 128, 4, stride=2, padding=1)
        self.deconv1 = nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1)
        self.deconv2 = nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)
        self.deconv3 = nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1)
        self.deconv4 = nn.ConvTranspose2d(32, 3, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x1))
        x = F.relu(self.conv3(x))
        x = F.relu(self.conv4(x))
        x = F.relu(self.deconv1(x))
        x = F.relu(self.deconv2(x))
        x = F.relu(self.deconv3(x))
        out: Tensor = self.deconv4(torch.cat((x, x1), 1))
        return out


def padded(inside: int, out: int) -> nn.Sequential:
    """Two padded convolutions with batch norm."""
    return nn.Sequential(
        nn.Conv2d(inside, out, 3, padding=1, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
        nn.Conv2d(out, out, 3, padding=1, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """The padded U-Net with batch norm: every level's activation is concatenated to what comes up."""

    def __init__(self, base: int = 64, depth: int = 4, classes: int = 2) -> None:
        super().__init__()
        widths = [base * 2**i for i in range(depth + 1)]
        self.down = nn.ModuleList(padded(a, b) for a, b in zip([3, *widths], widths, strict=False))
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(2 * width, width, 2, stride=2))
            self.up.append(padded(2 * width, width))
        self.head = nn.Conv2d(base, classes, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        kept = []
        for level in self.down[:-1]:
            x = level(x)
            kept.append(x)
            x = F.max_pool2d(x, 2)
        x = self.down[-1](x)
        for up, level in zip(self.up[::2], self.up[1::2], strict=True):
            x = level(torch.cat([up(x), kept.pop()], dim=1))
        return {"logits": self.head(x)}


def valid(inside: int, out: int) -> nn.Sequential:
    """Two convolutions without padding."""
    return nn.Sequential(nn.Conv2d(inside, out, 3), nn.ReLU(), nn.Conv2d(out, out, 3), nn.ReLU())


def centre(x: Tensor, height: int, width: int) -> Tensor:
    """The middle of a map."""
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]


class UNet2015(nn.Module):
    """The original U-Net: nothing is padded, so that what is carried over is cropped."""

    def __init__(self, base: int = 64, depth: int = 4, classes: int = 2) -> None:
        super().__init__()
        self.down = nn.ModuleList(valid(1 if i == 0 else base * 2 ** (i - 1), base * 2**i) for i in range(depth + 1))
        self.up = nn.ModuleList()
        for i in reversed(range(depth)):
            self.up.append(nn.ConvTranspose2d(base * 2 ** (i + 1), base * 2**i, 2, stride=2))
            self.up.append(valid(base * 2 ** (i + 1), base * 2**i))
        self.head = nn.Conv2d(base, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for level in self.down[:-1]:
            x = level(x)
            kept.append(x)
            x = F.max_pool2d(x, 2)
        x = self.down[-1](x)
        for up, level in zip(self.up[::2], self.up[1::2], strict=True):
            x = up(x)
            x = level(torch.cat([centre(kept.pop(), x.shape[2], x.shape[3]), x], dim=1))
        out: Tensor = self.head(x)
        return out


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


class Film(nn.Module):
    """Convolutions whose channels a vector scales and shifts."""

    def __init__(self, inside: int, out: int, embedding: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, padding=1)
        self.norm = nn.GroupNorm(8, out)
        self.factors = nn.Linear(embedding, 2 * out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)

    def forward(self, x: Tensor, when: Tensor) -> Tensor:
        x = self.norm(self.conv1(x))
        scale, shift = self.factors(when)[:, :, None, None].chunk(2, dim=1)
        out: Tensor = self.conv2(F.silu(x + x * scale + shift))
        return out


class TimeUNet(nn.Module):
    """A U-Net whose every block is told the time step."""

    def __init__(self, base: int = 32, depth: int = 3, times: int = 1000, embedding: int = 128) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Embedding(times, embedding), nn.Linear(embedding, embedding), nn.SiLU())
        self.stem = nn.Conv2d(3, base, 3, padding=1)
        widths = [base * 2**i for i in range(depth + 1)]
        self.down = nn.ModuleList(Film(a, b, embedding) for a, b in zip([base, *widths], widths, strict=False))
        self.up = nn.ModuleList(Film(3 * width, width, embedding) for width in reversed(widths[:-1]))
        self.noise = nn.Conv2d(base, 3, 3, padding=1)

    def forward(self, image: Tensor, time: Tensor) -> Tensor:
        when = self.embed(time)
        x = self.stem(image)
        kept = []
        for level in self.down[:-1]:
            x = level(x, when)
            kept.append(x)
            x = F.max_pool2d(x, 2)
        x = self.down[-1](x, when)
        for level in self.up:
            x = level(torch.cat([F.interpolate(x, scale_factor=2), kept.pop()], dim=1), when)
        out: Tensor = self.noise(x)
        return out
