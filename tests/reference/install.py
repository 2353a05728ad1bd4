"""Installs the packages that specs are compared with: `python tests/reference/install.py`."""

from __future__ import annotations

import subprocess
import sys

NETWORKS = (
    "carvekit==4.1.2",
    "controlnet-aux==0.0.10",
    "diffusers==0.42.1",
    "dynamic-network-architectures==0.4.4",
    "monai==1.6.1",
    "pytorch-stacked-hourglass==1.0.0a9",
    "segmentation-models-pytorch==0.6.0",
    "spandrel==0.4.2",
    "super-image==0.2.0",
    "timm==1.0.31",
    "torchvision==0.28.0",
    "ultralytics==8.4.190",
    "unet==0.8.1",
    "wavenet-vocoder==0.1.1",
)

NEEDED = (
    "anyio==4.16.0",
    "certifi==2026.10.18",
    "charset-normalizer==3.5.2",
    "einops==0.8.2",
    "h11==0.16.0",
    "h5py==3.16.0",
    "httpcore2==2.16.2",
    "httpx2==2.16.2",
    "huggingface_hub==2.4.0",
    "idna==3.20",
    "importlib_resources==7.1.0",
    "opencv-python-headless==5.0.0.93",
    "pillow==13.0.0",
    "requests==2.34.2",
    "scipy==1.17.1",
    "tabulate==0.10.0",
    "tqdm==4.70.1",
    "truststore==0.10.5",
    "urllib3==2.8.0",
)
"""What their imports ask for, and no more."""


def install() -> int:
    """Install what is pinned and nothing else: alone, without the dozens of packages that they ask for."""
    return subprocess.call([sys.executable, "-m", "pip", "install", "-q", "--no-deps", *NETWORKS, *NEEDED])


if __name__ == "__main__":
    sys.exit(install())
