"""The whole compiler on one screen: each line a stage, each stage a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from skipgraph import text
from skipgraph.collector import collector_paused
from skipgraph.diagnostics import Report, Source, writers
from skipgraph.elaborate import elaborate
from skipgraph.graph import Network
from skipgraph.limits import Limits
from skipgraph.passes import review
from skipgraph.passes.fit import report_sizes
from skipgraph.passes.weights import report_weights
from skipgraph.spec import spec_of
from skipgraph.spec.use import opener

if TYPE_CHECKING:
    from torch import Tensor, nn

    from skipgraph.importers.weights import PortReport
    from skipgraph.passes.diff import Difference
    from skipgraph.render.counting import Detail
    from skipgraph.render.formats import Format
    from skipgraph.render.theme import Theme
    from skipgraph.render.views import View

Spec: TypeAlias = str | Path | Source | Mapping[str, Any]
"""A path, a text (a string with a line break), a source, or the tree itself."""

Externs: TypeAlias = Mapping[str, Any]
"""Classes for the names that a spec declares `extern`."""

LIMITS = Limits()


def _drawn(network: Network) -> str:
    from skipgraph.render import to_svg

    return to_svg(network, theme="light")


# a notebook shows a network, or a module made from it, as its figure
Network.drawn = _drawn


@dataclass(frozen=True)
class Settings:
    """What the caller decides, and the spec does not."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values for the spec's parameters."""
    written: Mapping[str, str] = field(default_factory=dict)
    """The same as text, as `--set` has them."""
    without: frozenset[str] = frozenset()
    """Skips to leave out."""
    externs: Mapping[str, Any] = field(default_factory=dict)
    """Classes for the names that the spec declares `extern`."""
    strict: bool = False
    """Whether a warning is an error."""
    limits: Limits = LIMITS
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Input sizes, by open axis, at which the network must run."""


class SpecError(Exception):
    """A spec that does not check. Its text is the findings; `report` has them one by one."""

    def __init__(self, report: Report) -> None:
        super().__init__(writers.text(report, color=False))
        self.report = report


def network_of(
    source: Source, report: Report, settings: Settings = Settings(), asked: set[str] | None = None
) -> Network | None:
    """The checked network of a spec's text, or None; what was found is in the report, what it uses added to `asked`."""
    limits = settings.limits
    document = text.read(source, report, limits)  # text -> data with places
    spec = document and spec_of(document, report, opener(source, report, limits, asked))  # data -> spec as written
    network = spec and elaborate(  # names, loops, blocks, skips -> typed graph and size contract
        spec,
        report,
        limits=limits,
        settings=parameters(settings, report),
        without=settings.without,
        externs=makers(settings.externs),
    )
    if network and spec:
        review(network, spec, report)  # dead steps, changes in place, what nothing uses
        report_weights(network, limits, report)  # more than the limits allow
        report_sizes(network, settings.sizes, report)  # outside the size contract
    return network if network and not report.failed else None


def examine(spec: Spec, settings: Settings, asked: set[str] | None = None) -> tuple[Network | None, Report]:
    """The network of a spec, or None, and the findings. Paths of files that it uses are added to `asked`."""
    report = Report()
    with collector_paused():
        source = source_of(spec, report, settings.limits)
        network = network_of(source, report, settings, asked) if source else None
    report = report.strict() if settings.strict else report
    return (None if report.failed else network), report


def source_of(spec: Spec, report: Report, limits: Limits) -> Source | None:
    """The text of a spec, or None where its file cannot be read."""
    if isinstance(spec, Source):
        return spec
    if isinstance(spec, Mapping):
        import json

        return Source("<dict>", json.dumps(spec, indent=2, ensure_ascii=False))
    if isinstance(spec, str) and "\n" in spec:
        return Source("<string>", spec)
    return text.load(spec, report, limits)


