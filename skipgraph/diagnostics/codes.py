"""Every code that a finding can have. A row here, a page in `docs/diagnostics/`, a test of that page."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: its code, a title of a few words, and whether it is only a warning."""

    code: str
    title: str
    warning: bool = False


_ROWS = (
    # 1xx: the text
    Code("SG101", "the text is not valid YAML"),
    Code("SG102", "the text is not valid JSON"),
    Code("SG103", "a key is written twice"),
    Code("SG104", "an anchor, alias or merge key"),
    Code("SG105", "a tag or directive"),
    Code("SG106", "the text is larger than its limits"),
    Code("SG107", "a character that may not stand in a spec"),
    Code("SG108", "more than one document"),
    Code("SG109", "nothing in the file"),
    Code("SG110", "a key that is not a string"),
    Code("SG111", "a number that cannot be held"),
    Code("SG112", "an expression that YAML cut in pieces"),
    Code("SG113", "a file that cannot be read"),
    # 2xx: the spec
    Code("SG201", "unknown key"),
    Code("SG202", "missing key"),
    Code("SG203", "a value of the wrong kind"),
    Code("SG204", "the language's version"),
    Code("SG205", "unknown op or block"),
    Code("SG206", "unknown argument"),
    Code("SG207", "missing argument"),
    Code("SG208", "an argument of the wrong type"),
    Code("SG209", "an argument out of range"),
    Code("SG210", "a step that is not well formed"),
    Code("SG211", "a name that cannot be used"),
    Code("SG212", "an expression that cannot be read"),
    Code("SG213", "an expression that has no value"),
    Code("SG214", "a parameter"),
    Code("SG215", "more steps than the limits allow"),
    Code("SG216", "use of another file"),
    Code("SG217", "a class from outside the spec"),
    Code("SG218", "no such skip to leave out"),
    # 3xx: the graph
    Code("SG301", "unknown name"),
    Code("SG302", "a name that is defined later"),
    Code("SG303", "a cycle"),
    Code("SG304", "a name that is taken"),
    Code("SG305", "the wrong number of inputs"),
    Code("SG306", "unknown port"),
    Code("SG307", "a step with several results, none of them named"),
    Code("SG308", "a step that no output reads", warning=True),
    Code("SG309", "a change in place of a value still read"),
    Code("SG310", "two weights in one place"),
    Code("SG311", "names that differ only in case", warning=True),
    Code("SG312", "a reuse that does not fit"),
    Code("SG313", "outputs"),
    Code("SG314", "written but never used", warning=True),
    # 4xx: sizes and types
    Code("SG401", "an op cannot take this input"),
    Code("SG402", "a merge joins sizes that differ"),
    Code("SG403", "a merge joins channels that differ"),
    Code("SG404", "a written size that does not arrive"),
    Code("SG405", "channels that do not divide"),
    Code("SG406", "an input that is too small"),
    Code("SG407", "an input outside the size contract"),
    Code("SG408", "an open size where a number is needed"),
    Code("SG409", "the wrong dtype"),
    Code("SG410", "a shape other than expected"),
    Code("SG411", "something left over where `exact` is asked"),
    # 5xx: emit and render
    Code("SG501", "an output that cannot be written"),
    Code("SG502", "more weights than the limits allow"),
    Code("SG503", "a diagram that cannot be drawn"),
    # 6xx: import
    Code("SG601", "weights that cannot be read"),
    Code("SG602", "weights that do not fit"),
    Code("SG603", "a rename table"),
    # 9xx: ours
    Code("SG901", "a fault of skipgraph itself"),
)

CODES = MappingProxyType({row.code: row for row in _ROWS})
"""The codes, by code."""
