"""A stand-in for pip, which sessions cannot use: it reports what is possible.

Sessions have no network, and their environment is read-only. The image's packages can be listed,
and count as installed; every other request fails, with a message that says what to do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata

_INSTEAD = """\
pip: nothing was {done}: this session has no network, and its Python environment is read-only.
Use what `pip list` shows, or upload pure Python modules as files beside your code. For other
packages, ask for a session of an image that has them, or whoever runs the service to add them."""
# Options of `install` that change nothing for packages that are already installed.
_QUIET = {"-q", "-qq", "-qqq", "--quiet", "--user", "--no-input", "--disable-pip-version-check"}
_QUIET |= {"--no-cache-dir", "--prefer-binary", "--break-system-packages"}


def main(arguments: list[str] | None = None) -> int:
    """Does what pip does with these arguments, as far as a session can; returns the exit status."""
    command, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if command in ("-V", "--version"):
        print("pip of Carrel: it lists what the image has, and installs nothing")
        return 0
    if command in ("list", "freeze", "show"):
        return _LISTS[command](rest)
    if command == "install":
        return _install(rest)
    done = {"uninstall": "removed", "download": "downloaded", "wheel": "built"}
    return _refuse(done.get(command, "done"))


def _refuse(done: str) -> int:
    print(_INSTEAD.format(done=done), file=sys.stderr)
    return 1


def _installed() -> Iterator[tuple[str, str]]:
    """Returns the names and versions of the environment's packages, in order."""
    found = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]}
    return iter(sorted(found.items(), key=lambda item: item[0].lower()))


def _list(_arguments: list[str]) -> int:
    rows = [("Package", "Version"), *_installed()]
    width = max(len(name) for name, _ in rows)
    rows.insert(1, ("-" * width, "-" * max(len(version) for _, version in rows)))
    for name, version in rows:
        print(f"{name:{width}} {version}")
    return 0


def _freeze(_arguments: list[str]) -> int:
    for name, version in _installed():
        print(f"{name}=={version}")
    return 0


def _show(arguments: list[str]) -> int:
    status = 0
    for name in (a for a in arguments if not a.startswith("-")):
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            print(f"WARNING: Package(s) not found: {name}", file=sys.stderr)
            status = 1
            continue
        for field in ("Name", "Version", "Summary", "Home-page"):
            print(f"{field}: {about.get(field) or ''}")
    return status


_LISTS = {"list": _list, "freeze": _freeze, "show": _show}


def _install(arguments: list[str]) -> int:
    """Succeeds if everything that is wanted is installed."""
    wanted = [argument for argument in arguments if argument not in _QUIET]
    if not wanted:
        return _refuse("installed")
    for argument in wanted:
        version = _version_of(argument)
        if version is None:
            print(f"ERROR: {argument} is not in this image", file=sys.stderr)
            return _refuse("installed")
    if len(wanted) == len(arguments):
        for argument in wanted:
            print(f"Requirement already satisfied: {argument} ({_version_of(argument)})")
    return 0


def _version_of(requirement: str) -> str | None:
    """Returns the installed version if it satisfies `requirement`; None otherwise."""
    match = re.fullmatch(r"([A-Za-z0-9._-]*[A-Za-z0-9])(?:\[[^]]*\])?\s*([<>=!~].*)?", requirement)
    if match is None:
        return None  # The requirement is an option, a file or an address.
    try:
        version = metadata.version(match[1])
    except (metadata.PackageNotFoundError, ValueError):
        return None
    return version if match[2] is None or _fits(version, match[2]) else None


def _fits(version: str, wanted: str) -> bool:
    """Compares by the package that pip itself uses."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return version in SpecifierSet(wanted, prereleases=True)
    except InvalidSpecifier:
        return False
