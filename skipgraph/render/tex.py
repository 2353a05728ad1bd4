"""Text -> TeX: what any text says, typeset as it stands, in ASCII, by LaTeX without packages."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\^{}",
    "~": r"\~{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    # an old typeface has these as quotes
    '"': r"{\ttfamily\char34}",
    "'": r"{\ttfamily\char13}",
    "`": r"{\ttfamily\char18}",
    "\0": "{}",
    "\xa0": "~",
    "×": r"$\times$",
    "÷": r"$\div$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "−": r"$-$",
    "°": r"$^\circ$",
    "²": r"$^2$",
    "³": r"$^3$",
    "¹": r"$^1$",
    "–": r"--{}",
    "—": r"---{}",
    "…": r"\dots{}",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
    "≠": r"$\neq$",
    "∞": r"$\infty$",
    "√": r"$\surd$",
    "∑": r"$\sum$",
    "ß": r"\ss{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
}
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μµ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "varsigma": "ς", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ∆", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "ΩΩ",
}  # fmt: skip
_SIGNS |= {letter: rf"$\{name}$" for name, letters in _GREEK.items() for letter in letters}
_ACCENTS = dict(
    zip(
        ["̀", "́", "̂", "̃", "̄", "̆", "̇", "̈", "̊", "̋", "̌", "̧"],
        ["`", "'", "^", "~", "=", "u", ".", '"', "r", "H", "v", "c"],
        strict=True,
    )
)


def tex(text: str) -> str:
    """The text for LaTeX; a character that it cannot set without a package is told by its number, `[U+5C64]`."""
    # two of these would become a longer one
    apart = re.sub(r"([-,])(?=\1)", r"\1\0", unicodedata.normalize("NFC", text.replace("\0", "\ufffd")))
    return "".join(map(_sign, apart))


def comment(text: str) -> str:
    """The text for what stands behind a `%`: one line of ASCII."""
    return " ".join("".join(each if " " <= each <= "~" else "?" for each in " ".join(text.split())).split())


def _sign(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if " " <= character <= "~":
        return character
    apart = unicodedata.normalize("NFD", character)
    if len(apart) == 2 and apart[1] in _ACCENTS and apart[0].isascii() and apart[0].isalpha():
        return rf"\{_ACCENTS[apart[1]]}{{{apart[0]}}}"
    return f"[U+{ord(character):04X}]"
