"""Puts links in place of masks of /proc and their sources, as in runc's CVEs of 2025; reads behind.

attack: 16 28
guarantee: G1 G5
observed: {"placed": [], "read": [], "opened for writing": []}
"""

from kit import *

NEW = "carrel-test-must-not-exist"
MASKED = ["kcore", "keys", "timer_list", "sysrq-trigger", "kallsyms"]
SETTINGS = ["sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/kernel/hotplug", "sysrq-trigger"]
WAYS = ["/proc", "/proc/self/root/proc", "/proc/thread-self/root/proc", "/mnt/data/link"]


def place(make):
    """Makes something new and removes it again."""
    path = make()
    os.unlink(path)


def linked(folder, target, way):
    def make():
        way(target, f"{folder}/{NEW}")
        return f"{folder}/{NEW}"

    return make


def has_content(path):
    with open(path, "rb") as file:
        if is_masked(path) or not file.read(1):
            raise PermissionError(errno.EACCES, "masked")


def opens_for_writing(path):
    with open(path, "wb", buffering=0):
        if is_masked(path):
            raise PermissionError(errno.EACCES, "masked")


os.symlink("/proc", "link")
PLACES = [(folder, target, way) for folder in ("/dev", "/dev/pts", "/proc", "/proc/sys", "/sys", "/")
          for target in ("/proc/sysrq-trigger", "/dev/null") for way in (os.symlink, os.link)]  # fmt: skip
observed = {
    "placed": [[where, target] for where, target, way in PLACES
               if attempt(place, linked(where, target, way)) == "OK"],
    "read": [f"{way}/{name}" for way in WAYS for name in MASKED
             if name != "kallsyms" and attempt(has_content, f"{way}/{name}") == "OK"],
    "opened for writing": [f"{way}/{name}" for way in WAYS for name in SETTINGS
                           if attempt(opens_for_writing, f"{way}/{name}") == "OK"],
}  # fmt: skip
same = attempt(place, linked("/mnt/data", "/dev/null", os.symlink)) == "OK"
report(observed, same and attempt(has_content, "/mnt/data/link/self/status") == "OK")
