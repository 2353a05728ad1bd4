"""Networks for segmentation as a person writes them in plain torch, each from its paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DoubleConv(nn.Module):
    """Two convolutions with batch norm."""

    def __init__(self, inside: int, out: int, mid: int | None = None) -> None:
        super().__init__()
        mid = mid or out
        self.double_conv = nn.Sequential(
            nn.Conv2d(inside, mid, 3, padding=1, bias=False),
            nn.BatchNorm2d(mid),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.double_conv(x)
        return out


class Down(nn.Module):
    """Half the size, then two convolutions."""

    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(inside, out))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.maxpool_conv(x)
        return out


class Up(nn.Module):
    """Twice the size, padded to what is carried over, then two convolutions on both."""

    def __init__(self, inside: int, out: int, bilinear: bool) -> None:
        super().__init__()
        self.up: nn.Module
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(inside, out, inside // 2)
        else:
            self.up = nn.ConvTranspose2d(inside, inside // 2, 2, stride=2)
            self.conv = DoubleConv(inside, out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        tall, wide = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
        x = F.pad(x, [wide // 2, wide - wide // 2, tall // 2, tall - tall // 2])
        out: Tensor = self.conv(torch.cat([skip, x], dim=1))
        return out


class Head(nn.Module):
    """A convolution of 1x1."""

    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return out


class PaddedUNet(nn.Module):
    """The U-Net that takes any image, under the names of milesial's."""

    def __init__(self, classes: int = 2, bilinear: bool = False, base: int = 64) -> None:
        super().__init__()
        factor = 2 if bilinear else 1
        self.inc = DoubleConv(3, base)
        self.down1 = Down(base, 2 * base)
        self.down2 = Down(2 * base, 4 * base)
        self.down3 = Down(4 * base, 8 * base)
        self.down4 = Down(8 * base, 16 * base // factor)
        self.up1 = Up(16 * base, 8 * base // factor, bilinear)
        self.up2 = Up(8 * base, 4 * base // factor, bilinear)
        self.up3 = Up(4 * base, 2 * base // factor, bilinear)
        self.up4 = Up(2 * base, base, bilinear)
        self.outc = Head(base, classes)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        x = self.down4(x4)
        x = self.up1(x, x4)
        x = self.up2(x, x3)
        x = self.up3(x, x2)
        x = self.up4(x, x1)
        out: Tensor = self.outc(x)
        return out


def conv_norm(inside: int, out: int) -> nn.Sequential:
    """A convolution, batch norm and ReLU."""
    return nn.Sequential(nn.Conv2d(inside, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


class UNet3Plus(nn.Module):
    """Five levels; each decoder level reads five: what is as fine or finer encoded, what is coarser decoded."""

    def __init__(self, base: int = 64, width: int = 64, classes: int = 1) -> None:
        super().__init__()
        widths = [base, 2 * base, 4 * base, 8 * base, 16 * base]
        for i, (inside, out) in enumerate(zip([3, *widths], widths, strict=False)):
            self.add_module(f"enc{i}", nn.Sequential(conv_norm(inside, out), conv_norm(out, out)))
        for i in range(4):
            for k in range(5):
                conv = conv_norm(widths[k] if k <= i or k == 4 else 5 * width, width)
                if k < i:
                    self.add_module(f"down{k}_{i}", nn.Sequential(nn.MaxPool2d(2 ** (i - k)), conv))
                elif k == i:
                    self.add_module(f"same{i}", nn.Sequential(conv))
                else:
                    up = nn.Upsample(scale_factor=2 ** (k - i), mode="bilinear")
                    self.add_module(f"up{k}_{i}", nn.Sequential(up, conv))
            self.add_module(f"dec{i}", conv_norm(5 * width, 5 * width))
        for i in range(5):
            self.add_module(f"head{i}", nn.Conv2d(widths[4] if i == 4 else 5 * width, classes, 3, padding=1))

    def forward(self, x: Tensor) -> list[Tensor]:
        encoded = [self.get_submodule("enc0")(x)]
        for i in range(1, 5):
            encoded.append(self.get_submodule(f"enc{i}")(F.max_pool2d(encoded[-1], 2)))
        decoded = {4: encoded[4]}
        for i in (3, 2, 1, 0):
            finer = [self.get_submodule(f"down{k}_{i}")(encoded[k]) for k in range(i)]
            same = self.get_submodule(f"same{i}")(encoded[i])
            coarser = [self.get_submodule(f"up{k}_{i}")(decoded[k]) for k in range(i + 1, 5)]
            decoded[i] = self.get_submodule(f"dec{i}")(torch.cat([*finer, same, *coarser], dim=1))
        masks = []
        for i in range(5):
            mask = self.get_submodule(f"head{i}")(decoded[i])
            if i:
                mask = F.interpolate(mask, scale_factor=2**i, mode="bilinear")
            masks.append(torch.sigmoid(mask))
        return masks
