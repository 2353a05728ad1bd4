"""What Python users call: check, load, build, source, render."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import skipgraph
from skipgraph import Limits, Source, SpecError
from skipgraph.graph import Network

UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"
TEXT = "skipgraph: 1\nparams: {width: 4}\ninputs: {x: [N, 3]}\nlayers:\n  - Linear: {name: out, out_features: $width}\n"
TREE = {"skipgraph": 1, "inputs": {"x": ["N", 3]}, "layers": [{"Linear": {"out_features": 4}}]}


def codes(report: skipgraph.Report) -> list[str]:
    return [found.code for found in report]


@pytest.mark.parametrize(
    "spec", [UNET, str(UNET), Source("a.yaml", TEXT), TEXT, TREE], ids=lambda spec: type(spec).__name__
)
def test_a_spec_is_a_path_a_source_a_text_or_a_tree(spec: skipgraph.api.Spec) -> None:
    assert codes(skipgraph.check(spec)) == []
    assert isinstance(skipgraph.load(spec), Network)


def test_a_module_is_built() -> None:
    model = skipgraph.build(UNET, base=4, depth=2)
    assert isinstance(model, nn.Module)
    assert model(torch.zeros(1, 3, 8, 8))["logits"].shape == (1, 2, 8, 8)


def test_the_source_stands_on_its_own(tmp_path: Path) -> None:
    scope: dict[str, object] = {}
    exec(compile(skipgraph.source(UNET, base=4, depth=1), "unet.py", "exec"), scope)
    model = scope["Unet"]
    assert isinstance(model, type)
    assert model()(torch.zeros(1, 3, 4, 4))["logits"].shape == (1, 2, 4, 4)


def test_a_picture_is_text_or_bytes() -> None:
    assert skipgraph.render(UNET).startswith("<svg")
    assert skipgraph.render(UNET, format="dot", detail="blocks").startswith("digraph")
    assert skipgraph.render(UNET, format="pdf", detail="blocks").startswith(b"%PDF")


def test_a_picture_is_written_where_a_file_is_named(tmp_path: Path) -> None:
    drawn = skipgraph.render(UNET, tmp_path / "net.svg", view="figure", theme="dark")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == drawn
    assert skipgraph.render(UNET, str(tmp_path / "net.png")) == (tmp_path / "net.png").read_bytes()
    with pytest.raises(ValueError, match=r"ends in .svg, .png, .*; the nearest to .jpg is .png; got `net.jpg`"):
        skipgraph.render(UNET, "net.jpg")
    with pytest.raises(ValueError, match="svg has no dpi; png has one"):
        skipgraph.render(UNET, dpi=300)


def test_sizes_stand_in_the_picture() -> None:
    assert ">H/2×W/2<" in skipgraph.render(UNET)
    drawn = skipgraph.render(UNET, sizes={"H": 256, "W": 64})
    assert ">128×32<" in drawn
    assert ">H/2×W/2<" not in drawn


def test_what_is_wrong_is_raised_at_once_with_the_report() -> None:
    with pytest.raises(SpecError) as raised:
        skipgraph.build(TEXT.replace("[N, 3]", "[N, 0]"))
    assert codes(raised.value.report) == ["SG209"]
    assert "--> <string>:3:17" in str(raised.value)
    assert str(raised.value).endswith("1 error\n")


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert codes(skipgraph.check(tmp_path / "no.yaml")) == ["SG113"]


@pytest.mark.parametrize(
    ("value", "code"),
    [(8, None), ("8", "SG214"), (8.5, "SG214"), (True, "SG214"), ([8], "SG214")],
)
def test_a_parameter_has_the_kind_of_its_default(value: object, code: str | None) -> None:
    assert codes(skipgraph.check(TEXT, width=value)) == ([code] if code else [])


def test_an_unknown_parameter_is_a_finding() -> None:
    [found] = skipgraph.check(TEXT, widht=8)
    assert found.code == "SG214"
    assert found.help == "did you mean `width`?"


def test_a_skip_is_left_out_and_channels_follow() -> None:
    whole, less = skipgraph.load(UNET), skipgraph.load(UNET, without="skip3")
    assert whole.graph.by_name["skip3"].type.channels == 1024
    assert "skip3" not in less.graph.by_name
    assert codes(skipgraph.check(UNET, without=["skip9"])) == ["SG218"]


def test_strict_makes_warnings_errors() -> None:
    text = TEXT + "  - Linear: {name: dead, out_features: 3}\noutputs: out\n"
    assert not skipgraph.check(text).failed
    assert skipgraph.check(text, strict=True).failed
    with pytest.raises(SpecError):
        skipgraph.load(text, strict=True)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"H": 256, "W": 256}, []),
        ({"H": 256}, []),
        ({"H": 250}, ["H = 250 does not fit: `skip3` needs 2*(H/16) = H/8, but 2*(H/16) is 30 and H/8 is 31"]),
        ({"H": 0}, ["an axis has a size of at least 1, got H = 0"]),
        ({"h": 256}, ["the inputs of `unet` have no open axis `h`"]),
    ],
)
def test_sizes_are_judged_by_the_contract(sizes: dict[str, int], said: list[str]) -> None:
    assert [found.message for found in skipgraph.check(UNET, sizes=sizes)] == said


def test_the_step_that_refuses_a_size_is_shown_with_sizes_that_fit() -> None:
    [found] = skipgraph.check(UNET, sizes={"H": 250})
    assert found.help == "the nearest that fit: H = 240 and H = 256"
    assert "skip$i" in found.related[0].span.source.line(found.related[0].span.line)


def test_weights_are_counted_before_any_is_made() -> None:
    text = (
        "skipgraph: 1\ninputs: {x: [N, 3, H, W]}\nlayers:\n  - Conv2d: {out_channels: 1000000000000, kernel_size: 3}\n"
    )
    [found] = skipgraph.check(text)
    assert found.code == "SG502"
    assert "`conv2d_0` alone holds 28,000,000,000,000" in found.primary.text
    assert codes(skipgraph.check(text, limits=Limits(weights=10**14))) == []


def test_the_weights_budget_names_the_heaviest_step_within_blocks() -> None:
    [found] = skipgraph.check(UNET, limits=Limits(weights=1_000_000))
    assert found.primary.text.startswith("`bottleneck.conv2d_1` alone holds 9,437,184")


class Doubled(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.conv(x)
        return result


class Ruled(nn.Module):
    @staticmethod
    def infer_shape(x: tuple[object, ...], **arguments: object) -> tuple[object, ...]:
        return (*x[:1], 7)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.new_zeros(x.shape[0], 7)


class Windows(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        return x.view(n, c, h // 4, 4, w).sum(3)


class Picky(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[2] % 8 == 0
        return x


OUTSIDE = "skipgraph: 1\nuse: {Mine: extern}\ninputs: {x: [N, 4, H, W]}\nlayers:\n  - Mine: {}\n"


def test_the_shapes_of_a_class_from_outside_are_asked_of_it() -> None:
    network = skipgraph.load(OUTSIDE.replace("{}", "{channels: 4}"), extern={"Mine": Doubled})
    assert str(network.graph.result_types[0]) == "[N, 8, (H + 1)/2, (W + 1)/2]"
    model = skipgraph.build(OUTSIDE.replace("{}", "{channels: 4}"), extern={"Mine": Doubled})
    assert model(torch.zeros(1, 4, 5, 8)).shape == (1, 8, 3, 4)


def test_what_a_class_from_outside_asks_of_sizes_is_in_the_contract() -> None:
    assert str(skipgraph.load(OUTSIDE, extern={"Mine": Windows}).contract) == "H = 0 mod 4"


def test_a_class_from_outside_may_have_its_own_rule() -> None:
    assert str(skipgraph.load(OUTSIDE, extern={"Mine": Ruled}).graph.result_types[0]) == "[N, 7]"


@pytest.mark.parametrize("cls", [Picky, Doubled], ids=["a rule that cannot be seen", "arguments it does not take"])
def test_a_class_from_outside_that_cannot_be_understood_is_refused(cls: type[nn.Module]) -> None:
    assert codes(skipgraph.check(OUTSIDE, extern={"Mine": cls})) == ["SG217"]


def test_a_class_that_no_one_gave_is_asked_for() -> None:
    assert codes(skipgraph.check(OUTSIDE)) == ["SG217"]


def test_the_function_render_is_not_hidden_by_the_package_render() -> None:
    from skipgraph.render import to_dot

    assert skipgraph.render(UNET, format="dot") == to_dot(skipgraph.load(UNET))


def test_the_names_of_the_package_are_there() -> None:
    assert all(getattr(skipgraph, name) is not None for name in skipgraph.__all__)
    with pytest.raises(AttributeError, match="no attribute 'bulid'"):
        skipgraph.bulid  # noqa: B018


def test_importing_and_checking_load_neither_torch_nor_what_draws() -> None:
    program = (
        "import sys, skipgraph, json\n"
        "first = set(sys.modules)\n"
        f"assert not skipgraph.check({str(UNET)!r}).failed\n"
        "print(json.dumps([sorted(m for m in first if m.startswith('skipgraph')), sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, loaded = json.loads(done.stdout)
    assert first == ["skipgraph", "skipgraph._version"]
    assert {"torch", "networkx", "rich", "graphviz", "numpy", "jsonschema", "asyncio"}.isdisjoint(loaded)


def test_a_notebook_shows_networks_and_modules_as_their_figure() -> None:
    network, model = skipgraph.load(UNET, base=4), skipgraph.build(UNET, base=4)
    drawn = network._repr_svg_()
    assert drawn == skipgraph.render(UNET, base=4, theme="light")
    assert getattr(model, "_repr_svg_")() == drawn  # noqa: B009
    assert not hasattr(next(model.children()), "_repr_svg_")
