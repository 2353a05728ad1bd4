"""Attention."""

from collections.abc import Mapping

from skipgraph.ops.attending import (
    Sequence,
    attention_mask,
    causal_hint,
    heads_macs,
    heads_of,
    heads_weights,
    masking,
    padding_mask,
    places,
    same_sizes,
    sequence,
)
from skipgraph.ops.base import Example, Inferred, Op, Reject, Style, Weight
from skipgraph.ops.fields import FiniteFloat, PositiveInt, Probability
from skipgraph.ops.lowering import Argument, Call, Choice, Expr, Module, Name, Value
from skipgraph.ops.rules import broadcast_shapes, declared, divided, floating, number, same
from skipgraph.sizes import Dim, collecting
from skipgraph.types import Shape, TensorType


class MultiheadAttention(Op):
    """Attention of `num_heads` heads, with its projections: of `query` to itself, to `key`, or to `key` and `value`.

    A key that is left out is the query, a value that is left out is the key. Of a bool mask, true is left out. With
    `need_weights` a second result `weights`; torch runs another path then, whose last bits differ.
    Shape: `[L, N, C]`, `[S, N, K]`, `[S, N, V]` -> `[L, N, C]`, with `batch_first` the batch stands first; masks
    `[N, S]` and `[L, S]` or `[N * num_heads, L, S]`; weights `[N, L, S]`, or `[N, num_heads, L, S]` where they are not
    averaged. Source: torch.nn.MultiheadAttention; Vaswani et al., 2017.
    """

    ports = ("query", "key?", "value?", "key_padding_mask?", "attn_mask?")
    leading = "num_heads"
    inferred = ("embed_dim", "kdim", "vdim")
    style = Style.ATTENTION
    is_module = True
    examples = (
        Example(("N, L, 8",), num_heads=2, batch_first=True, need_weights=False),
        Example(("6, N, 8", "S, N, 4"), num_heads=2, average_attn_weights=False),
        Example(("N, 6, 8", "N, 4, 8", "N, 4, 3"), num_heads=4, batch_first=True, add_bias_kv=True, bias=False),
        Example(
            ("N, 6, 8", "N, 4, 8", "N, 4, 8", "N, 4 bool", "6, 4 bool"),
            num_heads=2,
            add_zero_attn=True,
            batch_first=True,
        ),
        Example(("6, 2, 8", "4, 2, 8", "4, 2, 8", "2, 4", "8, 6, 4"), num_heads=4, need_weights=False, is_causal=True),
    )

    embed_dim: PositiveInt | None = None
    num_heads: PositiveInt
    dropout: Probability = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    kdim: PositiveInt | None = None
    vdim: PositiveInt | None = None
    batch_first: bool = False
    need_weights: bool = True
    average_attn_weights: bool = True
    is_causal: bool = False

    @property
    def results(self) -> tuple[str, ...]:
        return ("output", "weights") if self.need_weights else ()

    def infer(
        self,
        query: TensorType,
        key: TensorType | None = None,
        value: TensorType | None = None,
        key_padding_mask: TensorType | None = None,
        attn_mask: TensorType | None = None,
    ) -> Inferred:
        queries, keys, values = self._sequences(query, key, value)
        embed_dim = declared(self.embed_dim, queries.features, "embed_dim")
        declared(self.kdim, keys.features, "kdim", 1 if key else 0)
        declared(self.vdim, values.features, "vdim", 2 if value else 1 if key else 0)
        heads_of(embed_dim, self.num_heads, "num_heads")
        batch, length = (0, 1) if self.batch_first else (1, 0)
        if key is not None:
            same_sizes(query, key, (batch,), 1)
        if value is not None:
            same_sizes(key or query, value, (batch, length), 2)
        padding_mask(key_padding_mask, query, keys, 3)
        attention_mask(attn_mask, query, queries, keys, self.num_heads, 4)
        causal_hint(self.is_causal, attn_mask, "is_causal", "attn_mask")
        if not self.need_weights:
            return query
        pairs = (queries.length, keys.length + self._extra_keys)
        heads = () if self.average_attn_weights else (self.num_heads,)
        return query, query.with_shape((queries.batch, *heads, *pairs))

    def lower(
        self,
        query: TensorType,
        key: TensorType | None = None,
        value: TensorType | None = None,
        key_padding_mask: TensorType | None = None,
        attn_mask: TensorType | None = None,
    ) -> Module:
        embed_dim, kdim, vdim = self._features(query, key, value)
        made = self.given("embed_dim", "num_heads", "kdim", "vdim", "need_weights", "average_attn_weights", "is_causal")
        made |= {name: size for name, size in {"kdim": kdim, "vdim": vdim}.items() if size != embed_dim}
        keys = Value(1 if key else 0)
        called: dict[str, Argument] = {}
        if key_padding_mask is not None:
            called["key_padding_mask"] = Value(3)
        if not self.need_weights:
            called["need_weights"] = False
        if attn_mask is not None:
            called["attn_mask"] = Value(4)
        if self.need_weights and not self.average_attn_weights:
            called["average_attn_weights"] = False
        if self.is_causal:
            called["is_causal"] = True
        return Module(
            Call("torch.nn.MultiheadAttention", embed_dim, self.num_heads, **made),
            (Value(0), keys, Value(2) if value else keys),
            called,
            returned=None if self.need_weights else (0, None),
        )

    def weights(
        self,
        query: TensorType,
        key: TensorType | None = None,
        value: TensorType | None = None,
        *masks: TensorType | None,
    ) -> Mapping[str, Weight]:
        return heads_weights(*self._features(query, key, value), bias=self.bias, bias_kv=self.add_bias_kv)

    def macs(
        self,
        output: TensorType,
        query: TensorType,
        key: TensorType | None = None,
        value: TensorType | None = None,
        *masks: TensorType | None,
    ) -> Dim:
        return heads_macs(*self._sequences(query, key, value), extra_keys=self._extra_keys)

    @property
    def _extra_keys(self) -> int:
        """The learned key and the one of zeros."""
        return self.add_bias_kv + self.add_zero_attn

    def _sequences(
        self, query: TensorType, key: TensorType | None, value: TensorType | None
    ) -> tuple[Sequence, Sequence, Sequence]:
        queries = sequence(query, self.batch_first)
        keys = sequence(key, self.batch_first, 1) if key else queries
        return queries, keys, sequence(value, self.batch_first, 2) if value else keys

    @staticmethod
    def _features(query: TensorType, key: TensorType | None, value: TensorType | None) -> tuple[int, int, int]:
        """`embed_dim`, `kdim`, `vdim`."""
        key = key or query
        value = value or key
        return (
            declared(None, query.shape[-1], "embed_dim"),
            declared(None, key.shape[-1], "kdim"),
            declared(None, value.shape[-1], "vdim"),
        )


