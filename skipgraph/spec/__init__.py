"""The spec as written, its keys, and its expressions."""

from skipgraph.spec.model import Block, Call, Conditional, File, Loop, Skip, Step
from skipgraph.spec.reader import spec_of

__all__ = ["Block", "Call", "Conditional", "File", "Loop", "Skip", "Step", "spec_of"]
