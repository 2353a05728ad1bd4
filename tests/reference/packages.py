"""How the packages that ship published networks are imported here: `install.py` installs them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


@cache
def torchvision_models() -> ModuleType:
    """torchvision.models, without the compiled operators that belong to one build of torch."""
    import torch

    # torchvision registers fakes for these two when it is imported, and fails where no one has defined them
    make: Any = torch.library.Library
    library = make("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)
    from torchvision import models

    found: ModuleType = models
    return found


def module(name: str) -> ModuleType:
    """A module of a package that asks for torchvision, such as timm and torchvision itself."""
    torchvision_models()
    return import_module(name)


def published(name: str, **options: Any) -> Callable[[], Any]:
    """What makes a network of torchvision."""
    return lambda: getattr(torchvision_models(), name)(**options)


_kept: list[Any] = []
"""Libraries whose operators go when they do."""


@cache
def pix2pix_networks() -> ModuleType:
    """pix2pix's classes: the one file of controlnet-aux, which needs torch alone, without the package around it."""
    return loaded("controlnet_aux", "leres/pix2pix/models/networks.py")


def loaded(package: str, path: str) -> ModuleType:
    """A module by its path inside a package that is installed, and not imported."""
    home = find_spec(package)
    assert home is not None, f"{package} is not installed"
    assert home.submodule_search_locations is not None
    file = Path(home.submodule_search_locations[0]) / path
    name = f"{package}.{path.removesuffix('.py').replace('/', '.')}"
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # so that its source is found
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
