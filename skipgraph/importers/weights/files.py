"""Weights in files: safetensors, which hold numbers and nothing that runs."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, TensorSpec, safe_open, serialize_file
from torch import Tensor

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_PICKLED = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")


class Unreadable(Exception):
    """A file of weights that cannot be read: why, and what to do."""

    def __init__(self, path: Path, reason: str, help: str | None = None) -> None:
        super().__init__(f"cannot read `{path}`: {reason}")
        self.path = path
        self.help = help


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, by key. Raises `Unreadable`; a pickle is never loaded."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise Unreadable(path, "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file")
        with path.open("rb") as file:
            beginning = file.read(9)
    except (OSError, ValueError) as error:
        raise Unreadable(path, _reason(error)) from None
    # a header that long would be refused, so no file of safetensors begins so; its JSON begins at byte 8
    if beginning[8:9] != b"{" and (beginning.startswith((_ZIP, _PICKLE)) or path.suffix.lower() in _PICKLED):
        raise Unreadable(path, "it is a pickle, and to load one is to run what is in it", _conversion(path))
    try:
        with safe_open(path, framework="pt") as opened:
            found: dict[str, Tensor] = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RuntimeError, AttributeError, TypeError, KeyError) as error:
        said = str(error).removeprefix("Error while deserializing header: ").split("\n")[0]
        raise Unreadable(path, f"it is not a whole safetensors file: {said}") from None
    if not found:
        raise Unreadable(path, "it holds no tensors")
    return found


def write_weights(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors into a file, each whole under its key. Raises OSError."""
    # kept until it is written: what is passed on is addresses
    whole = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
    specs = {
        key: TensorSpec(
            dtype=str(each.dtype).removeprefix("torch."),
            shape=list(each.shape),
            data_ptr=each.data_ptr(),
            data_len=each.numel() * each.element_size(),
        )
        for key, each in whole.items()
    }
    try:
        # not safetensors.torch, which needs numpy for this; one entry, since several come in any order
        serialize_file(specs, path, metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(str(error)) from None


def _conversion(path: Path) -> str:
    """A line of shell that makes a safetensors file of a state_dict, without running what is pickled."""
    new = path.with_suffix(".safetensors").name
    return (
        f'convert it once: python -c "import torch; from safetensors.torch import save_file; '
        f"w = torch.load('{path.name}', map_location='cpu', weights_only=True); w = w.get('state_dict', w); "
        f"save_file({{k: v.clone() for k, v in w.items()}}, '{new}')\""
    )


def _reason(error: OSError | ValueError) -> str:
    return ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
