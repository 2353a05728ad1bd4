"""Findings: what was found, where, and how to say it. Imports nothing else of the package."""

from skipgraph.diagnostics.codes import CODES, Code
from skipgraph.diagnostics.model import Diagnostic, Label, Report, Severity, Source, Span

__all__ = ["CODES", "Code", "Diagnostic", "Label", "Report", "Severity", "Source", "Span"]