def parameters(settings: Settings, report: Report) -> dict[str, text.Node]:
    """The parameters that are set, each a source of its own, so that a finding can point at it."""
    import json

    texts = {name: (json.dumps(value), f"{name}=") for name, value in settings.parameters.items()}
    texts |= {name: (value, f"--set {name}") for name, value in settings.written.items()}
    nodes = {name: text.parse_value(*each, report, settings.limits) for name, each in texts.items()}
    return {name: node for name, node in nodes.items() if node is not None}


def makers(externs: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the nodes of classes from outside."""
    if not externs:
        return {}
    from skipgraph.emit.extern import maker

    return {name: maker(cls) for name, cls in externs.items()}


def check(
    spec: Spec,
    *,
    without: Iterable[str] | str = (),
    extern: Externs | None = None,
    strict: bool = False,
    limits: Limits = LIMITS,
    sizes: Mapping[str, int] | None = None,
    **params: Any,
) -> Report:
    """Everything that is wrong with a spec, or suspicious. Nothing is raised, nothing is built, torch is not loaded.

    `params` are the spec's parameters (`base=32`), `without` skips to leave out, `extern` classes for the names that
    the spec declares `extern`, `sizes` input sizes at which it must run (`{"H": 256}`); `strict` makes warnings errors.
    """
    return examine(spec, settings_of(without, extern, strict, limits, sizes, params))[1]


def load(
    spec: Spec,
    *,
    without: Iterable[str] | str = (),
    extern: Externs | None = None,
    strict: bool = False,
    limits: Limits = LIMITS,
    sizes: Mapping[str, int] | None = None,
    **params: Any,
) -> Network:
    """The typed graph of a spec, and the input sizes for which it holds. Raises `SpecError`; options as for `check`."""
    network, report = examine(spec, settings_of(without, extern, strict, limits, sizes, params))
    if network is None:
        raise SpecError(report)
    return network


def build(
    spec: Spec,
    *,
    without: Iterable[str] | str = (),
    extern: Externs | None = None,
    strict: bool = False,
    limits: Limits = LIMITS,
    sizes: Mapping[str, int] | None = None,
    **params: Any,
) -> nn.Module:
    """A module that runs, its weights as torch draws them. Raises `SpecError`; options as for `check`."""
    network = load(spec, without=without, extern=extern, strict=strict, limits=limits, sizes=sizes, **params)
    from skipgraph.emit import to_module

    return to_module(network)


def source(
    spec: Spec,
    *,
    without: Iterable[str] | str = (),
    extern: Externs | None = None,
    strict: bool = False,
    limits: Limits = LIMITS,
    sizes: Mapping[str, int] | None = None,
    **params: Any,
) -> str:
    """The network as a Python module that needs nothing but torch. Raises `SpecError`; options as for `check`."""
    network = load(spec, without=without, extern=extern, strict=strict, limits=limits, sizes=sizes, **params)
    from skipgraph.emit import to_source

    return to_source(network)


@overload
def render(
    spec: Spec | Difference,
    output: None = ...,
    *,
    format: Literal["svg", "tex", "html", "dot", "txt", "mmd"] = ...,
    **options: Any,
) -> str: ...
@overload
def render(spec: Spec | Difference, output: None = ..., *, format: Literal["png", "pdf"], **options: Any) -> bytes: ...
@overload
def render(
    spec: Spec | Difference, output: str | Path, *, format: Format | None = ..., **options: Any
) -> str | bytes: ...
def render(
    spec: Spec | Difference,
    output: str | Path | None = None,
    *,
    format: Format | None = None,
    view: View | None = None,
    detail: Detail = "auto",
    theme: Theme | None = None,
    width: float | None = None,
    dpi: float | None = None,
    ascii: bool = False,
    without: Iterable[str] | str = (),
    extern: Externs | None = None,
    strict: bool = False,
    limits: Limits = LIMITS,
    sizes: Mapping[str, int] | None = None,
    **params: Any,
) -> str | bytes:
    """The network drawn, in the format that `output`, a file to write, ends in; else an SVG. Raises `SpecError`.

    `format` is `svg`, `png`, `pdf`, `tex`, `html`, `dot`, `txt` or `mmd` (Mermaid); PNG and PDF come as bytes, the
    others as text. `view` is `figure` (as papers draw it), `flow` (a row an op, skips as lanes) or `graphviz`; `detail`
    is `stages`, `blocks`, `ops` or `auto`; `theme` is `light`, `dark`, `print`, or for an SVG `auto`, which follows the
    page around it. `width` is in inches. What `diff` gave is drawn as one figure of both networks. Numbers of `sizes`
    stand in place of open axes; other options as for `check`. Raises `ValueError` where a format cannot do what is
    asked, `skipgraph.render.RenderError` where it is too large, or the view of Graphviz finds none.
    """
    from skipgraph.passes.diff import Difference
    from skipgraph.render.formats import BINARY, Choice, draw, draw_difference, format_of

    kind = format or (format_of(output) if output is not None else "svg")
    choice = Choice(view, detail, theme, sizes or {}, width, dpi, ascii)
    if isinstance(spec, Difference):
        data = draw_difference(spec, kind, choice).data
    else:
        network = load(spec, without=without, extern=extern, strict=strict, limits=limits, sizes=sizes, **params)
        data = draw(network, kind, choice).data
    if output is not None:
        Path(output).write_bytes(data)
    return data if kind in BINARY else data.decode()


def diff(
    before: Spec | Network,
    after: Spec | Network,
    *,
    extern: Externs | None = None,
    strict: bool = False,
    limits: Limits = LIMITS,
    sizes: Mapping[str, int] | None = None,
) -> Difference:
    """What differs between two specs: true where anything does, its `str` for people. Raises `SpecError`.

    Each is a spec or what `load` gave, so that `diff(load("net.yaml"), load("net.yaml", base=32))` tells what a
    parameter changes, and `without="skip2"` what a skip is for. Options as for `check`.
    """
    from skipgraph.passes.diff import difference

    settings = settings_of((), extern, strict, limits, sizes, {})
    networks = []
    for spec in (before, after):
        network, report = (spec, Report()) if isinstance(spec, Network) else examine(spec, settings)
        if network is None:
            raise SpecError(report)
        networks.append(network)
    return difference(networks[0], networks[1], sizes)


def features(model: nn.Module, *inputs: Tensor | str, **named: Tensor) -> dict[str, Tensor]:
    """Values inside a module that `build` gave, by name: `features(model, image, "enc1", "enc2.relu_0")`.

    The same as `model.features(image, ...)`, and as good where the network has a child of that name. It runs as far as
    it must. Raises KeyError for a name that it does not have.
    """
    from skipgraph.emit import features

    return features(model, *inputs, **named)


def port_weights(
    source: nn.Module | Mapping[str, Tensor],
    target: nn.Module,
    example: Any = None,
    *,
    rename: Mapping[str, str | None] | None = None,
    by: Literal["name", "order"] | None = None,
    partial: bool = False,
) -> PortReport:
    """Put the weights and buffers of a module or a state_dict into a module. Raises `PortError`, nothing written.

    Tensors pair by the table `rename` (old keys, or beginnings of keys, to new ones; None leaves a tensor out), then by
    name, then, given `example`, by the order in which two modules first use them. `by` says to take names alone, or
    order alone. `example` is an input, a tuple of inputs or a dict of them: both modules are run on it, and unless
    their outputs are equal to the bit, nothing is ported. With `partial` what has no counterpart of its shape stays as
    it is, and order of use is taken only when asked for; without it every weight of the target has to be found.
    """
    from skipgraph.importers.weights import port_weights

    return port_weights(source, target, example, rename=rename, by=by, partial=partial)


def settings_of(
    without: Iterable[str] | str,
    extern: Externs | None,
    strict: bool,
    limits: Limits,
    sizes: Mapping[str, int] | None,
    params: Mapping[str, Any],
) -> Settings:
    """The options of a call as one value."""
    names = frozenset([without] if isinstance(without, str) else without)
    return Settings(params, {}, names, extern or {}, strict, limits, sizes or {})
