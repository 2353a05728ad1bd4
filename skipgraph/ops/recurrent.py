"""Recurrent layers, whole and as single cells."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from skipgraph.ops.base import Example, Inferred, Op, Reject, Style, Weight
from skipgraph.ops.fields import NonNegativeInt, PositiveInt, Probability
from skipgraph.ops.lowering import Argument, Call, Module, Value
from skipgraph.ops.rules import declared, floating, one_dtype, ranked, same
from skipgraph.sizes import Dim
from skipgraph.types import Shape, TensorType


def _state(found: TensorType | None, shape: Shape, x: TensorType, port: int) -> None:
    """An initial state, where one is given, has the shape of what it becomes."""
    if found is None:
        return
    one_dtype(x, *(x,) * (port - 1), found)
    if found.rank != len(shape):
        raise Reject(f"needs a state of {len(shape)} axes, got {found}", input=port)
    for axis, (a, b) in enumerate(zip(shape, found.shape, strict=True)):
        same(a, b, axis, port)


class _Recurrent(Op):
    """What the layers share: steps of a sequence, several layers, two directions."""

    gates: ClassVar[int]
    ports: ClassVar[tuple[str, ...]] = ("input", "h_0?")
    leading = "hidden_size"
    inferred = ("input_size",)
    style = Style.RECURRENT
    is_module = True

    input_size: PositiveInt | None = None
    hidden_size: PositiveInt
    num_layers: PositiveInt = 1

    if TYPE_CHECKING:  # each has them in torch's order, which `nonlinearity` comes into
        bias: bool
        batch_first: bool
        dropout: Probability
        bidirectional: bool

    @property
    def results(self) -> tuple[str, ...]:
        return ("output", "h_n")

    def infer(self, x: TensorType, h_0: TensorType | None = None) -> Inferred:
        state = self._state(x, self._output_size)
        _state(h_0, state, x, 1)
        return self._outputs(x), x.with_shape(state)

    def lower(self, x: TensorType, h_0: TensorType | None = None) -> Module:
        return self._made(x, () if h_0 is None else (Value(1),))

    def weights(self, x: TensorType, *states: TensorType | None) -> Mapping[str, Weight]:
        return dict(self._weights(x))

    def macs(self, output: TensorType, x: TensorType, *states: TensorType | None) -> Dim:
        matrices = sum(weight.elements for weight in self.weights(x).values() if len(weight.shape) == 2)
        return x.shape[0] * x.shape[1] * matrices

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _output_size(self) -> int:
        return getattr(self, "proj_size", 0) or self.hidden_size

    def _entering(self, x: TensorType) -> int:
        """The size of what enters the first layer."""
        layout = "[N, L, C]" if self.batch_first else "[L, N, C] (`batch_first: true` takes [N, L, C])"
        ranked(floating(x), 3, layout=layout)
        return declared(self.input_size, x.shape[-1], "input_size")

    def _state(self, x: TensorType, size: int) -> Shape:
        """The shape of a state, which has the batch second whatever `batch_first` says."""
        self._entering(x)
        return self._directions * self.num_layers, x.shape[0 if self.batch_first else 1], size

    def _outputs(self, x: TensorType) -> TensorType:
        return x.with_axis(-1, self._directions * self._output_size)

    def _made(self, x: TensorType, states: tuple[Argument, ...]) -> Module:
        # torch warns of a dropout that has no layer behind it
        idle = () if self.num_layers > 1 else ("dropout",)
        arguments = self.given("input_size", "hidden_size", *idle)
        make = Call(f"torch.nn.{type(self).__name__}", self._entering(x), self.hidden_size, **arguments)
        return Module(make, (Value(0), *states))

    def _weights(self, x: TensorType) -> Iterator[tuple[str, Weight]]:
        entering, rows = self._entering(x), self.gates * self.hidden_size
        for layer in range(self.num_layers):
            for suffix in (f"l{layer}", f"l{layer}_reverse")[: self._directions]:
                yield f"weight_ih_{suffix}", Weight((rows, entering))
                yield f"weight_hh_{suffix}", Weight((rows, self._output_size))
                if self.bias:
                    yield f"bias_ih_{suffix}", Weight((rows,))
                    yield f"bias_hh_{suffix}", Weight((rows,))
                if self._output_size != self.hidden_size:
                    yield f"weight_hr_{suffix}", Weight((self._output_size, self.hidden_size))
            entering = self._directions * self._output_size


class RNN(_Recurrent):
    """A plain recurrent layer over a sequence: `h = nonlinearity(W x + U h + b)`.

    `output` is the last layer's state at every step, `h_n` every layer's state after the last step.
    Shape: `[L, N, C]`, with `batch_first` `[N, L, C]` -> the same with `D * hidden_size` for C, and
    `[D * num_layers, N, hidden_size]`, D being 2 where `bidirectional`, else 1; so is the initial state `h_0`, zeros
    where it is left out. Source: torch.nn.RNN; Elman, 1990.
    """

    gates = 1
    examples = (
        Example(("L, N, 4",), hidden_size=6),
        Example(("N, L, 4", "2, N, 6"), hidden_size=6, nonlinearity="relu", batch_first=True, bidirectional=True),
    )

    nonlinearity: Literal["tanh", "relu"] = "tanh"
    bias: bool = True
    batch_first: bool = False
    dropout: Probability = 0.0
    bidirectional: bool = False


class GRU(_Recurrent):
    """A layer of gated recurrent units over a sequence.

    `output` is the last layer's state at every step, `h_n` every layer's state after the last step.
    Shape: `[L, N, C]`, with `batch_first` `[N, L, C]` -> the same with `D * hidden_size` for C, and
    `[D * num_layers, N, hidden_size]`, D being 2 where `bidirectional`, else 1; so is the initial state `h_0`, zeros
    where it is left out. Source: torch.nn.GRU; Cho et al., 2014.
    """

    gates = 3
    examples = (
        Example(("L, N, 4",), hidden_size=6),
        Example(("N, L, 4", "4, N, 6"), hidden_size=6, num_layers=2, batch_first=True, bidirectional=True),
    )

    bias: bool = True
    batch_first: bool = False
    dropout: Probability = 0.0
    bidirectional: bool = False


class LSTM(_Recurrent):
    """A layer of long short-term memory over a sequence.

    `output` is the last layer's state at every step, `h_n` every layer's state after the last step, `c_n` its cells.
    Shape: `[L, N, C]`, with `batch_first` `[N, L, C]` -> the same with `D * hidden_size` for C, and twice
    `[D * num_layers, N, hidden_size]`, D being 2 where `bidirectional`, else 1; so are the initial states `h_0` and
    `c_0`, both or none, zeros where they are left out. With a `proj_size` the states, not the cells, are that wide.
    Source: torch.nn.LSTM; Hochreiter and Schmidhuber, 1997.
    """

    gates = 4
    ports = ("input", "h_0?", "c_0?")
    examples = (
        Example(("L, N, 4",), hidden_size=6),
        Example(("N, L, 4",), hidden_size=6, num_layers=2, batch_first=True, bidirectional=True, proj_size=3),
        Example(("L, N, 4", "2, N, 6", "2, N, 6"), hidden_size=6, num_layers=2, bias=False),
    )

    bias: bool = True
    batch_first: bool = False
    dropout: Probability = 0.0
    bidirectional: bool = False
    proj_size: NonNegativeInt = 0

    @property
    def results(self) -> tuple[str, ...]:
        return ("output", "h_n", "c_n")

    def infer(self, x: TensorType, h_0: TensorType | None = None, c_0: TensorType | None = None) -> Inferred:
        if self.proj_size >= self.hidden_size:
            raise Reject(
                f"`proj_size` of {self.proj_size} is not below `hidden_size` of {self.hidden_size}",
                code="SG209",
                argument="proj_size",
            )
        state, cells = self._state(x, self._output_size), self._state(x, self.hidden_size)
        _both(h_0, c_0, "h_0", "c_0")
        _state(h_0, state, x, 1)
        _state(c_0, cells, x, 2)
        return self._outputs(x), x.with_shape(state), x.with_shape(cells)

    def lower(self, x: TensorType, h_0: TensorType | None = None, c_0: TensorType | None = None) -> Module:
        made = self._made(x, () if h_0 is None else ((Value(1), Value(2)),))
        return Module(made.make, made.args, returned=(0, (1, 2)))


def _both(h: TensorType | None, c: TensorType | None, *names: str) -> None:
    if (h is None) != (c is None):
        given, missing = names if c is None else names[::-1]
        raise Reject(f"takes `{names[0]}` and `{names[1]}` together: `{given}` has no `{missing}`", code="SG305")


class _Cell(Op):
    """What the cells share: one step of one layer."""

    gates: ClassVar[int]
    ports: ClassVar[tuple[str, ...]] = ("input", "hx?")
    leading = "hidden_size"
    inferred = ("input_size",)
    style = Style.RECURRENT
    is_module = True

    input_size: PositiveInt | None = None
    hidden_size: PositiveInt
    bias: bool = True

    def infer(self, x: TensorType, hx: TensorType | None = None) -> Inferred:
        y = self._next(x)
        _state(hx, y.shape, x, 1)
        return y

    def lower(self, x: TensorType, hx: TensorType | None = None) -> Module:
        return self._made(x, () if hx is None else (Value(1),))

    def weights(self, x: TensorType, *states: TensorType | None) -> Mapping[str, Weight]:
        rows = self.gates * self.hidden_size
        matrices = {
            "weight_ih": Weight((rows, declared(None, x.shape[-1], "input_size"))),
            "weight_hh": Weight((rows, self.hidden_size)),
        }
        return matrices | ({"bias_ih": Weight((rows,)), "bias_hh": Weight((rows,))} if self.bias else {})

    def macs(self, output: TensorType, x: TensorType, *states: TensorType | None) -> Dim:
        return output.elements * self.gates * (x.shape[-1] + self.hidden_size)

    def _next(self, x: TensorType) -> TensorType:
        ranked(floating(x), 2, layout="[N, C]")
        declared(self.input_size, x.shape[-1], "input_size")
        return x.with_axis(-1, self.hidden_size)

    def _made(self, x: TensorType, states: tuple[Argument, ...]) -> Module:
        size = declared(None, x.shape[-1], "input_size")
        arguments = self.given("input_size", "hidden_size")
        return Module(Call(f"torch.nn.{type(self).__name__}", size, self.hidden_size, **arguments), (Value(0), *states))


class RNNCell(_Cell):
    """One step of a plain recurrent layer: `h = nonlinearity(W x + U h + b)`.

    Shape: `[N, C]` -> `[N, hidden_size]`; so is the state `hx`, zeros where it is left out. Source: torch.nn.RNNCell.
    """

    gates = 1
    examples = (Example(("N, 4",), hidden_size=6), Example(("N, 4", "N, 6"), hidden_size=6, nonlinearity="relu"))

    nonlinearity: Literal["tanh", "relu"] = "tanh"


class GRUCell(_Cell):
    """One step of a gated recurrent unit.

    Shape: `[N, C]` -> `[N, hidden_size]`; so is the state `hx`, zeros where it is left out. Source: torch.nn.GRUCell.
    """

    gates = 3
    examples = (Example(("N, 4",), hidden_size=6), Example(("N, 4", "N, 6"), hidden_size=6, bias=False))


class LSTMCell(_Cell):
    """One step of long short-term memory: its state `h_1` and its cells `c_1`.

    Shape: `[N, C]` -> twice `[N, hidden_size]`; so are the state `hx` and the cells `cx`, both or none, zeros where
    they are left out. Source: torch.nn.LSTMCell.
    """

    gates = 4
    ports = ("input", "hx?", "cx?")
    examples = (Example(("N, 4",), hidden_size=6), Example(("N, 4", "N, 6", "N, 6"), hidden_size=6))

    @property
    def results(self) -> tuple[str, ...]:
        return ("h_1", "c_1")

    def infer(self, x: TensorType, hx: TensorType | None = None, cx: TensorType | None = None) -> Inferred:
        y = self._next(x)
        _both(hx, cx, "hx", "cx")
        _state(hx, y.shape, x, 1)
        _state(cx, y.shape, x, 2)
        return y, y

    def lower(self, x: TensorType, hx: TensorType | None = None, cx: TensorType | None = None) -> Module:
        return self._made(x, () if hx is None else ((Value(1), Value(2)),))
