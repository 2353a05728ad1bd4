"""An op's arguments: evaluated, then judged by the op's own class, each refusal at its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.evaluate import Values, closed, evaluate_text, show_plain, show_value
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.graph import Edge, Ref
from skipgraph.ops import Computed, Op, SizeOf, Value
from skipgraph.ops.words import field_in_words
from skipgraph.sizes import Size, Symbolic
from skipgraph.spec.mappings import meant_by
from skipgraph.spec.model import Call
from skipgraph.text import Mapping, Node, Scalar
from skipgraph.text import Sequence as SequenceNode
from skipgraph.types import TensorType

_AXES = {1: "N", 2: "NC", 3: "NCL", 4: "NCHW", 5: "NCDHW"}
_RANGE_ERRORS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"}


class Arguments:
    """The arguments of one call while they are evaluated, and the values whose sizes they ask for."""

    def __init__(self, scope: Scope, call: Call, values: Values, inputs: Sequence[Edge | None]) -> None:
        self.scope = scope
        self.call = call
        self.values = values
        self.inputs = inputs
        self.sizes: list[Ref] = []

    def op(self, cls: type[Op], kind: str) -> Op:
        """The op with these arguments; every refusal is reported."""
        first = self._first()
        if first is not None and "axes" in self.call.keys:
            self._read_axes(self._axis_names(self.call.keys["axes"][1], first))
        nodes = self._nodes(cls, kind)
        arguments: dict[str, Any] = {}
        failed = False
        for name, node in nodes.items():
            try:
                arguments[name] = self._argument(cls, name, node)
            except Failed:
                failed = True
        if failed:
            raise Failed
        try:
            return cls.model_validate(arguments)
        except ValidationError as error:
            self._refuse(cls, kind, nodes, arguments, error)
            raise Failed from None

    def _nodes(self, cls: type[Op], kind: str) -> dict[str, Node]:
        """The arguments as written; a port that is named among them is not one."""
        ports = {port.rstrip("?*") for port in cls.ports}
        nodes = {
            name: node
            for name, (_, node) in self.call.arguments.items()
            if name not in ports or name in cls.model_fields
        }
        if self.call.leading is None:
            return nodes
        if cls.leading is None:
            needed = ", ".join(f"{name}: ..." for name, info in cls.model_fields.items() if info.is_required())
            self.scope.run.find(
                "SG208",
                f"`{kind}` takes its arguments by name, got {self.call.leading.kind}",
                self.call.leading.span,
                help=f"write `- {kind}: {{{needed}}}`" if needed else f"write `- {kind}`: what arrives says the rest",
            )
            raise Failed
        return {cls.leading: self.call.leading}

    def _argument(self, cls: type[Op], name: str, node: Node) -> Any:
        if name in cls.size_arguments():
            return self._size(node)
        value = self._plain(node)
        return closed(self.scope, node, value, f"`{name}`")

    def _plain(self, node: Node) -> Any:
        if isinstance(node, Scalar):
            value = evaluate_text(self.scope, node, self.values)
            return tuple(value) if isinstance(value, list) else value
        if isinstance(node, SequenceNode):
            return tuple(self._plain(item) for item in node)
        assert isinstance(node, Mapping)
        return {name: self._plain(value) for name, (_, value) in node.entries.items()}

    def _size(self, node: Node) -> Any:
        """A size argument: it may compute with the axes that arrive, and needs no `$`."""
        if isinstance(node, SequenceNode):
            return tuple(self._size(item) for item in node)
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return self._plain(node)
        value = evaluate_text(self.scope, node, self._with_axes(), self._size_of, bare=True)
        return tuple(value) if isinstance(value, list) else value

    def _with_axes(self) -> Values:
        first = self._first()
        if first is None:
            return self.values
        named = self.call.keys.get("axes")
        letters = list(_AXES.get(first.rank, ""))
        if named is not None:
            letters = self._axis_names(named[1], first)
        axes = {letter: self._computed(first.shape[axis], 0, axis) for axis, letter in enumerate(letters)}
        return {**self.values, **axes} if named is not None else {**axes, **self.values}

    def _read_axes(self, names: list[str]) -> None:
        """Report names for axes of which no argument uses any."""
        texts = " ".join(text for _, node in self.call.arguments.values() for text in texts_of(node))
        if not set(names) & set(re.findall(r"\w+", texts)):
            span = self.call.keys["axes"][0].span
            self.scope.run.find("SG314", "`axes` gives names that no argument of the step uses", span)

    def _axis_names(self, node: Node, first: TensorType) -> list[str]:
        names = [item.value for item in node if isinstance(item, Scalar)] if isinstance(node, SequenceNode) else []
        wrong = [name for name in names if not (isinstance(name, str) and name.isidentifier())]
        if len(names) != first.rank or wrong:
            got = f"`{wrong[0]}`" if wrong else f"{len(names)} names" if names else node.kind
            letters = _AXES.get(first.rank) or [f"A{axis}" for axis in range(first.rank)]
            help = f"for example `axes: [{', '.join(letters)}]`: a name for each, also where the size is a number"
            message = f"`axes` names the {first.rank} axes of {first}, got {got}"
            self.scope.run.find("SG203", message, node.span, help=help)
            raise Failed
        return [str(name) for name in names]

    def _first(self) -> TensorType | None:
        edge = self.inputs[0] if self.inputs else None
        return None if edge is None else self.scope.builder.type_of(edge.source)

    def _size_of(self, name: str, axis: int) -> Any:
        """`size('name', axis)`, as forward finds it."""
        from skipgraph.elaborate.evaluate import names_in

        size = names_in(self.scope, self.values).size
        assert size is not None
        value = size(name, axis)
        if not isinstance(value, Size):
            return value
        ref = self.scope.one(name, self.call.span, "")
        rank = self.scope.builder.type_of(ref).rank
        if ref not in self.sizes:
            self.sizes.append(ref)
        return self._computed(value, len(self.inputs) + self.sizes.index(ref), axis % rank)

    @staticmethod
    def _computed(size: Any, index: int, axis: int) -> Any:
        return Computed(size, SizeOf(Value(index), axis)) if isinstance(size, Size) else size

    def _refuse(
        self, cls: type[Op], kind: str, nodes: dict[str, Node], arguments: dict[str, Any], error: ValidationError
    ) -> None:
        errors = error.errors(include_url=False)
        unknown = [str(found["loc"][0]) for found in errors if _is_unknown(found)]
        missing = {str(found["loc"][0]) for found in errors if found["type"] == "missing"}
        # A missing argument that an unknown one stands for was misspelt: one mistake.
        seen = missing & {str(closest(name, cls.model_fields)) for name in unknown}
        missing -= seen
        if len(unknown) == len(missing) == 1:
            seen |= missing
        for found in errors:
            name = str(found["loc"][0]) if found["loc"] else ""
            if name in seen:
                continue
            seen.add(name)
            if found["type"] == "missing":
                self._missing(cls, kind, name)
            elif found["type"] == "extra_forbidden":
                self._unknown(cls, kind, name, missing)
            elif name in nodes:
                self._unfit(cls, kind, name, nodes[name], arguments[name], error)
            else:
                self.scope.run.find("SG208", f"`{kind}`: {found['msg']}", self.call.span)

    def _missing(self, cls: type[Op], kind: str, name: str) -> None:
        info = cls.model_fields[name]
        self.scope.run.find(
            "SG207", f"`{kind}` needs `{name}`, {field_in_words(info)}", self.call.span, help=f"add `{name}: ...`"
        )

    def _unknown(self, cls: type[Op], kind: str, name: str, missing: Collection[str]) -> None:
        self.scope.run.find(
            "SG206",
            f"`{kind}` has no argument `{name}`",
            self.call.arguments[name][0].span,
            help=meant_by(name, cls.model_fields, missing),
        )

    def _unfit(self, cls: type[Op], kind: str, name: str, node: Node, value: Any, error: ValidationError) -> None:
        if isinstance(value, Symbolic):
            self.scope.run.find(
                "SG408",
                f"`{name}` of `{kind}` must be a number, but {show_value(value)} is open until run time",
                node.span,
            )
            return
        info = cls.model_fields[name]
        mine = [found for found in error.errors(include_url=False) if found["loc"] and found["loc"][0] == name]
        wrong = {found["type"] for found in mine}
        misspelt = "literal_error" in wrong and isinstance(value, str)
        code = "SG209" if misspelt or wrong & _RANGE_ERRORS else "SG208"
        near = closest(value, _choices(mine)) if isinstance(value, str) else None
        self.scope.run.find(
            code,
            f"`{name}` of `{kind}` must be {field_in_words(info)}, got {show_plain(value)}",
            node.span,
            help=f"did you mean `{near}`?" if near else meant(value, wrong),
        )


def texts_of(node: Node) -> Iterator[str]:
    """The strings at and below a node."""
    if isinstance(node, Scalar):
        yield str(node.value)
    elif isinstance(node, Mapping):
        for _, value in node.entries.values():
            yield from texts_of(value)
    elif isinstance(node, SequenceNode):
        for item in node:
            yield from texts_of(item)


def _is_unknown(found: Any) -> bool:
    return bool(found["type"] == "extra_forbidden" and found["loc"])


def meant(value: Any, wrong: set[str]) -> str | None:
    """What to write in place of a value that looks like the right one and is not."""
    if isinstance(value, str) and "bool_type" in wrong and value.lower() in ("no", "off", "yes", "on", "false", "true"):
        return f"write `{'false' if value.lower() in ('no', 'off', 'false') else 'true'}`"
    if isinstance(value, str) and re.fullmatch(r"[-+]?[0-9][0-9_]*", value) and "int_type" in wrong:
        return f"write `{int(value)}`"
    if isinstance(value, float) and value.is_integer() and "int_type" in wrong:
        return f"write `{int(value)}`"
    return None


def _choices(found: Sequence[Any]) -> list[str]:
    """The strings that pydantic would have taken."""
    text = " ".join(str(each.get("ctx", {}).get("expected", "")) for each in found)
    return [part for part in text.replace("'", " ").replace(",", " ").split() if part != "or"]
