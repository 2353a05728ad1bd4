"""What attention's ops share: sequences and their layout, masks, the weights and the products of the heads."""

from collections.abc import Mapping
from typing import NamedTuple

from skipgraph.ops.base import Reject, Weight
from skipgraph.ops.rules import floating, ranked, same
from skipgraph.sizes import Dim, Size, show
from skipgraph.types import TensorType


class Sequence(NamedTuple):
    """The sizes of a batch of sequences."""

    batch: Dim
    length: Dim
    features: Dim


def sequence(x: TensorType, batch_first: bool, input: int = 0) -> Sequence:
    """The sizes of `[N, L, C]`, or without `batch_first` of `[L, N, C]`."""
    layout = "[N, L, C]" if batch_first else "[L, N, C]"
    first, second, features = ranked(floating(x, input), 3, input=input, layout=layout).shape
    return Sequence(first, second, features) if batch_first else Sequence(second, first, features)


def same_sizes(x: TensorType, other: TensorType, axes: tuple[int, ...], input: int) -> None:
    """Both are of one dtype, and have the same size on these axes."""
    if x.dtype != other.dtype:
        raise Reject(f"joins {x.dtype} and {other.dtype}", code="SG409", input=input)
    for axis in axes:
        same(x.shape[axis], other.shape[axis], axis, input)


def masking(mask: TensorType, x: TensorType, input: int) -> TensorType:
    """The mask, when it is of bool, or of the floats that it is added to."""
    if mask.dtype not in ("bool", x.dtype):
        raise Reject(f"needs a mask of bool or {x.dtype}, got {mask.dtype}", code="SG409", input=input)
    return mask


def padding_mask(mask: TensorType | None, x: TensorType, keys: Sequence, input: int) -> None:
    """A mask of keys is `[N, S]`."""
    if mask is None:
        return
    ranked(masking(mask, x, input), 2, input=input, layout="[N, S]")
    same(keys.batch, mask.shape[0], 0, input)
    same(keys.length, mask.shape[1], 1, input)


def attention_mask(
    mask: TensorType | None, x: TensorType, queries: Sequence, keys: Sequence, heads: int, input: int
) -> None:
    """A mask of pairs is `[L, S]`, or for each head of each sample one: `[N * heads, L, S]`."""
    if mask is None:
        return
    ranked(masking(mask, x, input), 2, 3, input=input, layout="[L, S] or [N * heads, L, S]")
    if mask.rank == 3:
        same(queries.batch * heads, mask.shape[0], 0, input)
    same(queries.length, mask.shape[-2], mask.rank - 2, input)
    same(keys.length, mask.shape[-1], mask.rank - 1, input)


def causal_hint(hint: bool | None, mask: TensorType | None, argument: str, port: str) -> None:
    """torch reads `is_causal` as a hint that the mask it is given is the causal one."""
    if hint and mask is None:
        raise Reject(
            f"`{argument}` says that the mask at port `{port}` is the causal one, and none arrives",
            code="SG209",
            argument=argument,
        )


def heads_of(features: int, heads: int, argument: str) -> int:
    """The features of one head."""
    if features % heads:
        raise Reject(f"{features} features do not divide by {heads} heads", code="SG405", input=0, argument=argument)
    return features // heads


def prefixed(name: str, weights: Mapping[str, Weight]) -> dict[str, Weight]:
    """The weights of a child."""
    return {f"{name}.{key}": weight for key, weight in weights.items()}


def linear_weights(out_features: int, in_features: int, bias: bool) -> dict[str, Weight]:
    """Those of torch.nn.Linear."""
    weight = {"weight": Weight((out_features, in_features))}
    return weight | ({"bias": Weight((out_features,))} if bias else {})


def heads_weights(
    embed_dim: int, kdim: int, vdim: int, *, bias: bool = True, bias_kv: bool = False
) -> dict[str, Weight]:
    """Those of torch.nn.MultiheadAttention."""
    if kdim == vdim == embed_dim:
        weights = {"in_proj_weight": Weight((3 * embed_dim, embed_dim))}
    else:
        sizes = {"q": embed_dim, "k": kdim, "v": vdim}
        weights = {f"{name}_proj_weight": Weight((embed_dim, size)) for name, size in sizes.items()}
    if bias:
        weights["in_proj_bias"] = Weight((3 * embed_dim,))
    if bias_kv:
        weights |= {name: Weight((1, 1, embed_dim)) for name in ("bias_k", "bias_v")}
    return weights | prefixed("out_proj", linear_weights(embed_dim, embed_dim, bias))


def heads_macs(queries: Sequence, keys: Sequence, values: Sequence, *, extra_keys: int = 0) -> Dim:
    """Multiply-accumulates of torch.nn.MultiheadAttention: the projections, and two products of each pair."""
    batch, length, features = queries
    projected = length * (2 * features * features) + keys.length * features * (keys.features + values.features)
    return batch * (projected + length * (keys.length + extra_keys) * (2 * features))


def places(size: Dim, other: Dim, what: str, input: int) -> None:
    """Two numbers of places agree, also where torch's kernels would stretch the one."""
    if isinstance(size, Size) or isinstance(other, Size):
        same(size, other, -2, input)
    elif size != other:
        raise Reject(f"{what}: {show(size)} and {show(other)}", code="SG402", input=input)
