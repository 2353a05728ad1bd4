"""Values of what is written: expressions in place of scalars, loops, conditions, each error at its column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, get_args

from pydantic import TypeAdapter, ValidationError

from skipgraph.diagnostics import Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.ops.words import in_words
from skipgraph.sizes import Symbolic, show
from skipgraph.spec.expressions import ExpressionError, Names, Template, expression, iterate, loop, template
from skipgraph.spec.keys import Keys
from skipgraph.spec.model import Entries
from skipgraph.text import Mapping as MappingNode
from skipgraph.text import Node, Scalar
from skipgraph.text import Sequence as SequenceNode

Values: TypeAlias = Mapping[str, Any]
"""Parameters and loop variables."""

_PLAIN = "write the size as a number in `inputs`, or make this a parameter"

SizeOf = Callable[[str, int], Any]
"""What `size('name', axis)` gives, where it is not the size in symbols."""


def names_in(scope: Scope, values: Values, size: SizeOf | None = None) -> Names:
    """What an expression sees in a scope."""

    def size_of(name: str, axis: int) -> Any:
        kind = _type(scope, name)
        if not -kind.rank <= axis < kind.rank:
            raise ExpressionError(f"`{name}` is {kind}: it has no axis {axis}")
        return kind.shape[axis]

    def channels(name: str) -> Any:
        return size_of(name, 1)

    return Names(values, channels, size or size_of)


def _type(scope: Scope, name: str) -> Any:
    stem, _, result = name.partition(".")
    bound = scope.prev if stem == "prev" else scope.input if stem == "input" else scope.find_name(stem)
    if bound is None:
        near = closest(stem, scope.all_names())
        help = f"did you mean `{near}`?" if near else None
        raise ExpressionError(f"there is no step `{stem}` above", name=stem, kind="name", help=help)
    if bound.refs is None:
        raise Failed
    index = bound.results.index(result) if result in bound.results else 0
    return scope.builder.type_of(bound.refs[index])


def report_expression(scope: Scope, node: Scalar, error: ExpressionError) -> Failed:
    """Report an expression's error at its place within the scalar."""
    code = {"syntax": "SG212", "name": "SG213", "value": "SG213", "open": "SG408"}[error.kind]
    message, help = error.message, error.help
    if error.kind == "name" and error.name in scope.run.below:
        message = f"the parameter `{error.name}` stands below this one"
        help = "a default may use the parameters above it"
    if error.kind == "name" and error.name in scope.run.axes:
        code, message = "SG408", f"`{error.name}` is open until run time: it has no value here"
        help = "write it as a number in `inputs`; only what forward finds, as a `Reshape`'s shape, takes open axes"
    if error.kind == "open":
        help = _PLAIN
    scope.run.find(code, message, place_in(node, error.offset, error.length), help=help)
    return Failed()


def place_in(node: Scalar, offset: int, length: int) -> Span:
    """The span of a stretch of a scalar's value; the whole scalar where it is written over several lines."""
    quote = 1 if node.quoted else 0
    if offset < 0 or node.line != node.end_line or "\\" in node.raw:
        return node.span
    start = min(node.column + quote + offset, node.end_column - 1)
    return Span(node.source, node.line, start, node.line, min(max(start + length, start + 1), node.end_column))


def evaluate_text(scope: Scope, node: Scalar, values: Values, size: SizeOf | None = None, *, bare: bool = False) -> Any:
    """A scalar's value: that of its expressions, if it has any. `bare`: the whole of it is one."""
    text = node.value
    if not isinstance(text, str) or (not bare and "$" not in text):
        return text
    try:
        made: Template = expression(text) if bare and "$" not in text else template(text)
        return made.evaluate(names_in(scope, values, size), scope.run.meter)
    except ExpressionError as error:
        raise report_expression(scope, node, error) from None


