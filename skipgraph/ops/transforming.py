"""What layers of a Transformer share: their arguments, their weights, how they are made and counted."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from skipgraph.ops.attending import (
    Sequence,
    causal_hint,
    heads_macs,
    heads_of,
    heads_weights,
    linear_weights,
    prefixed,
    same_sizes,
    sequence,
)
from skipgraph.ops.base import Op, Style, Weight
from skipgraph.ops.fields import PositiveFloat, PositiveInt, Probability
from skipgraph.ops.lowering import Argument, Call, Module, Value
from skipgraph.ops.rules import declared
from skipgraph.sizes import Dim
from skipgraph.types import TensorType

_Masks = tuple[TensorType | None, ...]


class Heads(Op):
    """The width of all, and the number of heads."""

    inferred = ("d_model",)
    style = Style.ATTENTION
    is_module = True

    d_model: PositiveInt | None = None
    nhead: PositiveInt


class Layers(Heads):
    """What layers of one kind and stacks of them share: the arguments of a layer, and how it is counted."""

    hints: ClassVar[tuple[tuple[str, str], ...]]
    """`is_causal` and the like, and the ports of the masks that they speak of."""

    dim_feedforward: PositiveInt = 2048
    dropout: Probability = 0.1
    activation: Literal["relu", "gelu"] = "relu"
    layer_norm_eps: PositiveFloat = 1e-05
    batch_first: bool = False
    norm_first: bool = False
    bias: bool = True

    @property
    def count(self) -> int:
        """How many layers there are."""
        return 1

    def sequences(self, *inputs: TensorType) -> tuple[Sequence, ...]:
        """The sizes of what arrives."""
        return tuple(sequence(x, self.batch_first, at) for at, x in enumerate(inputs))

    def enter(self, x: TensorType) -> Sequence:
        found = sequence(x, self.batch_first)
        heads_of(declared(self.d_model, found.features, "d_model"), self.nhead, "nhead")
        return found

    def enter_both(self, x: TensorType, memory: TensorType) -> tuple[Sequence, Sequence]:
        here, there = self.enter(x), sequence(memory, self.batch_first, 1)
        same_sizes(x, memory, (0 if self.batch_first else 1, 2), 1)
        return here, there

    def check_hints(self, inputs: Mapping[str, TensorType | None]) -> None:
        for argument, port in self.hints:
            causal_hint(getattr(self, argument), inputs[port], argument, port)

    def layer(self, kind: str, x: TensorType) -> Call:
        """The call that makes one layer."""
        own = {name: value for name, value in self.given("d_model", "nhead").items() if name in _LAYER}
        return Call(f"torch.nn.{kind}", declared(None, x.shape[-1], "d_model"), self.nhead, **own)

    def called(self, make: Call, ports: tuple[str, ...], first: int, inputs: _Masks) -> Module:
        """The module, given the values that must be there, the masks that are, and the hints that are written."""
        named = list(enumerate(zip(ports, inputs, strict=False)))[first:]
        given: dict[str, Argument] = {name.rstrip("?"): Value(at) for at, (name, mask) in named if mask is not None}
        hints = self.given()
        given |= {name: hints[name] for name, _ in self.hints if name in hints}
        return Module(make, tuple(Value(at) for at in range(first)), given)

    def last_norm(self, x: TensorType) -> Call:
        """The norm behind the last layer."""
        options: dict[str, Argument] = {"eps": self.layer_norm_eps} if self.layer_norm_eps != 1e-05 else {}
        options |= {} if self.bias else {"bias": False}
        return Call("torch.nn.LayerNorm", declared(None, x.shape[-1], "d_model"), **options)

    def norm_weights(self, d_model: int, *names: str) -> dict[str, Weight]:
        parts = ("weight", "bias") if self.bias else ("weight",)
        return {f"{name}.{part}": Weight((d_model,)) for name in names for part in parts}

    def layer_weights(self, d_model: int, *attentions: str) -> dict[str, Weight]:
        """Those of one layer."""
        wide = self.dim_feedforward
        heads = [prefixed(name, heads_weights(d_model, d_model, d_model, bias=self.bias)) for name in attentions]
        norms = (f"norm{number}" for number in range(1, len(attentions) + 2))
        return (
            {key: weight for each in heads for key, weight in each.items()}
            | prefixed("linear1", linear_weights(wide, d_model, self.bias))
            | prefixed("linear2", linear_weights(d_model, wide, self.bias))
            | self.norm_weights(d_model, *norms)
        )

    def layer_macs(self, here: Sequence, *attended: Sequence) -> Dim:
        """Those of one layer that attends to these sequences."""
        total: Dim = here.batch * here.length * (2 * here.features * self.dim_feedforward)
        for there in attended:
            total = total + heads_macs(here, there, there)
        return total


_LAYER = frozenset(Layers.model_fields)


def stacked(count: int, layer: Mapping[str, Weight], name: str = "layers") -> dict[str, Weight]:
    """Those of `count` layers."""
    return {f"{name}.{at}.{key}": weight for at in range(count) for key, weight in layer.items()}
