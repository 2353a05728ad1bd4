"""Look-ups of learned vectors."""

from collections.abc import Mapping

from skipgraph.ops.base import Example, Op, Reject, Style, Weight
from skipgraph.ops.fields import FiniteFloat, PositiveFloat, PositiveInt
from skipgraph.ops.lowering import Module, module
from skipgraph.types import TensorType


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
        if x.dtype not in ("int64", "int32"):
            raise Reject(f"needs an input of int64 or int32, got {x.dtype}", code="SG409", input=0)
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            raise Reject(
                f"`padding_idx` of {self.padding_idx} is outside the {self.num_embeddings} embeddings",
                code="SG209",
                argument="padding_idx",
            )
        return x.with_shape((*x.shape, self.embedding_dim)).with_dtype("float32")

    def lower(self, x: TensorType) -> Module:
        arguments = self.given("num_embeddings", "embedding_dim")
        return module("torch.nn.Embedding", self.num_embeddings, self.embedding_dim, **arguments)

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        return {"weight": Weight((self.num_embeddings, self.embedding_dim))}