def evaluate(scope: Scope, node: Node, values: Values) -> Any:
    """A node's value; lists come out as tuples."""
    if isinstance(node, Scalar):
        return evaluate_text(scope, node, values)
    if isinstance(node, SequenceNode):
        return tuple(evaluate(scope, item, values) for item in node)
    assert isinstance(node, MappingNode)
    return {name: evaluate(scope, value, values) for name, (_, value) in node.entries.items()}


def closed(scope: Scope, node: Node, value: Any, what: str) -> Any:
    """`value`, when no part of it hangs on an open size."""
    if isinstance(value, Symbolic):
        message = f"{what} must be a plain value, but {show_value(value)} is open until run time"
        scope.run.find("SG408", message, node.span, help=_PLAIN)
        raise Failed
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ():
        closed(scope, node, part, what)
    return value


def show_value(value: Any) -> str:
    size = getattr(value, "size", value)
    return show(size)


def name_text(scope: Scope, node: Node, values: Values, what: str) -> str:
    """A name: a string, after its expressions."""
    value = evaluate_text(scope, node, values) if isinstance(node, Scalar) else None
    if isinstance(value, str):
        return value
    shown = node.kind if value is None or not isinstance(node, Scalar) else show_plain(value)
    scope.run.find("SG203", f"{what} is a name, got {shown}", node.span)
    raise Failed


def show_plain(value: Any) -> str:
    """A value as a spec writes it."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "`true`", False: "`false`"}[value]
    if isinstance(value, str):
        return f"the string {value!r}" if len(value) < 60 else "a long string"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, tuple | list):
        text = "[" + ", ".join(str(item) for item in value[:8]) + (", ...]" if len(value) > 8 else "]")
        return f"the list {text}"
    return "a mapping"


def truth(scope: Scope, node: Node, values: Values, what: str = "`when`") -> bool:
    """A condition's value: true or false."""
    value = closed(scope, node, evaluate(scope, node, values), what)
    if isinstance(value, bool):
        return value
    scope.run.find("SG203", f"{what} is true or false, got {show_plain(value)}", node.span)
    raise Failed


def option(scope: Scope, entries: Entries, key: str, values: Values, keys: type[Keys]) -> Any:
    """The value of a key, evaluated and of the type that its class of keys asks; its default where it is left out."""
    annotation, default, adapter = _adapter(keys, key)
    if key not in entries:
        return default
    node = entries[key][1]
    value = closed(scope, node, evaluate(scope, node, values), f"`{key}`")
    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError:
        choices = [choice for choice in get_args(annotation) if isinstance(choice, str)]
        near = closest(value, choices) if isinstance(value, str) else None
        help = f"did you mean `{near}`?" if near else None
        message = f"`{key}` must be {in_words(annotation)}, got {show_plain(value)}"
        scope.run.find("SG203", message, node.span, help=help)
        raise Failed from None


@lru_cache(maxsize=64)
def _adapter(keys: type[Keys], key: str) -> tuple[Any, Any, TypeAdapter[Any]]:
    info = next(info for name, info in keys.model_fields.items() if (info.alias or name) == key)
    annotation: Any = info.annotation
    return annotation, info.default, TypeAdapter(annotation)


def rounds(
    scope: Scope, headers: Sequence[Scalar], let: Entries, when: Node | None, values: Values
) -> Iterator[Values]:
    """The values of every round of loops in one another, with those that `let` names, without those left out."""
    if headers:
        for bound in _bound(scope, headers[0], values):
            yield from rounds(scope, headers[1:], let, when, {**values, **bound})
        return
    inner = dict(values)
    for name, (_, node) in let.items():
        inner[name] = evaluate(scope, node, inner)
    if when is None or truth(scope, when, inner):
        yield inner


def _bound(scope: Scope, header: Scalar, values: Values) -> Iterator[Values]:
    try:
        yield from iterate(loop(str(header.value)), names_in(scope, values), scope.run.meter)
    except ExpressionError as error:
        raise report_expression(scope, header, error) from None