class ScaledDotProductAttention(Op):
    """`softmax(query @ key^T * scale) @ value`: what attention does between its projections.

    Of a bool mask, false is left out. `dropout_p` holds in training. With `enable_gqa` groups of the query's heads
    share a head of key and value. Shape: `[..., L, E]`, `[..., S, E]`, `[..., S, V]` -> `[..., L, V]`; the axes before
    agree, or are written as 1; the mask is `[L, S]`, or has those axes too.
    Source: torch.nn.functional.scaled_dot_product_attention; Vaswani et al., 2017.
    """

    ports = ("query", "key", "value", "attn_mask?")
    style = Style.ATTENTION
    examples = (
        Example(("N, 2, L, 8", "N, 2, S, 8", "N, 2, S, 8")),
        Example(("N, 6, 8", "N, 4, 8", "N, 4, 5"), is_causal=True, scale=0.5),
        Example(("N, 4, 6, 8", "N, 2, 6, 8", "N, 2, 6, 8"), enable_gqa=True, dropout_p=0.1),
        Example(("N, 2, 6, 8", "N, 2, 4, 8", "N, 2, 4, 8", "6, 4 bool")),
        Example(("N, 2, 6, 8", "N, 2, 4, 8", "N, 2, 4, 8", "N, 1, 6, 4")),
    )

    dropout_p: Probability = 0.0
    is_causal: bool = False
    scale: FiniteFloat | None = None
    enable_gqa: bool = False

    def infer(
        self, query: TensorType, key: TensorType, value: TensorType, attn_mask: TensorType | None = None
    ) -> TensorType:
        for index, x in enumerate((query, key, value)):
            least = 3 if self.enable_gqa else 2
            if floating(x, index).rank < least:
                raise Reject(f"needs inputs of at least {least} axes, got {x}", input=index)
            same_sizes(query, x, (), index)
        same(query.shape[-1], key.shape[-1], key.rank - 1)
        places(key.shape[-2], value.shape[-2], "needs a value for each key", 2)
        pairs, batch = self._leading(query, key, value)
        if attn_mask is not None:
            self._masked(masking(attn_mask, query, 3), (*pairs, query.shape[-2], key.shape[-2]))
        return query.with_shape((*batch, query.shape[-2], value.shape[-1]))

    def _leading(self, query: TensorType, key: TensorType, value: TensorType) -> tuple[Shape, Shape]:
        """The axes before the last two: of the products of query and key, and of the result."""
        before = [x.shape[:-2] for x in (query, key, value)]
        if self.enable_gqa:
            heads = number(query.shape[-3], "the heads")
            for index, x in enumerate((key, value), start=1):
                divided(heads, number(x.shape[-3], "the heads", index), "heads", input=index)
            before = [(*shape[:-1], heads) for shape in before]
        return broadcast_shapes(before[:2]), broadcast_shapes(before)

    def _masked(self, mask: TensorType, pairs: Shape) -> None:
        if self.is_causal:
            raise Reject("takes a mask or `is_causal`, not both", code="SG209", argument="is_causal")
        if not 2 <= mask.rank <= len(pairs):
            raise Reject(f"needs a mask of 2 to {len(pairs)} axes, got {mask}", input=3)
        for axis, (size, wanted) in enumerate(zip(mask.shape, pairs[-mask.rank :], strict=True)):
            if size != 1:
                same(wanted, size, axis, 3)

    def lower(self, query: TensorType, key: TensorType, value: TensorType, attn_mask: TensorType | None = None) -> Expr:
        options: dict[str, Argument] = {} if attn_mask is None else {"attn_mask": Value(3)}
        options |= self.given()
        if self.dropout_p:
            options["dropout_p"] = Choice(self.dropout_p, Name("self.training"), 0.0)
        return Call("torch.nn.functional.scaled_dot_product_attention", Value(0), Value(1), Value(2), **options)

    def macs(
        self,
        output: TensorType,
        query: TensorType,
        key: TensorType,
        value: TensorType,
        attn_mask: TensorType | None = None,
    ) -> Dim:
        with collecting():  # what was stated when it was inferred
            pairs, _ = self._leading(query, key, value)
        product = query.with_shape((*pairs, query.shape[-2], key.shape[-2]))
        return product.elements * query.shape[-1] + output.elements * key.shape[-2]
