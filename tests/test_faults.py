"""The mistakes that people make, planted in a small U-Net: one error each, at its place, before any tensor exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from skipgraph.api import Settings, examine, network_of
from skipgraph.diagnostics import Report, Source, writers

UNET = """\
skipgraph: 1
name: unet
inputs: {image: [N, 3, H, W]}
blocks:
  double_conv:
    params: {out: required}
    layers:
      - Conv2d: {out_channels: $out, kernel_size: 3, padding: 1}
      - ReLU
      - Conv2d: {out_channels: $out, kernel_size: 3, padding: 1}
      - ReLU
layers:
  - double_conv: {name: enc0, out: 64}
  - MaxPool2d: 2
  - double_conv: {name: enc1, out: 128}
  - MaxPool2d: 2
  - double_conv: {name: bottleneck, out: 256}
  - ConvTranspose2d: {name: up1, out_channels: 128, kernel_size: 2, stride: 2}
  - double_conv: {name: dec1, out: 128}
  - ConvTranspose2d: {name: up0, out_channels: 64, kernel_size: 2, stride: 2}
  - Conv2d: {name: dec0, out_channels: 64, kernel_size: 3, padding: 1}
  - ReLU
  - Conv2d: {name: head, out_channels: 2, kernel_size: 1}
skips:
  skip1: {from: enc1, to: dec1, merge: concat}
  skip0: {from: enc0, to: dec0, merge: concat}
outputs: {logits: head}
"""


@dataclass(frozen=True)
class Fault:
    """One edit of the U-Net, and where its one finding stands."""

    name: str
    old: str
    new: str
    code: str
    place: str


FAULTS = (
    Fault("concat_of_two_resolutions", "skip0: {from: enc0,", "skip0: {from: enc1,", "SG402", "26:3"),
    Fault("in_channels_without_the_skip", "name: dec0, out", "name: dec0, in_channels: 64, out", "SG404", "21:39"),
    Fault("skip_from_nowhere", "from: enc1, to", "from: encl, to", "SG301", "25:17"),
    Fault("skip_to_nowhere", "to: dec1, merge", "to: deco1, merge", "SG301", "25:27"),
    Fault(
        "op_misspelt",
        "- MaxPool2d: 2\n  - double_conv: {name: enc1",
        "- MaxPol2d: 2\n  - double_conv: {name: enc1",
        "SG205",
        "14:5",
    ),
    Fault(
        "argument_misspelt",
        "head, out_channels: 2, kernel_size",
        "head, out_channels: 2, kernel_sise",
        "SG206",
        "23:43",
    ),
    Fault("argument_of_the_wrong_type", "head, out_channels: 2,", "head, out_channels: two,", "SG208", "23:40"),
    Fault("cycle", "{name: enc1, out: 128}", "{name: enc1, out: 128, from: dec1}", "SG303", "15:47"),
    Fault("duplicate_name", "name: up0,", "name: up1,", "SG304", "20:29"),
    Fault(
        "add_of_different_channels",
        "from: enc0, to: dec0, merge: concat",
        "from: image, to: head, merge: add",
        "SG403",
        "26:3",
    ),
    Fault("input_not_divisible", "[N, 3, H, W]", "[N, 3, 101, 101]", "SG402", "26:3"),
    Fault("negative_kernel", "out_channels: 2, kernel_size: 1", "out_channels: 2, kernel_size: -1", "SG209", "23:56"),
    Fault(
        "groups_that_do_not_divide",
        "kernel_size: 3, padding: 1}\n  - ReLU",
        "kernel_size: 3, padding: 1, groups: 3}\n  - ReLU",
        "SG405",
        "21:80",
    ),
    Fault("argument_missing", "head, out_channels: 2, kernel_size: 1", "head, out_channels: 2", "SG207", "23:5"),
    Fault("input_too_small", "[N, 3, H, W]", "[N, 3, 2, 2]", "SG406", "16:5"),
    Fault("bracket_unclosed", "merge: concat}\n  skip0", "merge: concat\n  skip0", "SG101", "26:8"),
    Fault("top_level_key_misspelt", "outputs:", "output:", "SG201", "27:1"),
    Fault(
        "change_in_place_of_a_value_still_read",
        "  - MaxPool2d: 2\n  - double_conv: {name: enc1",
        "  - ReLU: {inplace: true}\n  - MaxPool2d: 2\n  - double_conv: {name: enc1",
        "SG309",
        "14:5",
    ),
    Fault(
        "dead_layer",
        "- MaxPool2d: 2\n  - double_conv: {name: enc1",
        "- Conv2d: {name: spare, out_channels: 8, kernel_size: 1}\n"
        "  - MaxPool2d: {kernel_size: 2, from: enc0}\n  - double_conv: {name: enc1",
        "SG308",
        "14:5",
    ),
)


def found_in(text: str, name: str = "unet.yaml") -> Report:
    """What a check of a spec's text finds."""
    report = Report()
    network_of(Source(name, text), report)
    return report


def test_the_unet_itself_is_clean() -> None:
    assert writers.text(found_in(UNET), color=False) == ""


def test_the_unet_states_for_which_sizes_it_holds() -> None:
    network = network_of(Source("unet.yaml", UNET), Report())
    assert network is not None
    assert str(network.contract) == "H, W = 0 mod 4"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_gives_one_error_at_its_place(fault: Fault, golden: Callable[[str, str], None]) -> None:
    assert UNET.count(fault.old) == 1, "the edit is one place"
    report = found_in(UNET.replace(fault.old, fault.new))
    golden(f"faults/{fault.name}.txt", writers.text(report, color=False))
    assert [(found.code, found.span.place) for found in report] == [(fault.code, f"unet.yaml:{fault.place}")]


def test_a_dead_layer_is_an_error_where_warnings_are_errors() -> None:
    [fault] = [fault for fault in FAULTS if fault.name == "dead_layer"]
    source = Source("unet.yaml", UNET.replace(fault.old, fault.new))
    network, report = examine(source, Settings())
    assert network is not None
    assert not report.failed
    network, report = examine(source, Settings(strict=True))
    assert network is None
    assert [found.code for found in report.errors] == ["SG308"]
