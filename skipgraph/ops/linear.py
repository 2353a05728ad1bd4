"""Fully connected layers."""

from collections.abc import Mapping

from skipgraph.ops.base import Example, Op, Reject, Style, Weight
from skipgraph.ops.fields import PositiveInt
from skipgraph.ops.lowering import Call, Module, Value, module
from skipgraph.ops.rules import declared, floating, one_dtype, same
from skipgraph.sizes import Dim
from skipgraph.types import TensorType


class Linear(Op):
    """Multiply the last axis by a matrix, and add a bias.

    Shape: `[..., C]` -> `[..., out_features]`. Source: torch.nn.Linear.
    """

    leading = "out_features"
    inferred = ("in_features",)
    style = Style.LINEAR
    is_module = True
    examples = (Example(("N, 8",), out_features=5), Example(("N, 6, 8",), out_features=5, bias=False))

    in_features: PositiveInt | None = None
    out_features: PositiveInt
    bias: bool = True

    def infer(self, x: TensorType) -> TensorType:
        if not floating(x).rank:
            raise Reject(f"needs an input of at least 1 axis, got {x}", input=0)
        declared(self.in_features, x.shape[-1], "in_features")
        return x.with_axis(-1, self.out_features)

    def lower(self, x: TensorType) -> Module:
        arguments = self.given("in_features", "out_features")
        return module("torch.nn.Linear", declared(None, x.shape[-1], "in_features"), self.out_features, **arguments)

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        weight = {"weight": Weight((self.out_features, declared(None, x.shape[-1], "in_features")))}
        return weight | ({"bias": Weight((self.out_features,))} if self.bias else {})

    def macs(self, output: TensorType, x: TensorType) -> Dim:
        return output.elements * x.shape[-1]


class Bilinear(Op):
    """Multiply two values through a learned form: `input1 @ weight @ input2`, and add a bias.

    Shape: `[..., A]`, `[..., B]` -> `[..., out_features]`; the axes before the last agree. Source: torch.nn.Bilinear.
    """

    ports = ("input1", "input2")
    leading = "out_features"
    inferred = ("in1_features", "in2_features")
    style = Style.LINEAR
    is_module = True
    examples = (Example(("N, 4", "N, 6"), out_features=5),)

    in1_features: PositiveInt | None = None
    in2_features: PositiveInt | None = None
    out_features: PositiveInt
    bias: bool = True

    def infer(self, a: TensorType, b: TensorType) -> TensorType:
        one_dtype(floating(a), floating(b, input=1))
        if not a.rank or a.rank != b.rank:
            raise Reject(f"needs inputs of one rank, got {a} and {b}", input=1)
        declared(self.in1_features, a.shape[-1], "in1_features")
        declared(self.in2_features, b.shape[-1], "in2_features", input=1)
        before = (same(m, n, axis) for axis, (m, n) in enumerate(zip(a.shape[:-1], b.shape[:-1], strict=True)))
        return a.with_shape((*before, self.out_features))

    def lower(self, a: TensorType, b: TensorType) -> Module:
        make = Call(
            "torch.nn.Bilinear",
            declared(None, a.shape[-1], "in1_features"),
            declared(None, b.shape[-1], "in2_features"),
            self.out_features,
            **self.given("in1_features", "in2_features", "out_features"),
        )
        return Module(make, (Value(0), Value(1)))

    def weights(self, a: TensorType, b: TensorType) -> Mapping[str, Weight]:
        sizes = declared(None, a.shape[-1], "in1_features"), declared(None, b.shape[-1], "in2_features")
        weight = {"weight": Weight((self.out_features, *sizes))}
        return weight | ({"bias": Weight((self.out_features,))} if self.bias else {})

    def macs(self, output: TensorType, a: TensorType, b: TensorType) -> Dim:
        return output.elements * a.shape[-1] * b.shape[-1]
