"""Classes from outside the spec: what stands for one in a graph, and how its shapes are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from skipgraph.ops import Reject
from skipgraph.sizes import Dim, Divides, Size, require
from skipgraph.types import TensorType

Values: TypeAlias = Mapping[Size, int]
"""A number for each open size that arrives."""

_UNIT = 3840
"""Open sizes are tried at multiples of it: it divides by 2**8, 3 and 5, so that strides and windows come out even."""
_FACTORS = range(2, 65)
_HELP = "give the class a static method `infer_shape(*shapes, **arguments)`"


def maker(cls: Any) -> Callable[[str, Mapping[str, Any]], Outside]:
    """What makes the nodes of a class."""
    return lambda name, arguments: Outside(name, arguments, cls)


@dataclass(frozen=True, eq=False)
class Outside:
    """A call of a class that the caller handed over.

    Its shapes come from its own rule where it has one, `infer_shape(*shapes, **arguments)`, a static or class method
    that gives the shape of the result, or a list of shapes. Failing that, the class is made on the meta device and
    asked with a few input sizes; what these do not settle is refused.
    """

    name: str
    arguments: Mapping[str, Any]
    cls: Any

    def infer(self, *inputs: TensorType) -> TensorType | tuple[TensorType, ...]:
        """The type of its result, or of each; raises `Reject`."""
        rule = getattr(self.cls, "infer_shape", None)
        if rule is None:
            return _Trial(self, inputs).types()
        try:
            found = rule(*(x.shape for x in inputs), **self.arguments)
        except Reject:
            raise
        except Exception as error:
            raise Reject(f"refuses in `infer_shape`: {_said(error)}", code="SG217") from error
        dtype = inputs[0].dtype if inputs else "float32"
        if isinstance(found, list):
            return tuple(TensorType(tuple(shape), dtype) for shape in found)
        return TensorType(tuple(found), dtype)


class _Trial:
    """Asking a class on the meta device what it makes of its inputs."""

    def __init__(self, work: Outside, inputs: Sequence[TensorType]) -> None:
        self.work = work
        self.inputs = inputs
        self.open = list(dict.fromkeys(size for x in inputs for size in x.shape if isinstance(size, Size)))
        self.module = self._made()

    def types(self) -> TensorType | tuple[TensorType, ...]:
        """The types, in symbols, that fit what it gives at every size tried."""
        tried = [(values, self._run(values)) for values in self._even()]
        odd = [(values, self._attempt(values)) for values in self._odd()]
        refused = [size for (_, result), size in zip(odd, self.open, strict=True) if result is None]
        tried += [(values, result) for values, result in odd if result is not None]
        several = isinstance(tried[0][1], tuple)
        rows = [(values, result if isinstance(result, tuple) else (result,)) for values, result in tried]
        found = tuple(self._type([(values, row[at]) for values, row in rows], refused) for at in range(len(rows[0][1])))
        if refused:
            raise Reject(
                "takes some sizes and not others, by a rule that cannot be told from a few tries",
                code="SG217",
                help=_HELP,
            )
        return found if several else found[0]

    def _even(self) -> Iterator[Values]:
        for prime in (7, 11, 13):
            yield {size: _UNIT * (prime + 17 * at) for at, size in enumerate(self.open)}

    def _odd(self) -> Iterator[Values]:
        """Each open size in turn one larger: tells rounding down from rounding up, and from what must come out even."""
        even = next(self._even())
        for size in self.open:
            yield {**even, size: even[size] + 1}

    def _type(self, rows: list[tuple[Values, Any]], refused: list[Size]) -> TensorType:
        first = rows[0][1]
        if any(row.dim() != first.dim() for _, row in rows):
            raise Reject("gives a result whose number of axes hangs on the input sizes", code="SG217")
        shape = tuple(
            self._axis([(values, row.shape[axis]) for values, row in rows], refused) for axis in range(first.dim())
        )
        return TensorType(shape, str(first.dtype).removeprefix("torch."))

    def _axis(self, rows: list[tuple[Values, int]], refused: list[Size]) -> Dim:
        """The one size among those that a layer is likely to give that fits every try."""
        for size, divisor, value in self._candidates(rows[0][1]):
            if all(value(values) == got for values, got in rows):
                # what refuses one row more, and gives a fraction, asks for a size that comes out even
                if size is not None and size in refused and divisor > 1:
                    require(Divides(size, divisor))
                    refused.remove(size)
                found: Dim = value({each: each for each in self.open})
                return found
        raise Reject(
            "gives a result whose size cannot be told from a few tries",
            code="SG217",
            help=_HELP,
        )

    def _candidates(self, got: int) -> Iterator[tuple[Size | None, int, Callable[[Mapping[Size, Any]], Any]]]:
        yield None, 1, lambda values: got
        for size in self.open:
            yield size, 1, lambda values, size=size: values[size]  # type: ignore[misc]
            for k in _FACTORS:
                yield size, 1, lambda values, size=size, k=k: values[size] * k  # type: ignore[misc]
                yield size, k, lambda values, size=size, k=k: values[size] // k  # type: ignore[misc]
                yield size, k, lambda values, size=size, k=k: (values[size] + k - 1) // k  # type: ignore[misc]

    def _made(self) -> Any:
        import torch

        try:
            with torch.device("meta"):
                return self.work.cls(**self.work.arguments).eval()
        except Exception as error:
            raise Reject(f"cannot be made: {_said(error)}", code="SG217") from error

    def _attempt(self, values: Values) -> Any:
        try:
            return self._run(values)
        except Reject:
            return None

    def _run(self, values: Values) -> Any:
        import torch

        tensors = [
            torch.empty(
                tuple(size if isinstance(size, int) else values[size] for size in x.shape),
                dtype=getattr(torch, x.dtype),
                device="meta",
            )
            for x in self.inputs
        ]
        try:
            with torch.no_grad():
                result = self.module(*tensors)
        except Exception as error:
            raise Reject(f"refuses its inputs: {_said(error)}", code="SG217") from error
        parts: Iterable[Any] = result if isinstance(result, tuple | list) else (result,)
        if not all(isinstance(part, torch.Tensor) for part in parts):
            raise Reject("must give a tensor, or several", code="SG217")
        return tuple(parts) if isinstance(result, tuple | list) else result


def _said(error: Exception) -> str:
    first = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {first}"[:200]
