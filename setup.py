"""Builds the native drawing library; everything else about the project stands in pyproject.toml.

The kernel is compiled once for each instruction set, and the library chooses among them where it runs, so
what is built here runs on any machine of this architecture. Where there is no compiler the project installs
without the library and draws more slowly.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

SOURCE = Path("models/native")
HEADERS = [
    str(SOURCE / name)
    for name in ("kernel.h", "panels.h", "product.h", "words.h", "tiles.h", "blend.h", "map.h", "pool.h")
]
FLAGS = ["-O3", "-std=c++17", "-fPIC", "-fno-math-errno", "-ffp-contract=fast", "-fvisibility=hidden", "-g0"]
AVX2, AVX512 = ["-mavx2", "-mfma"], ["-mavx512f", "-mavx2", "-mfma"]
WORDS = "-DWORDS"
X86 = platform.machine().lower() in ("x86_64", "amd64")
KERNELS = {"baseline": []} | ({"avx2": AVX2, "avx2_int16": [*AVX2, WORDS], "avx512": AVX512} if X86 else {})
# Old compilers do not know these, and Linux alone hands out AMX's registers as draw.cpp asks for them.
NEWER = (
    {"avx_vnni": ["-mavxvnni", *AVX2, WORDS], "avx512_vnni": ["-mavx512vnni", *AVX512, WORDS]} if X86 else {}
) | ({"amx": ["-mamx-tile", "-mamx-bf16", *AVX512]} if X86 and sys.platform == "linux" else {})


class BuildLibrary(build_ext):
    """Compiles a shared library that is loaded by its path: no Python module, so no suffix of one."""

    def get_ext_filename(self, fullname: str) -> str:
        """The library's path below the build folder."""
        return f"{fullname.replace('.', '/')}.so"

    def get_export_symbols(self, ext: Extension) -> list[str]:
        """None: there is no initialisation function to export."""
        return []

    def build_extension(self, ext: Extension) -> None:
        """Compile the kernel for each instruction set, then the rest, and link all."""
        objects = [built for name, flags in KERNELS.items() for built in self._kernel(name, flags)]
        newer = {name: self._if_known(name, flags) for name, flags in NEWER.items()}
        known = [f"-DBUNRAKU_{name.upper()}" for name, built in newer.items() if built]
        for source in ("blend.cpp", "draw.cpp", "pool.cpp"):
            objects += self._compiled(source, "common", ["-pthread", *known])
        objects += [built for one in newer.values() for built in one]
        self.compiler.link_shared_object(
            objects, self.get_ext_fullpath(ext.name), extra_postargs=["-pthread"], target_lang="c++"
        )

    def _if_known(self, name: str, flags: list[str]) -> list[str]:
        try:
            return self._kernel(name, flags)
        except CompileError:
            self.announce(f"This compiler does not know {name}: the library goes without it.")
            return []

    def _kernel(self, name: str, flags: list[str]) -> list[str]:
        return self._compiled("kernel.cpp", name, [*flags, f"-DKERNEL_NAME={name}"])

    def _compiled(self, source: str, name: str, flags: list[str]) -> list[str]:
        objects: list[str] = self.compiler.compile(
            [str(SOURCE / source)],
            output_dir=str(Path(self.build_temp) / name),
            extra_postargs=[*FLAGS, *flags],
            depends=HEADERS,
        )
        return objects


setup(
    ext_modules=[
        Extension(
            "models.native.kernel",
            sources=[str(SOURCE / name) for name in ("kernel.cpp", "blend.cpp", "draw.cpp", "pool.cpp")],
            depends=HEADERS,
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildLibrary},
)
