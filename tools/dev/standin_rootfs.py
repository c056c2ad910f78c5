"""Makes the container image's tree without a network, from the packages installed here.

    standin_rootfs.py FOLDER PACKAGE...

A stand-in for where no registry and no Debian mirror can be had: FOLDER, which must not exist and
must be below .carrel/, gets the files of the essential packages, of PACKAGEs and of all that they
depend on, and the accounts and links of deploy/Containerfile. It has none of Carrel's own files.
The script only reads outside of FOLDER.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

STATE = Path(__file__).resolve().parents[2] / ".carrel"
CARREL_ID = 10001

# Documentation and translations; the image does without them as well.
LEFT_OUT = re.compile(r"/usr/share/(doc|man|info|lintian|bug|locale)/.|/usr/share/doc-base")
# Directories that a package's scripts make beside its own files, by package.
MADE_BY_SCRIPTS = {"fontconfig-config": ["/etc/fonts/conf.d"]}
TOP_LINKS = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64")}
LINKS = {
    "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
    "etc/mtab": "/proc/self/mounts",
    "mnt/data": "/proc/self/fd/100",
    "tmp": "/proc/self/fd/101",
    "var/tmp": "/tmp",
    "var/run": "/run",
}
FOLDERS = (
    "dev", "etc/carrel", "mnt", "opt", "proc", "root", "run", "sys", "usr/local/bin",
    "usr/share/zoneinfo", "var/lib/carrel",
)  # fmt: skip


class Tree:
    """A directory that is being filled; nothing is written outside of it."""

    def __init__(self, root: Path) -> None:
        if STATE not in root.parents or root.exists() or root.is_symlink():
            raise SystemExit(f"{root} must be a new folder below {STATE}")
        self.root = root
        root.mkdir(mode=0o755)

    def place(self, path: str) -> Path:
        """Returns where a path of the image is, with its parents made."""
        target = self.root / path.lstrip("/")
        for parent in reversed(target.relative_to(self.root).parents[:-1]):
            if not (self.root / parent).is_symlink():
                (self.root / parent).mkdir(mode=0o755, exist_ok=True)
        folder = target.parent.resolve()
        if folder != self.root and self.root not in folder.parents:
            raise SystemExit(f"{path} would be written to {folder}")
        return folder / target.name

    def copy(self, path: str) -> None:
        """Copies a file, link or directory (without its contents) of the host; never setuid."""
        source = Path(path).parent.resolve() / Path(path).name
        if LEFT_OUT.match(path) or not os.path.lexists(source):
            return
        target = self.place(str(source))
        mode = source.lstat().st_mode
        if stat.S_ISDIR(mode):
            if not target.is_symlink():
                target.mkdir(mode=0o755, exist_ok=True)
        elif stat.S_ISLNK(mode):
            self.link(str(source), str(source.readlink()))
        elif stat.S_ISREG(mode):
            shutil.copyfile(source, target)
            target.chmod(stat.S_IMODE(mode) & 0o755 | 0o444)

    def copy_below(self, path: str) -> None:
        """Copies a directory with all that is in it."""
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                self.copy(f"{folder}/{name}")

    def link(self, path: str, to: str) -> None:
        """Makes a symbolic link, unless something is there."""
        target = self.place(path)
        if not os.path.lexists(target):
            target.symlink_to(to)

    def write(self, path: str, text: str) -> None:
        """Writes a file anew."""
        self.place(path).write_text(text)


def field_of_packages(field: str) -> dict[str, str]:
    """Returns a field of every installed package."""
    listed = _output("dpkg-query", "-W", "-f", f"${{Package}}\t${{{field}}}\n")
    return dict(line.split("\t", 1) for line in listed.splitlines())


def closure(wanted: Iterable[str]) -> list[str]:
    """Returns these packages, the essential ones, and what they depend on."""
    provided = {}
    for name, provides in field_of_packages("Provides").items():
        for entry in filter(None, re.split(r",\s*", provides)):
            provided.setdefault(entry.split()[0], name)
    depends = field_of_packages("Depends")
    earlier = field_of_packages("Pre-Depends")
    essential = [name for name, flag in field_of_packages("Essential").items() if flag == "yes"]
    found: set[str] = set()
    open_names = [*wanted, *essential]
    while open_names:
        name = open_names.pop()
        name = name if name in depends else provided.get(name, name)
        if name in found:
            continue
        if name not in depends:
            raise SystemExit(f"the package {name} is not installed here")
        found.add(name)
        for group in filter(None, re.split(r",\s*", f"{depends[name]},{earlier[name]}")):
            choices = [re.split(r"[\s:(]", choice.strip())[0] for choice in group.split("|")]
            installed = [one for one in choices if one in depends or one in provided]
            open_names += installed[:1] or choices[:1]
    return sorted(found)


def copy_packages(tree: Tree, packages: list[str]) -> None:
    """Copies the files of packages and what their scripts made of them."""
    folders = set()
    for package in packages:
        # dpkg also lists diversions, as sentences.
        for path in _output("dpkg", "-L", package).splitlines():
            if path.startswith("/") and path != "/.":
                tree.copy(path)
                if path.endswith(".py"):
                    folders.add(str(Path(path).parent))
        for made in MADE_BY_SCRIPTS.get(package, []):
            tree.copy(made)
            tree.copy_below(made)
    for folder in sorted(folders):
        tree.copy_below(f"{folder}/__pycache__")


def copy_alternatives(tree: Tree) -> None:
    """Copies the alternatives (awk and its like) whose programs are in the tree."""
    for record in sorted(Path("/var/lib/dpkg/alternatives").iterdir()):
        link = record.read_text().splitlines()[1]
        chosen = Path("/etc/alternatives", record.name)
        if chosen.is_symlink() and (tree.root / str(chosen.resolve()).lstrip("/")).exists():
            tree.copy(str(chosen))
            tree.copy(link)


def write_accounts(tree: Tree) -> None:
    """Writes users and groups: Debian's own and carrel."""
    for kind, entry in (("passwd", ":/var/lib/carrel:/usr/sbin/nologin"), ("group", "")):
        master = Path(f"/usr/share/base-passwd/{kind}.master").read_text()
        ids = f"{CARREL_ID}:{CARREL_ID}:" if kind == "passwd" else f"{CARREL_ID}:"
        tree.write(f"etc/{kind}", f"{master}carrel:x:{ids}{entry}\n")


def main(folder: str, *packages: str) -> None:
    """Fills the directory."""
    tree = Tree(Path(folder).absolute())
    for name, target in TOP_LINKS.items():
        tree.place(f"{target}/x")
        tree.link(name, target)
    for name in FOLDERS:
        tree.place(f"{name}/x")
    for name, target in LINKS.items():
        tree.link(name, target)
    copy_packages(tree, closure(packages))
    copy_alternatives(tree)
    write_accounts(tree)
    tree.write("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    tree.write("etc/hostname", "carrel\n")
    tree.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
    (tree.root / "root").chmod(0o700)
    os.chown(tree.root / "var/lib/carrel", CARREL_ID, CARREL_ID)
    subprocess.run(["ldconfig", "-r", str(tree.root)], check=True)


def _output(*command: str) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
