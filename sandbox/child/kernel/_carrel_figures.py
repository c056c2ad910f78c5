"""Keeps a figure that plt.show() has shown, so that it can still be saved until its cell ends.

The inline backend closes the figures that it shows, so that the next plot begins a new one. A
script that saves after it has shown would then save a new, empty figure. So the last figure that
was shown is kept for functions that only read it: `plt.savefig`, and `plt.gcf` when a cell calls it
itself.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

# The figure that the running cell has shown last.
_shown: Any = None


def keep_shown_figure(namespace: dict[str, Any]) -> None:
    """Wraps pyplot's functions; runs in the zygote. `namespace` is that of the cells."""
    from matplotlib import pyplot
    from matplotlib._pylab_helpers import Gcf

    show, savefig, gcf = pyplot.show, pyplot.savefig, pyplot.gcf

    @functools.wraps(show)
    def show_and_keep(*args: Any, **kwargs: Any) -> Any:
        global _shown
        manager = Gcf.get_active()
        result = show(*args, **kwargs)
        if manager is not None and not Gcf.figs:
            _shown = manager.canvas.figure
        return result

    @functools.wraps(savefig)
    def save_shown_or_current(*args: Any, **kwargs: Any) -> Any:
        if _shown is None or Gcf.figs:
            return savefig(*args, **kwargs)
        return _shown.savefig(*args, **kwargs)

    @functools.wraps(gcf)
    def get_shown_or_current() -> Any:
        # Libraries, and pyplot's own functions, expect the figure to draw on.
        if _shown is None or Gcf.figs or sys._getframe(1).f_globals is not namespace:
            return gcf()
        return _shown

    pyplot.show, pyplot.savefig, pyplot.gcf = (
        show_and_keep,
        save_shown_or_current,
        get_shown_or_current,
    )


def forget_shown_figure() -> None:
    """Forgets the figure, at the end of a cell that has had figures."""
    global _shown
    _shown = None
