"""Changes packages as they are imported, in every Python that the environment starts.

`carrel.pth` loads it whenever Python starts, so it imports nothing by itself. The zygote and the
scripts that a session runs load it alike.
"""

import sys
from _frozen_importlib_external import PathFinder

# Maps a module that is imported to the module here whose change() gets it.
CHANGES = {
    "duckdb": "carrel_duckdb",
    "plotly.io._renderers": "carrel_plotly",
    "polars": "carrel_polars",
    "scipy._lib._util": "carrel_scipy",
    # The modules that bring GNU's OpenMP.
    "sklearn": "carrel_openmp",
    "lightgbm": "carrel_openmp",
    "xgboost": "carrel_openmp",
    "torch": "carrel_openmp",
}


class _Finder:
    """A finder of sys.meta_path for modules of the environment that are to be changed."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Return the spec that PathFinder has, with a loader that calls change()."""
        if name not in CHANGES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not (spec.origin or "").startswith(sys.prefix + "/"):
            return spec
        load = spec.loader.exec_module

        def load_and_change(module):
            load(module)
            __import__(CHANGES[name]).__dict__["change"](module)

        spec.loader.exec_module = load_and_change
        return spec


sys.meta_path.insert(0, _Finder)
