"""Adds fonts and `site/`, which no package brings, to the environment.

    prepare.py ENVIRONMENT DEBIAN_PACKAGE...

Runs once, with the environment's own Python, when the image is made.
`ENVIRONMENT/share/carrel/matplotlib` gets `matplotlibrc` and a font cache that
names only Matplotlib's own fonts and those of the Debian packages, so that
charts look the same whatever else is installed on the machine.
"""

import compileall
import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Maps fonts that people ask for to the installed fonts that look most like them.
ALIASES = {
    "Arial": "Liberation Sans",
    "Helvetica": "Liberation Sans",
    "Helvetica Neue": "Liberation Sans",
    "Times": "Liberation Serif",
    "Times New Roman": "Liberation Serif",
    "Courier": "Liberation Mono",
    "Courier New": "Liberation Mono",
    "Verdana": "DejaVu Sans",
    "Noto Sans": "DejaVu Sans",
    "SimHei": "Noto Sans CJK SC",
    "SimSun": "Noto Serif CJK SC",
    "Heiti SC": "Noto Sans CJK SC",
    "Heiti TC": "Noto Sans CJK TC",
    "PingFang SC": "Noto Sans CJK SC",
    "PingFang HK": "Noto Sans CJK HK",
    "STHeiti": "Noto Sans CJK SC",
    "Microsoft YaHei": "Noto Sans CJK SC",
    "Microsoft JhengHei": "Noto Sans CJK TC",
    "WenQuanYi Micro Hei": "Noto Sans CJK SC",
    "WenQuanYi Zen Hei": "Noto Sans CJK SC",
    "Source Han Sans CN": "Noto Sans CJK SC",
    "Source Han Sans SC": "Noto Sans CJK SC",
    "Noto Sans SC": "Noto Sans CJK SC",
    "Arial Unicode MS": "Noto Sans CJK SC",
    "MS Gothic": "Noto Sans CJK JP",
    "Yu Gothic": "Noto Sans CJK JP",
    "Meiryo": "Noto Sans CJK JP",
    "Hiragino Sans": "Noto Sans CJK JP",
    "IPAexGothic": "Noto Sans CJK JP",
    "IPAGothic": "Noto Sans CJK JP",
    "TakaoGothic": "Noto Sans CJK JP",
    "Noto Sans JP": "Noto Sans CJK JP",
    "Malgun Gothic": "Noto Sans CJK KR",
    "NanumGothic": "Noto Sans CJK KR",
    "AppleGothic": "Noto Sans CJK KR",
    "Noto Sans KR": "Noto Sans CJK KR",
    "Noto Sans Arabic": "DejaVu Sans",
    "Noto Color Emoji": "Symbola",
    "Noto Emoji": "Symbola",
    "Segoe UI Emoji": "Symbola",
    "Apple Color Emoji": "Symbola",
}
WEIGHTS = range(100, 1000, 100)


def package_fonts(packages: list[str]) -> set[str]:
    """Name the files that the Debian packages installed."""
    listing = subprocess.run(
        ["dpkg-query", "-L", *packages], check=True, capture_output=True, text=True
    )
    return {os.path.realpath(line) for line in listing.stdout.splitlines()}


def make_font_cache(cache: Path, packages: list[str]) -> None:
    """Write the `fontlist-v*.json` that sessions use as it is."""
    os.environ["MPLCONFIGDIR"] = str(cache)
    os.environ["MATPLOTLIBRC"] = str(cache / "matplotlibrc")
    import matplotlib as mpl
    from matplotlib import font_manager

    # Importing the manager has scanned the machine; that file is overwritten below.
    manager = font_manager.fontManager
    kept = package_fonts(packages)
    own = mpl.get_data_path() + os.sep
    manager.ttflist = sorted(
        (
            f
            for f in manager.ttflist
            if f.fname.startswith(own) or os.path.realpath(f.fname) in kept
        ),
        # Fonts that every chart asks for come first because the search is linear.
        key=lambda f: (f.name not in mpl.rcParams["font.family"], f.name, f.fname, f.index),
    )
    manager.afmlist = [f for f in manager.afmlist if f.fname.startswith(own)]
    manager.ttflist += aliased(manager.ttflist)
    manager.ttflist += weighted(manager.ttflist)
    font_manager.json_dump(
        manager, cache / f"fontlist-v{font_manager.FontManager.__version__}.json"
    )

    names = {f.name for f in manager.ttflist}
    missing = set(mpl.rcParams["font.family"]) - names
    if missing:
        sys.exit(f"no font for {', '.join(sorted(missing))}: name its package in image.textproto")


def aliased(fonts: list) -> list:
    """Give fonts the names of others, as fontconfig does."""
    present = {f.name for f in fonts}
    return [
        dataclasses.replace(font, name=alias)
        for alias, name in ALIASES.items()
        if alias not in present
        for font in fonts
        if font.name == name
    ]


def weighted(fonts: list) -> list:
    """Offer every font of normal width in every weight.

    Matplotlib warns when it takes the nearest weight, and each fallback font
    would do so on every bold title.
    """
    faces: dict[tuple[str, str], dict[int, object]] = {}
    for font in fonts:
        if font.variant == "normal" and font.stretch == "normal":
            faces.setdefault((font.name, font.style), {}).setdefault(weight_number(font), font)
    extra = []
    for weights in faces.values():
        for weight in WEIGHTS:
            if weight not in weights:
                # The heavier of two weights that are equally near wins.
                nearest = min(weights, key=lambda have: (abs(have - weight), -have))
                extra.append(dataclasses.replace(weights[nearest], weight=weight))
    return extra


def weight_number(font: object) -> int:
    """Return 700 for a font whose weight is "bold"."""
    from matplotlib import font_manager

    return font_manager.weight_dict.get(font.weight, font.weight)


def main() -> None:
    """Prepare the environment named by the first argument."""
    environment, packages = Path(sys.argv[1]), sys.argv[2:]
    site = environment / "lib/python3.11/site-packages"
    for module in (HERE / "site").glob("*.py"):
        shutil.copy(module, site)
        compileall.compile_file(site / module.name, quiet=1)
    (site / "carrel.pth").write_text("import carrel_site\n")
    cache = environment / "share/carrel/matplotlib"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "matplotlibrc", cache)
    make_font_cache(cache, packages)


if __name__ == "__main__":
    main()
