"""Every op that a spec may name: one closed table, from name to class. A family is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from skipgraph.ops.base import Op

# Written out, because making the classes takes longer than checking a spec. A test holds it to what the modules define.
# For the same reason the larger families do not import `annotations`: pydantic would compile each from its text.
_FAMILIES = {
    "conv": "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    "merge": "Concat Stack Add Sub Mul Div Max Min Mean MatMul",
    "linear": "Linear Bilinear",
    "norm": "BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d "
    "GroupNorm LayerNorm RMSNorm LocalResponseNorm CrossMapLRN2d SyncBatchNorm",
    "pool": "MaxPool1d MaxPool2d MaxPool3d",
    "average_pool": "AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d",
    "adaptive_pool": "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d "
    "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d",
    "fractional_pool": "FractionalMaxPool2d FractionalMaxPool3d",
    "unpool": "MaxUnpool1d MaxUnpool2d MaxUnpool3d",
    "resample": "Upsample UpsamplingNearest2d UpsamplingBilinear2d Interpolate "
    "PixelShuffle PixelUnshuffle ChannelShuffle",
    "grid": "GridSample AffineGrid",
    "fold": "Unfold Fold",
    "recurrent": "RNN GRU LSTM RNNCell GRUCell LSTMCell",
    "attention": "MultiheadAttention ScaledDotProductAttention",
    "transformer": "TransformerEncoderLayer TransformerEncoder TransformerDecoderLayer TransformerDecoder Transformer",
    "embedding": "Embedding EmbeddingBag",
    "sinusoidal": "SinusoidalEmbedding",
    "distance": "CosineSimilarity PairwiseDistance Normalize",
    "rectifier": "ReLU ReLU6 LeakyReLU PReLU RReLU Threshold",
    "activation": "ELU CELU SELU GELU SiLU Mish Hardswish Hardsigmoid Hardtanh "
    "Hardshrink Softshrink Tanhshrink Sigmoid LogSigmoid Tanh Softplus Softsign GLU",
    "softmax": "Softmax Softmin LogSoftmax Softmax2d",
    "dropout": "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout DropPath Identity",
    "pad": "ConstantPad1d ConstantPad2d ConstantPad3d ZeroPad1d ZeroPad2d ZeroPad3d "
    "ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d "
    "CircularPad1d CircularPad2d CircularPad3d",
    "fit": "Pad Crop",
    "shape": "Flatten Unflatten Reshape Permute Transpose Squeeze Unsqueeze Expand Contiguous",
    "select": "Chunk Split Unbind Slice Select",
    "arrange": "Roll Flip Tile RepeatInterleave Gather Where",
    "einsum": "Einsum",
    "reduce": "ReduceSum ReduceMean ReduceMax ReduceMin ReduceVar ReduceStd ReduceNorm",
    "unary": "Abs Neg Exp Log Sqrt Rsqrt Sin Cos Clamp Pow Rescale Cast Detach CumSum",
    "compare": "Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalNot ArgMax ArgMin TopK",
    "weight": "Parameter Buffer Scale",
    "constant": "Constant Arange",
}


class _Catalog(Mapping[str, type[Op]]):
    """The ops by name, in the order of their families."""

    def __init__(self, families: Mapping[str, str]) -> None:
        self._family = {name: family for family, names in families.items() for name in names.split()}

    def __getitem__(self, name: str) -> type[Op]:
        op = getattr(import_module(f"skipgraph.ops.{self._family[name]}"), name)
        assert isinstance(op, type)
        assert issubclass(op, Op)
        return op

    def __contains__(self, name: object) -> bool:
        return name in self._family

    def __iter__(self) -> Iterator[str]:
        return iter(self._family)

    def __len__(self) -> int:
        return len(self._family)


CATALOG: Mapping[str, type[Op]] = _Catalog(_FAMILIES)
"""The ops, by name."""
