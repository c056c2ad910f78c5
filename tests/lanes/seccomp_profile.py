"""Compiles a seccomp profile in Docker's form to a filter program, as Docker and runc would.

Docker selects the rules that fit the capabilities and the machine. runc adds them by libseccomp,
and puts a stub in front: it answers ENOSYS to system calls newer than any that the profile names,
so that programs fall back to older ones.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

DOCKER_DEFAULT = Path(__file__).parent / "docker-default.json"

_COMPARISONS = {
    "SCMP_CMP_NE": 1, "SCMP_CMP_LT": 2, "SCMP_CMP_LE": 3, "SCMP_CMP_EQ": 4, "SCMP_CMP_GE": 5,
    "SCMP_CMP_GT": 6, "SCMP_CMP_MASKED_EQ": 7,
}  # fmt: skip
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_EPERM = 1
_ENOSYS = 38
_X86_64 = 0xC000003E
_X86 = 0x40000003
_X32 = 0x4000003E  # This is libseccomp's value; the kernel sees _X86_64 and this bit of the number:
_X32_BIT = 0x40000000


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def compile_profile(path: Path, capabilities: Collection[str]) -> bytes:
    """Returns the program for a container with these capabilities on x86-64, for bwrap --seccomp.

    Raises:
        ValueError: the profile has an element that is not supported here.
    """
    profile = json.loads(path.read_text())
    default_errno = profile.get("defaultErrnoRet", _EPERM)
    default = _action(profile["defaultAction"], default_errno)
    library = _library()
    context = library.seccomp_init(default)
    if not context:
        raise OSError("seccomp_init failed")
    try:
        for architecture in (_X86, _X32):
            _check(library.seccomp_arch_add(context, architecture))
        newest = {_X86_64: 0, _X86: 0}
        for rule in filter(lambda rule: _applies(rule, capabilities), profile["syscalls"]):
            action = _action(rule["action"], rule.get("errnoRet", default_errno))
            for name in rule["names"]:
                number = library.seccomp_syscall_resolve_name(name.encode())
                # The call is newer than this libseccomp; runc skips such calls, too.
                if number == -1:
                    continue
                for architecture in newest:
                    known = library.seccomp_syscall_resolve_name_arch(architecture, name.encode())
                    newest[architecture] = max(newest[architecture], known)
                if action != default:
                    _add(library, context, action, number, rule.get("args") or [])
        return _stub(newest) + _export(library, context)
    finally:
        library.seccomp_release(context)


def _applies(rule: dict[str, Any], capabilities: Collection[str]) -> bool:
    """Returns whether Docker would apply this rule on x86-64 with a current kernel."""
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    if unknown := (includes.keys() | excludes.keys()) - {"caps", "arches", "minKernel"}:
        raise ValueError(f"the profile has a condition that is not known here: {unknown}")
    if "minKernel" in excludes or includes.get("minKernel", "4.8") != "4.8":
        raise ValueError("the profile has a condition on the kernel that is not known here")
    wanted = set(includes.get("caps", ())) <= set(capabilities)
    here = "arches" not in includes or "amd64" in includes["arches"]
    unwanted = set(excludes.get("caps", ())) & set(capabilities)
    return wanted and here and not unwanted and "amd64" not in excludes.get("arches", ())


def _action(name: str, errno: int) -> int:
    if name == "SCMP_ACT_ERRNO":
        return _ERRNO | errno
    if name == "SCMP_ACT_ALLOW":
        return _ALLOW
    raise ValueError(f"the profile has an action that is not known here: {name}")


def _add(
    library: ctypes.CDLL, context: int, action: int, number: int, args: list[dict[str, Any]]
) -> None:
    if len({one["index"] for one in args}) != len(args):
        # runc would treat them as alternatives.
        raise ValueError("two conditions on one argument")
    comparisons = (_Comparison * max(1, len(args)))(
        *(
            _Comparison(
                one["index"], _COMPARISONS[one["op"]], one["value"], one.get("valueTwo") or 0
            )
            for one in args
        )
    )
    _check(library.seccomp_rule_add_array(context, action, number, len(args), comparisons))


def _stub(newest: dict[int, int]) -> bytes:
    """Returns a stub that answers ENOSYS to calls newer than the profile, and passes others on."""
    load, equal, greater, at_least, answer = 0x20, 0x15, 0x25, 0x35, 0x06
    return b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (load, 0, 0, 4),  # seccomp_data.arch
            (equal, 0, 3, _X86_64),
            (load, 0, 0, 0),  # seccomp_data.nr
            (at_least, 5, 0, _X32_BIT),
            (greater, 3, 4, newest[_X86_64]),
            (equal, 0, 3, _X86),
            (load, 0, 0, 0),
            (greater, 0, 1, newest[_X86]),
            (answer, 0, 0, _ERRNO | _ENOSYS),
        )
    )


def _export(library: ctypes.CDLL, context: int) -> bytes:
    with tempfile.TemporaryFile() as file:
        _check(library.seccomp_export_bpf(context, file.fileno()))
        file.seek(0)
        return file.read()


def _check(result: int) -> None:
    if result != 0:
        raise OSError(-result, os.strerror(-result))


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = (ctypes.c_uint32,)
    library.seccomp_release.restype = None
    library.seccomp_release.argtypes = (ctypes.c_void_p,)
    library.seccomp_arch_add.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    library.seccomp_syscall_resolve_name.argtypes = (ctypes.c_char_p,)
    library.seccomp_syscall_resolve_name_arch.argtypes = (ctypes.c_uint32, ctypes.c_char_p)
    library.seccomp_rule_add_array.argtypes = (
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_Comparison),
    )  # fmt: skip
    library.seccomp_export_bpf.argtypes = (ctypes.c_void_p, ctypes.c_int)
    return library
