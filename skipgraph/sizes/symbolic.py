"""What is open until run time, and the refusal to treat it as a number."""

from __future__ import annotations

from typing import NoReturn


class OpenSize(TypeError):
    """A plain number was needed where a size is open until run time."""

    def __init__(self, value: object) -> None:
        super().__init__(f"`{value}` is open until run time")
        self.value = value


class Symbolic:
    """A value that is open until run time: it can be computed with, not decided on.

    `==` compares structure, never values; order, truth and conversion to a number raise `OpenSize`.
    """

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise OpenSize(self)

    def __index__(self) -> NoReturn:
        raise OpenSize(self)

    def __int__(self) -> NoReturn:
        raise OpenSize(self)

    def __float__(self) -> NoReturn:
        raise OpenSize(self)

    def __lt__(self, other: object) -> NoReturn:
        raise OpenSize(self)

    def __le__(self, other: object) -> NoReturn:
        raise OpenSize(self)

    def __gt__(self, other: object) -> NoReturn:
        raise OpenSize(self)

    def __ge__(self, other: object) -> NoReturn:
        raise OpenSize(self)
