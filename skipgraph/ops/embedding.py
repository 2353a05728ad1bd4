"""Look-ups of learned vectors."""

from collections.abc import Mapping
from typing import Literal

from skipgraph.ops.base import Example, Op, Reject, Style, Weight
from skipgraph.ops.fields import FiniteFloat, PositiveFloat, PositiveInt
from skipgraph.ops.lowering import Argument, Call, Module, Value, module
from skipgraph.ops.rules import ranked, same
from skipgraph.types import TensorType


def _indices(x: TensorType, count: int, padding: int | None) -> None:
    """What arrives can be looked up, and so can `padding_idx`."""
    if x.dtype not in ("int64", "int32"):
        raise Reject(f"needs an input of int64 or int32, got {x.dtype}", code="SG409", input=0)
    if padding is not None and not -count <= padding < count:
        raise Reject(
            f"`padding_idx` of {padding} is outside the {count} embeddings", code="SG209", argument="padding_idx"
        )


class Embedding(Op):
    """A learned vector for each index.

    Shape: `[...]` of integers -> `[..., embedding_dim]`. Source: torch.nn.Embedding.
    """

    style = Style.EMBEDDING
    is_module = True
    examples = (Example(("N, 6 int64",), num_embeddings=20, embedding_dim=8),)

    num_embeddings: PositiveInt
    embedding_dim: PositiveInt
    padding_idx: int | None = None
    max_norm: PositiveFloat | None = None
    norm_type: FiniteFloat = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False

    def infer(self, x: TensorType) -> TensorType:
        _indices(x, self.num_embeddings, self.padding_idx)
        return x.with_shape((*x.shape, self.embedding_dim)).with_dtype("float32")

    def lower(self, x: TensorType) -> Module:
        arguments = self.given("num_embeddings", "embedding_dim")
        return module("torch.nn.Embedding", self.num_embeddings, self.embedding_dim, **arguments)

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        return {"weight": Weight((self.num_embeddings, self.embedding_dim))}


class EmbeddingBag(Op):
    """The sum, mean or maximum of the learned vectors of each row of indices.

    Shape: `[N, L]` of integers -> `[N, embedding_dim]`; `per_sample_weights`, a factor for each index, `[N, L]`, go
    with `mode: sum`. Source: torch.nn.EmbeddingBag.
    """

    ports = ("input", "per_sample_weights?")
    style = Style.EMBEDDING
    is_module = True
    examples = (
        Example(("N, 6 int64",), num_embeddings=20, embedding_dim=8),
        Example(("N, 6 int64", "N, 6"), num_embeddings=20, embedding_dim=8, mode="sum"),
    )

    num_embeddings: PositiveInt
    embedding_dim: PositiveInt
    max_norm: PositiveFloat | None = None
    norm_type: FiniteFloat = 2.0
    scale_grad_by_freq: bool = False
    mode: Literal["sum", "mean", "max"] = "mean"
    sparse: bool = False
    include_last_offset: bool = False
    padding_idx: int | None = None

    def infer(self, x: TensorType, weights: TensorType | None = None) -> TensorType:
        _indices(x, self.num_embeddings, self.padding_idx)
        ranked(x, 2, layout="[N, L]")
        if self.include_last_offset:
            raise Reject("rows of indices have no offsets", code="SG209", argument="include_last_offset")
        if weights is not None:
            if self.mode != "sum":
                raise Reject("`per_sample_weights` go with `mode: sum`", code="SG209", argument="mode")
            if weights.dtype != "float32":
                raise Reject(f"needs weights of float32, got {weights.dtype}", code="SG409", input=1)
            ranked(weights, 2, input=1, layout="[N, L]")
            for axis, (a, b) in enumerate(zip(x.shape, weights.shape, strict=True)):
                same(a, b, axis)
        return x.with_shape((x.shape[0], self.embedding_dim)).with_dtype("float32")

    def lower(self, x: TensorType, weights: TensorType | None = None) -> Module:
        options = self.given("num_embeddings", "embedding_dim")
        make = Call("torch.nn.EmbeddingBag", self.num_embeddings, self.embedding_dim, **options)
        given: dict[str, Argument] = {} if weights is None else {"per_sample_weights": Value(1)}
        return Module(make, (Value(0),), given)

    def weights(self, x: TensorType, weights: TensorType | None = None) -> Mapping[str, Weight]:
        return {"weight": Weight((self.num_embeddings, self.embedding_dim))}
