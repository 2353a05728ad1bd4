"""U-Nets as a person writes them in plain torch, each from its paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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
