"""Which names a step, block, skip, input or parameter may have: they become code, state_dict keys and labels."""

from __future__ import annotations

import keyword
import re

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*\Z", re.ASCII)

LONGEST = 100
"""Characters that a name may have."""

RESERVED = frozenset({"prev", "input", "output"})
"""Names with a meaning of their own in `from` and `to`."""

MODULE_ATTRIBUTES = frozenset(
    [
        "T_destination",
        "_apply",
        "_backward_hooks",
        "_backward_pre_hooks",
        "_buffers",
        "_call_impl",
        "_compiled_call_impl",
        "_forward_hooks",
        "_forward_hooks_always_called",
        "_forward_hooks_with_kwargs",
        "_forward_pre_hooks",
        "_forward_pre_hooks_with_kwargs",
        "_get_backward_hooks",
        "_get_backward_pre_hooks",
        "_get_name",
        "_is_full_backward_hook",
        "_load_from_state_dict",
        "_load_state_dict_post_hooks",
        "_load_state_dict_pre_hooks",
        "_maybe_warn_non_full_backward_hook",
        "_modules",
        "_named_members",
        "_non_persistent_buffers_set",
        "_parameters",
        "_register_load_state_dict_pre_hook",
        "_register_state_dict_hook",
        "_replicate_for_data_parallel",
        "_save_to_state_dict",
        "_slow_forward",
        "_state_dict_hooks",
        "_state_dict_pre_hooks",
        "_version",
        "_wrapped_call_impl",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)
"""What `torch.nn.Module` has already (torch 2.13), so that no child can be called so."""


def refusal(name: str, *, reserved: frozenset[str] = RESERVED) -> str | None:
    """Why `name` cannot be used, or None."""
    if not name:
        return "a name cannot be empty"
    if len(name) > LONGEST:
        return f"a name may have {LONGEST} characters, this has {len(name)}"
    if not _IDENTIFIER.match(name):
        return "a name is made of ASCII letters, digits and `_`, and does not begin with a digit"
    if keyword.iskeyword(name):
        return f"`{name}` is a keyword of Python"
    if name in reserved:
        return f"`{name}` is reserved"
    if name.startswith("__"):
        return "a name does not begin with two underscores"
    if name in MODULE_ATTRIBUTES:
        return f"`{name}` is an attribute of every torch.nn.Module"
    return None


def usable_name(name: str, reserved: frozenset[str]) -> str | None:
    """A name like it that can be used, or None."""
    made = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    for candidate in (made, f"{made}_", f"n{made}"):
        if made and refusal(candidate, reserved=reserved) is None:
            return candidate
    return None


def key_refusal(key: str) -> str | None:
    """Why `key` cannot be a place in a state_dict, or None."""
    if not _KEY.match(key):
        return "a key is made of ASCII letters, digits, `_`, `-` within and dots between them"
    for part in key.split("."):
        if part in MODULE_ATTRIBUTES or part.startswith("__"):
            return f"`{part}` is an attribute of every torch.nn.Module"
    return None
