"""What ops refuse on purpose though torch takes it."""

from __future__ import annotations

import re

from op_cases import Case

from skipgraph.ops import Reject
from skipgraph.types import TensorType

_UNREAD = "circular padding of"
"""Cut on one side and padded on the other, torch wraps around memory that it has not written."""

_ATTENDS = "is the causal one|needs an input of 3 axes"
"""A hint without its mask, which torch takes on one of its paths; a sample without its batch."""

NARROWER = {
    "Chunk": " chunks",  # its number of results is that of `chunks`, always
    "Clamp": "is above",  # torch would give `max` everywhere
    "Buffer": "is not a number of",
    **dict.fromkeys(
        ("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "Pow", "AffineGrid"), "one of them"
    ),
    "ReduceStd": "needs more than",  # torch would give nan
    "ReduceVar": "needs more than",
    "EmbeddingBag": "have no offsets",  # torch would drop the last row
    "Crop": "not both|differ in rank|which is larger",  # torch is given `like` alone, and would cut what it can
    "MatMul": "multiplies no bool",  # torch does where one of the sizes is 1
    "MaxUnpool1d": "not both",
    "MaxUnpool2d": "not both",
    "MaxUnpool3d": "not both",
    "Pad": "not both|differ in rank|which is smaller",
    "CircularPad1d": _UNREAD,
    "CircularPad2d": _UNREAD,
    "CircularPad3d": _UNREAD,
    "MultiheadAttention": _ATTENDS,
    "TransformerEncoderLayer": _ATTENDS,
    "TransformerEncoder": _ATTENDS,
    "TransformerDecoderLayer": _ATTENDS,
    "TransformerDecoder": _ATTENDS,
    "Transformer": _ATTENDS,
    "ScaledDotProductAttention": "a value for each key|not both",  # of its kernels only some refuse it
    "SinusoidalEmbedding": "is not below",  # frequencies that divide by 0, or grow
    "Constant": "is not a number of|has the shape",  # torch would cut 0.5 to 0; a list has its own shape
    "Slice": "lies outside",  # torch would take what there is
    "Squeeze": "needs a size of 1",  # torch would leave the axis
}
"""What ops refuse on purpose though torch takes it, by a pattern of the refusal."""


def narrower(case: Case, refusal: Reject, theirs: tuple[TensorType, ...]) -> bool:
    """Whether an op refuses on purpose what torch would take."""
    name = type(case.op).__name__
    ranks = {len(text.split(",")) for example in type(case.op).examples for text in example.inputs}
    return (
        (name in NARROWER and re.search(NARROWER[name], refusal.reason) is not None)
        or refusal.code == "SG409"  # integers where floats are meant, two dtypes that torch would promote
        or any(x is not None and x.rank not in ranks for x in case.inputs)  # a sample without its batch
        or any(size == 0 for x in theirs for size in x.shape)  # no axis is empty
        or refusal.code == "SG404"  # what is lowered is the size that arrives, not the one that is written
    )


def ends_torch(case: Case) -> bool:
    """Whether torch 2.13 ends the process instead of refusing: a cell given one sample and a square of states."""
    ranks = [x.rank for x in case.inputs if x is not None]
    return type(case.op).__name__.endswith("Cell") and ranks[0] == 1 and max(ranks) > 1
