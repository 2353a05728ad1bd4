"""What one elaboration carries along: the report, the budgets, the contract so far, the blocks made already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from skipgraph.diagnostics import Label, Report, Span
from skipgraph.graph import Extern, Graph
from skipgraph.limits import Limits
from skipgraph.sizes import Condition, Contract, Dim, Equal, Size
from skipgraph.spec.expressions import Meter
from skipgraph.spec.model import File, Step
from skipgraph.text import Node

ExternMaker = Callable[[str, Mapping[str, Any]], Extern]
"""Makes what stands for a class from outside, of its name and arguments; raises `Reject`."""


class Failed(Exception):
    """A step that cannot be made, for a reason that is in the report already."""


class Halt(Exception):
    """A limit is reached: the whole elaboration stops."""


@dataclass
class Run:
    """One elaboration."""

    report: Report
    limits: Limits
    meter: Meter
    without: frozenset[str]
    externs: Mapping[str, ExternMaker]
    contract: Contract = field(default_factory=lambda: Contract.open(()))
    axes: dict[str, Dim] = field(default_factory=dict)
    """The open axes of the file's inputs, by name."""
    blocks: dict[tuple[Any, ...], Graph | None] = field(default_factory=dict)
    """The blocks made, by definition, arguments and input types; None for one that failed."""
    making: set[tuple[Any, ...]] = field(default_factory=set)
    """The blocks that are being made right now."""
    left_out: set[str] = field(default_factory=set)
    """The skips of `without` that were met."""
    skips: dict[str, None] = field(default_factory=dict)
    """Every skip met."""
    walk: Callable[..., None] = field(default=lambda *_: None)
    """`walk(scope, steps, values)`: makes the steps of a scope. Set at the top, for scopes within steps."""
    parameters: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The parameters of each file, by its identity."""
    reopened: Mapping[str, Sequence[str | Dim]] = field(default_factory=dict)
    """Shapes in place of those that inputs have: for asking which sizes would fit."""
    sizes_that_fit: Callable[[], str | None] = field(default=lambda: None)
    """Which sizes of the inputs would fit, where numbers are written that do not. Set at the top."""
    idle: bool = False
    """Whether the step that is being made never runs (`unused: true`), so that its sizes bind nobody."""
    below: frozenset[str] = frozenset()
    """The parameters that stand below the one whose default is being evaluated."""
    _steps_at: dict[int, tuple[Step, ...]] = field(default_factory=dict)
    _in_loop: bool = False
    steps: int = 0
    calls: list[Label] = field(default_factory=list)
    """Where the blocks that are being made were called, outermost first."""

    def file_values(self, file: File, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The parameters of a file: those of the spec's own are given, those of a used one are its defaults."""
        if id(file) not in self.parameters:
            self.parameters[id(file)] = make()
        return self.parameters[id(file)]

    def steps_at(self, node: Node | None, read: Callable[[Node], tuple[Step, ...]]) -> tuple[Step, ...]:
        """The steps written at a node, read once."""
        if node is None:
            return ()
        if id(node) not in self._steps_at:
            self._steps_at[id(node)] = read(node)
        return self._steps_at[id(node)]

    def find(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        related: tuple[Label, ...] = (),
        help: str | None = None,
    ) -> None:
        """Report a finding, with the calls that led here."""
        calls = {call.span: call for call in reversed(self.calls[-2:])}
        self.report.add(code, message, span, label, related=(*related, *calls.values()), help=help)

    def step(self, span: Span) -> None:
        """Count one step against the budget."""
        self.expect_steps(1, span)
        self.steps += 1

    def expect_steps(self, count: int, span: Span) -> None:
        """Stop here where so many more steps would break the budget."""
        if self.steps + count > self.limits.steps:
            message = f"more than {self.limits.steps:,} steps, with loops and repeats written out"
            help = f"`--limit steps={max(self.limits.steps * 10, self.steps + count)}` where that is meant"
            self.find("SG215", message, span, help=help)
            raise Halt

    @contextmanager
    def counted(self) -> Iterator[bool]:
        """Within it, a loop is followed; whether it is the outermost, whose steps are counted beforehand."""
        outermost, self._in_loop = not self._in_loop, True
        try:
            yield outermost
        finally:
            self._in_loop = not outermost

    @contextmanager
    def calling(self, span: Span, label: str) -> Iterator[None]:
        """Within it, a block is made for the call at `span`."""
        if len(self.calls) >= self.limits.nesting:
            self.find(
                "SG215",
                f"blocks call each other more than {self.limits.nesting} deep",
                span,
                help="a block that calls itself needs a `when` that ends it",
            )
            raise Halt
        self.calls.append(Label(span, label))
        try:
            yield
        finally:
            self.calls.pop()

    @contextmanager
    def running(self, runs: bool) -> Iterator[None]:
        """Within it, a step is made that runs, or never does."""
        before, self.idle = self.idle, self.idle or not runs
        try:
            yield
        finally:
            self.idle = before

    def agree(self, conditions: list[Condition]) -> Condition | None:
        """Take conditions into the contract; the first that no size can meet is given back, and left out.

        Two open sizes that grow at different rates may meet for a few small inputs, as H and H/2 + 1 do for 1 and 2.
        Nobody means such a network: that is no contract but a mistake.
        """
        for condition in conditions if not self.idle else ():
            contract = self.contract.adding(condition)
            if not contract.satisfiable or self.chance(condition):
                return condition
            self.contract = contract
        return None

    def chance(self, condition: Condition) -> str:
        """`H = 1`, where two sizes that grow apart agree only there; empty where they do not part, or never meet."""
        if not isinstance(condition, Equal) or isinstance(condition.a, int) or isinstance(condition.b, int):
            return ""
        contract = self.contract.adding(condition)
        if contract is self.contract or len(condition.symbols) != 1 or not contract.satisfiable:
            return ""
        [symbol] = condition.symbols
        parted = self.contract.allowed(symbol).max() is None and contract.allowed(symbol).max() is not None
        return contract.allowed(symbol).describe(symbol) if parted else ""

    def open_axis(self, name: str) -> Size:
        """The open axis of that name."""
        from skipgraph.sizes import symbol

        axis = self.axes.setdefault(name, symbol(name))
        assert isinstance(axis, Size)
        return axis
