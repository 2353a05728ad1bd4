"""The keys that a spec may have, with their types and their docs.

One class for each kind of mapping. The reader takes the allowed keys from them, the elaborator checks evaluated
values against them, and the JSON Schema is made from them.
"""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Names: TypeAlias = str | list[Any] | dict[str, Any]
Steps: TypeAlias = list[Any]
Expression: TypeAlias = str | bool | int
MergeName: TypeAlias = Literal["concat", "add", "sub", "mul", "max", "mean"]


class Keys(BaseModel):
    """A mapping of a spec. A field's alias is the key; a field that Python forbids has a name with `_` behind."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True, populate_by_name=False)

    what: ClassVar[str]
    """What a message calls such a mapping."""

    @classmethod
    def allowed(cls) -> dict[str, bool]:
        """The keys, each with whether it is required."""
        return {info.alias or name: info.is_required() for name, info in cls.model_fields.items()}


def _key(description: str, **kwargs: Any) -> Any:
    return Field(default=None, description=description, **kwargs)


class ScopeKeys(Keys):
    """What a file, a block and a path have in common."""

    what = "a scope"

    layers: Annotated[
        Steps,
        Field(description="The steps, in the order they run. Each takes the one before unless `from` says otherwise."),
    ]
    skips: dict[str, Any] = _key(
        "Named edges that carry a result past other steps: `s1: {from: enc1, to: dec1, merge: concat}`."
    )
    outputs: Names = _key(
        "What flows out: a name gives a tensor, a list a list, a mapping a dict. Default: the last step."
    )
    keys_: str | dict[str, str] = _key(
        "`numbered`: modules take 0, 1, 2, ... in the state_dict, as in nn.Sequential; `{numbered: model}`: below it.",
        alias="keys",
    )


class FileKeys(ScopeKeys):
    """A spec file."""

    what = "a spec"

    skipgraph: Annotated[Literal[1], Field(description="The language's version: 1.")]
    name: str = _key("The network's name. Default: the file's stem.")
    description: str = _key("What the network is, in a sentence.")
    params: dict[str, Any] = _key("Parameters and their defaults: scalars and lists. `--set base=32` overrides one.")
    inputs: Annotated[
        dict[str, Any],
        Field(description="A shape each, of numbers and names for open sizes, or `{shape: [N], dtype: int64}`."),
    ]
    blocks: dict[str, Any] = _key("Blocks of this file, each called like an op.")
    use: dict[str, str] = _key(
        "Other spec files whose blocks this one calls (`se: ./blocks/se.yaml`), or `Name: extern`."
    )


class LibraryKeys(FileKeys):
    """A spec file that another one uses: only its blocks matter."""

    what = "a spec"

    layers: Steps = _key("The steps.")
    inputs: dict[str, Any] = _key("The inputs.")


class BlockKeys(ScopeKeys):
    """A block."""

    what = "a block"

    description: str = _key("What the block is, in a sentence.")
    params: dict[str, Any] = _key("Parameters: a default each, or `required`.")
    inputs: list[str] = _key("Names of its ports; a last `rest*` takes any number. Default: `[input]`.")


class ParamKeys(Keys):
    """A parameter that takes some values and no others."""

    what = "a parameter"

    default: Any = _key("Its value where none is given. Default: it is required.")
    one_of: Annotated[list[Any], Field(description="The values that it takes.")]


class SkipKeys(Keys):
    """A skip."""

    what = "a skip"

    from_: Annotated[str, Field(alias="from", description="The step whose result the skip carries.")]
    to: Annotated[str, Field(description="The step it lands at: `dec1`, a port `dec1.gate`, or `output`.")]
    merge: MergeName = Field(default="concat", description="How it joins what arrives there.")
    dim: int = Field(default=1, description="The axis of a concat.")
    order: Literal["main_first", "skip_first"] = Field(default="main_first", description="Which operand stands first.")
    align: Literal["crop", "pad", "resize"] | dict[str, Any] = _key(
        "Fit the skip to the main path: `crop`, `pad`, `resize`; or `{main: crop}`, `{skip: resize, mode: bilinear}`."
    )
    via: Steps = _key("Steps on the edge itself; `input` there is the value carried.")
    for_: str | list[str] = _key("A skip for each value: `i in range(depth)`.", alias="for")
    let: dict[str, Any] = _key("Names for values, for each round of `for`.")
    when: Expression = _key("Where false, the skip is left out.")


class StepKeys(Keys):
    """What every step takes beside its arguments."""

    what = "a step"

    name: str = _key("What others call its result.")
    from_: Names = _key("What flows in. Default: `prev`, the step before.", alias="from")
    repeat: int | str = _key("So many copies in a row, each with its own weights.")
    when: Expression = _key("Where false, the step is left out.")
    expect: list[int | str] = _key("The shape that the result must have: `[N, 64, H/4, W/4]`.")
    exact: bool | str = _key("Nothing may be left over: no row dropped by a strided window, no odd crop.")
    key: str | int | list[str | int] = _key(
        "The place of its weights in the state_dict below its scope. Default: its name."
    )
    parametrize: Literal["weight_norm", "spectral_norm", "orthogonal"] = _key("A parametrization of its weight.")
    axes: list[str] = _key("Names for the axes that arrive, for use in this step's arguments.")
    unused: bool | str = _key("Its weights belong to the state_dict though no output reads it.")
    args: dict[str, Any] = _key("The arguments, where one of them has the name of a key.")


class LoopKeys(Keys):
    """A loop."""

    what = "a loop"

    for_: Annotated[
        str | list[str], Field(alias="for", description="`i in range(4)`; a list gives loops in one another.")
    ]
    let: dict[str, Any] = _key("Names for values, for each round.")
    do: Annotated[Steps, Field(description="The steps, once for each value.")]
    when: Expression = _key("Where false, the round is left out.")


class WhenKeys(Keys):
    """Steps that may be left out."""

    what = "a `when`"

    when: Annotated[Expression, Field(description="Whether the steps are in.")]
    do: Annotated[Steps, Field(description="The steps where it is true.")]
    else_: Steps = _key("The steps where it is false.", alias="else")


class BranchesKeys(Keys):
    """The arguments of `Branches`."""

    what = "`Branches`"

    paths: Annotated[
        dict[str, Any], Field(description="Paths that run side by side from one input, each a list of steps.")
    ]
    merge: MergeName = Field(default="concat", description="How their results are joined, in the order written.")
    dim: int = Field(default=1, description="The axis of a concat.")


class PathKeys(Keys):
    """The long form of a path of `Branches`."""

    what = "a path"

    do: Steps = _key("The steps.")
    layers: Steps = _key("The steps.")
    from_: Names = _key("What flows in. Default: what flows into `Branches`.", alias="from")
    for_: str | list[str] = _key("A path for each value.", alias="for")
    let: dict[str, Any] = _key("Names for values, for each round of `for`.")
    when: Expression = _key("Where false, the path is left out.")
    key: str | int = _key("Its level in the state_dict; an empty string for none. Default: its name.")
    keys_: str | dict[str, str] = _key("`numbered`, as in a block.", alias="keys")
    skips: dict[str, Any] = _key("Skips within the path.")
    outputs: str = _key("The step that flows out. Default: the last.")


class ReuseKeys(Keys):
    """The arguments of `Reuse`."""

    what = "`Reuse`"

    of: Annotated[str, Field(description="The step whose module runs again, with the same weights.")]


class InputKeys(Keys):
    """The long form of an input."""

    what = "an input"

    shape: Annotated[list[int | str], Field(description="Every axis: a number, or a name for an open size.")]
    dtype: str = Field(default="float32", description="As torch names it.")


class ItemKeys(Keys):
    """An item of a list of names that stands for several, or for one under a condition."""

    what = "an item of a list of names"

    for_: str | list[str] = _key("A name for each value: `j in range(5)`.", alias="for")
    let: dict[str, Any] = _key("Names for values, for each round of `for`.")
    take: Annotated[str, Field(description="The name.")]
    when: Expression = _key("Where false, the item is left out.")
