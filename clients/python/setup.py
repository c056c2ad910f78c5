"""Build steps that pyproject.toml cannot express: generating stubs, adding protos to an sdist."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import generate_stubs


class BuildWithStubs(build_py):
    """Adds the generated packages to the build, or to the sources of an editable install."""

    def run(self) -> None:
        """Copies the modules, then generates the others."""
        super().run()
        target = generate_stubs.PACKAGE_ROOT if self.editable_mode else Path(self.build_lib)
        with tempfile.TemporaryDirectory(dir=target) as scratch:
            generate_stubs.generate(Path(scratch))
            generate_stubs.install(Path(scratch), target)


class SdistWithProtos(sdist):
    """Adds the protos, which a checkout has at its top, to the archive."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Copies the files of this directory, then the protos."""
        super().make_release_tree(base_dir, files)
        for proto in generate_stubs.PROTOS:
            target = Path(base_dir) / "proto" / proto
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(generate_stubs.PROTO_ROOT / proto, target)


setup(cmdclass={"build_py": BuildWithStubs, "sdist": SdistWithProtos})
