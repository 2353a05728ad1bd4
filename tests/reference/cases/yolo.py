"""Detectors up to their head."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from reference.case import Case, Relative, images
from reference.packages import torchvision_models


class Received(nn.Module):
    """What a detection head is given."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.i, self.f = head.i, head.f

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        return maps


def _ultralytics(module: str) -> Any:
    torchvision_models()
    return import_module(f"ultralytics.nn.{module}")


def _yolo(spec: str, family: str, scale: str, code: Sequence[str], **settings: Any) -> Case:
    """A member of a family: the scale by its letter, its depth and width as published or as set."""

    def make() -> nn.Module:
        tasks = _ultralytics("tasks")
        written = tasks.yaml_model_load(f"{family}{scale}.yaml")
        if settings:
            written["scales"][scale] = [settings["depth"], settings["width"], settings["max_channels"]]
        module: nn.Module = tasks.DetectionModel(written, verbose=False)
        assert isinstance(module.model, nn.Sequential)
        module.model[-1] = Received(module.model[-1])
        return module

    return Case(
        spec,
        make,
        # the last is large: norms need a variance where the map is smallest
        images((64, 64), (32, 57), (64, 96)),
        settings,
        code=lambda: [
            getattr(_ultralytics("modules.block" if name != "Conv" else "modules.conv"), name) for name in code
        ],
    )


_YOLOV8 = ("Conv", "C2f", "Bottleneck", "SPPF")
_YOLO11 = (*_YOLOV8, "C3", "C3k", "C3k2", "C2PSA", "PSABlock", "Attention")

CASES = (
    _yolo("yolov8n", "yolov8", "n", _YOLOV8),
    _yolo("yolov8n", "yolov8", "m", _YOLOV8, depth=0.67, width=0.125, max_channels=768),
    _yolo("yolo11n", "yolo11", "n", _YOLO11),
    _yolo("yolo11n", "yolo11", "l", _YOLO11, depth=1, width=0.25, max_channels=512, nested=True),
)


def _scale(family: str, scale: str, depth: float, width: float, max_channels: int, **settings: Any) -> Relative:
    """All but the head, which comes last, of a published size."""

    def make() -> nn.Module:
        tasks = _ultralytics("tasks")
        layers, _ = tasks.parse_model(tasks.yaml_model_load(f"{family}{scale}.yaml"), 3, verbose=False)
        return nn.ModuleDict({"model": layers[:-1]})

    return Relative(f"{family}n", make, {"depth": depth, "width": width, "max_channels": max_channels, **settings})


RELATIVES = (
    _scale("yolov8", "s", 0.33, 0.5, 1024),
    _scale("yolov8", "m", 0.67, 0.75, 768),
    _scale("yolov8", "l", 1, 1, 512),
    _scale("yolov8", "x", 1, 1.25, 512),
    _scale("yolo11", "s", 0.5, 0.5, 1024),
    _scale("yolo11", "m", 0.5, 1, 512, nested=True),
    _scale("yolo11", "l", 1, 1, 512, nested=True),
    _scale("yolo11", "x", 1, 1.5, 512, nested=True),
)

CONTRACTS = {"yolo11n": "H, W = 0 or 25 to 31 mod 32", "yolov8n": "H, W = 0 or 25 to 31 mod 32"}
