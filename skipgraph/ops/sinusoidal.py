"""Numbers as sines and cosines."""

from math import log
from typing import Annotated, TypeAlias

from annotated_types import Ge, Gt
from pydantic import Field

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.fields import FiniteFloat
from skipgraph.ops.lowering import Argument, Arithmetic, Attribute, Call, Expr, Method, Name, Shared, Value
from skipgraph.types import FLOATS, INTEGERS, TensorType

_Two: TypeAlias = Annotated[int, Ge(2)]
_AboveOne: TypeAlias = Annotated[float, Gt(1), Field(allow_inf_nan=False)]


class SinusoidalEmbedding(Op):
    """Sines and cosines of each number, at frequencies from 1 down to `1 / max_period`: of time steps, of positions.

    Frequency `i` of the `h = embedding_dim // 2` is `max_period ** (-i / (h - downscale_freq_shift))`. The sines stand
    first, with `flip_sin_to_cos` the cosines; `interleaved` puts each sine before its cosine, as the Transformer has
    its positions (with a shift of 0). An odd last place is 0. The defaults are DDPM's.
    Shape: `[...]` -> `[..., embedding_dim]` of float32. Source: diffusers' get_timestep_embedding; Vaswani
    et al., 2017; Ho et al., 2020.
    """

    leading = "embedding_dim"
    style = Style.EMBEDDING
    examples = (
        Example(("N int64",), embedding_dim=8),
        Example(("N",), embedding_dim=7, flip_sin_to_cos=True, downscale_freq_shift=0, scale=2),
        Example(("N, L int64",), embedding_dim=8, interleaved=True, downscale_freq_shift=0),
    )

    embedding_dim: _Two
    flip_sin_to_cos: bool = False
    downscale_freq_shift: FiniteFloat = 1
    scale: FiniteFloat = 1
    max_period: _AboveOne = 10000
    interleaved: bool = False

    def infer(self, x: TensorType) -> TensorType:
        if x.dtype not in (*FLOATS, *INTEGERS):
            raise Reject(f"needs an input of numbers, got {x.dtype}", code="SG409", input=0)
        shift = self.downscale_freq_shift
        if shift >= self._half:
            raise Reject(
                f"`downscale_freq_shift` of {shift} is not below {self._half}, the number of frequencies",
                code="SG209",
                argument="downscale_freq_shift",
            )
        return x.with_shape((*x.shape, self.embedding_dim)).with_dtype("float32")

    def lower(self, x: TensorType) -> Expr:
        angles = Shared("angles", self._angles())
        waves: list[Argument] = [Call("torch.sin", angles), Call("torch.cos", angles)]
        if self.flip_sin_to_cos:
            waves.reverse()
        if self.interleaved:
            joined: Expr = Method(Call("torch.stack", waves, dim=-1), "flatten", -2)
        else:
            joined = Call("torch.cat", waves, dim=-1)
        return Call("torch.nn.functional.pad", joined, (0, 1)) if self.embedding_dim % 2 else joined

    def _angles(self) -> Expr:
        """Each number times each frequency, in the order in which diffusers computes it."""
        places = Call("torch.arange", self._half, dtype=Name("torch.float32"), device=Attribute(Value(0), "device"))
        slope = Arithmetic("*", -log(self.max_period), places)
        shift = self.downscale_freq_shift
        steps: Argument = Arithmetic("-", self._half, shift) if shift else self._half
        frequencies = Call("torch.exp", Arithmetic("/", slope, steps))
        angles = Arithmetic("*", Method(Method(Value(0), "unsqueeze", -1), "float"), frequencies)
        return angles if self.scale == 1 else Arithmetic("*", self.scale, angles)

    @property
    def _half(self) -> int:
        return self.embedding_dim // 2
