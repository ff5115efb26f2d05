"""The engine for CPUs: the stacks of `models/folding.py` drawn by a small C++ library."""
