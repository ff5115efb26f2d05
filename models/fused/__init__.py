"""The student in kernels of its own for the GPU, written in Triton."""
