"""The flags of every command that draws."""

from __future__ import annotations

import argparse


def add_drawing(parser: argparse.ArgumentParser) -> None:
    """Which engine draws, and where."""
    parser.add_argument("--engine", default="auto", help="auto, native, folded, literal or triton")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
