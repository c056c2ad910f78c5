"""Changes that this image makes to its packages before sessions use them.

The zygote imports this first: see `preload` and `warm_up` in image.textproto.
"""

import gc
import io
import os
from typing import Any

# The zygote must have one thread when it forks. pandas imports pyarrow, whose jemalloc would start
# another thread; it reads this variable when it is loaded.
os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
# pyarrow's mimalloc would make its first GiB writable at once, all of which RLIMIT_DATA counts:
# half of a session's memory limit, for a table of two rows.
os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
# DuckDB's jemalloc would keep the addresses of memory that it has freed, which the limit counts as
# well.
os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", "retain:false")


def install_font_fallback() -> None:
    """Let every Matplotlib text fall back to the families of `matplotlibrc`.

    Matplotlib tries only the families that a text names. `matplotlibrc` names
    enough of them, but `seaborn.set_theme()`, most style sheets and much code
    set another family, and then every Chinese label is a row of boxes.
    """
    import matplotlib
    from matplotlib import font_manager

    manager = font_manager.fontManager
    find = manager._find_fonts_by_props
    families = list(matplotlib.rcParamsOrig["font.family"])
    generic = [
        f"font.{name}" for name in ("serif", "sans-serif", "cursive", "fantasy", "monospace")
    ]
    found: dict[Any, list[Any]] = {}

    def find_with_fallback(prop: Any, *args: Any, **kwargs: Any) -> list[Any]:
        # Matplotlib asks a thousand times per chart, so answers are kept. They
        # depend on the text's font but not its size, on what the generic
        # families mean, and on the fonts that `addfont` has brought.
        asked = font_manager.FontProperties._from_any(prop).copy()
        asked.set_size(10)
        meanings = tuple(tuple(matplotlib.rcParams[name]) for name in generic)
        key = (asked, meanings, len(manager.ttflist), args, tuple(kwargs.items()))
        if key not in found:
            fallback = asked.copy()
            fallback.set_file(None)
            fallback.set_family(families)
            paths = [*find(asked, *args, **kwargs), *find(fallback)]
            found[key] = list(dict.fromkeys(paths))
        return list(found[key])

    manager._find_fonts_by_props = find_with_fallback


def warm_up() -> None:
    """Take work that happens once per process out of a session's first cell."""
    install_font_fallback()
    _warm_tables()
    _warm_figures()
    _close_fonts()


def _warm_tables() -> None:
    import numpy as np
    import pandas as pd

    csv = "day,kind,value\n" + "".join(f"2024-{m:02}-01,k{m % 3},{m}.5\n" for m in range(1, 13))
    table = pd.read_csv(io.StringIO(csv), parse_dates=["day"])
    table["noise"] = np.random.default_rng(0).normal(size=len(table))
    table.info(buf=io.StringIO())
    repr(table), table._repr_html_(), table.describe(), table.isna().sum()
    table.groupby("kind")["value"].agg(["mean", "sum"]).reset_index().to_string()
    table.set_index("day")["value"].resample("MS").sum().rolling(3).mean()
    table.pivot_table(index="kind", values="value").merge(table, on="kind").sort_values("day")
    table["day"].dt.strftime("%Y-%m"), table["kind"].str.upper().value_counts()
    np.linalg.lstsq(np.eye(3), np.ones(3), rcond=None)


def _warm_figures() -> None:
    import matplotlib.pyplot as plt
    import pandas as pd

    figure, axes = plt.subplots()
    axes.plot(pd.date_range("2024-01-01", periods=3, freq="MS"), [1, 2, 3], label="$x^2$")
    axes.bar(pd.to_datetime(["2024-01-01"]), [1])
    axes.set_title("Title", fontweight="bold")
    axes.legend()
    axes.grid(True)
    figure.tight_layout()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close("all")


def _close_fonts() -> None:
    """Close the font files that drawing has opened.

    A forked session must not read through descriptors, and so file offsets,
    that it shares with others.
    """
    from matplotlib import font_manager, mathtext

    font_manager._get_font.cache_clear()
    mathtext.MathTextParser._parse_cached.cache_clear()
    gc.collect()
