"""Installs the packages that specs are compared with: `python tests/reference/install.py`."""

from __future__ import annotations

import subprocess
import sys

PINNED = ("torchvision==0.28.0", "pillow==13.0.0", "controlnet-aux==0.0.10", "unet==0.8.1")


def install() -> int:
    """Install what is pinned and nothing else: alone, without the dozens of packages that they ask for."""
    return subprocess.call([sys.executable, "-m", "pip", "install", "-q", "--no-deps", *PINNED])


if __name__ == "__main__":
    sys.exit(install())
