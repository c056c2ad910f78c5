"""The way in which plotly shows a figure in a session."""

import os
from types import ModuleType


def change(renderers: ModuleType) -> None:
    """Set the default renderers, unless the environment names some or this is a plain script.

    One display has both: the figure as JSON, for callers that draw it themselves, and, as the
    renderer "colab" makes it, a page of its own of a few KiB that fetches plotly.js. What plotly
    takes for an unknown shell puts all of plotly.js, 4.8 MB, into a display of its own, without
    which the others cannot be drawn.
    """
    shell = renderers.ipython and renderers.ipython.get_ipython()
    if shell and "PLOTLY_RENDERER" not in os.environ:
        renderers.renderers.default = "plotly_mimetype+colab"
