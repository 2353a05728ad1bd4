"""SegNet in plain torch, from its paper: Badrinarayanan et al., 2015 (https://arxiv.org/abs/1511.00561)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


def conv_norm(inside: int, out: int) -> nn.Sequential:
    """A convolution that keeps the size, its norm and its activation."""
    return nn.Sequential(nn.Conv2d(inside, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


class SegNet(nn.Module):
    """Stages of convolutions and a pool, and the same backwards with the pools' places."""

    def __init__(self, widths: Sequence[int], counts: Sequence[int], classes: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(2, 2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2, 2)
        self.encoder = nn.ModuleList()
        self.decoder = nn.ModuleList()
        before = 3
        for stage, (width, count) in enumerate(zip(widths, counts, strict=True)):
            down = [conv_norm(before, width)] + [conv_norm(width, width) for _ in range(count - 1)]
            up = [conv_norm(width, width) for _ in range(count - 1)]
            if stage > 0:
                up.append(conv_norm(width, before))
            self.encoder.append(nn.Sequential(*down))
            self.decoder.append(nn.Sequential(*up))
            before = width
        self.classifier = nn.Conv2d(widths[0], classes, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of every class at every place."""
        places, sizes = [], []
        for stage in self.encoder:
            x = stage(x)
            sizes.append(x.shape)
            x, at = self.pool(x)
            places.append(at)
        for level in reversed(range(len(sizes))):
            x = self.unpool(x, places[level], output_size=sizes[level])
            x = self.decoder[level](x)
        out: Tensor = self.classifier(x)
        return out
