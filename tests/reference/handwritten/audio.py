"""Networks over sequences of samples as a person writes them in plain torch, each from its paper."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm


class TemporalBlock(nn.Module):
    """Two dilated convolutions that see no future, and a residual."""

    def __init__(self, inside: int, out: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.chomp = (kernel - 1) * dilation
        self.dropout = dropout
        self.conv1 = weight_norm(nn.Conv1d(inside, out, kernel, padding=self.chomp, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(out, out, kernel, padding=self.chomp, dilation=dilation))
        self.downsample = nn.Conv1d(inside, out, 1) if inside != out else None

    def forward(self, x: Tensor) -> Tensor:
        out = x
        for conv in (self.conv1, self.conv2):
            out = F.relu(conv(out)[:, :, : -self.chomp])
            out = F.dropout(out, self.dropout, self.training)
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class TCN(nn.Module):
    """Bai et al., 2018: levels whose dilation doubles, and a classifier of the last moment."""

    def __init__(
        self, widths: Sequence[int], kernel: int, dropout: float, channels: int = 1, classes: int = 10
    ) -> None:
        super().__init__()
        self.levels = nn.Sequential()
        for i, width in enumerate(widths):
            self.levels.append(TemporalBlock(channels, width, kernel, 2**i, dropout))
            channels = width
        self.head = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.levels(x)[:, :, -1])
        return out
