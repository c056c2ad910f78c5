"""The host's data about an exception: its names, its texts, and the session limit behind it."""

from __future__ import annotations

import errno
import mmap
import os
import resource
from typing import Any

# internal.PythonError.Limit
_NO_LIMIT, _MEMORY, _TASKS, _OPEN_FILES, _TEMPORARY, _WORKSPACE = range(6)
_BY_ERRNO = {errno.ENOMEM: _MEMORY, errno.EMFILE: _OPEN_FILES, errno.EFBIG: _WORKSPACE}


def name_of(etype: Any) -> bytes:
    """Returns the name of an exception's type."""
    return str(getattr(etype, "__name__", etype)).encode("utf-8", "replace")


def message_of(evalue: Any) -> bytes:
    """Returns an exception's text."""
    try:
        return str(evalue).encode("utf-8", "replace")
    except BaseException:  # A guest's __str__ may do anything.
        return b"<the exception has no printable message>"


def _is_full(folder: str) -> bool:
    """Returns whether `folder` is a file system of its own on which hardly a page is left."""
    if os.stat(folder).st_dev == os.stat("/mnt/data").st_dev:
        return False  # All sessions share this file system; a watch limits its use.
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize < 1 << 16 or system.f_favail == 0


def _may_start_more() -> bool:
    """Returns whether a process may be started, by trying a program that does not exist."""
    try:
        os.posix_spawn("/nonexistent", ["nonexistent"], {})
    except OSError as error:
        return error.errno != errno.EAGAIN
    return True


def _has_room_for_a_stack() -> bool:
    """Returns whether there is memory for one more thread's stack."""
    size, _ = resource.getrlimit(resource.RLIMIT_STACK)
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError as error:
        return error.errno != errno.ENOMEM
    return True


def limit_of(evalue: Any) -> int:
    """Returns the session limit that an exception reports, an internal.PythonError.Limit."""
    try:
        if isinstance(evalue, MemoryError):
            return _MEMORY
        no_thread = isinstance(evalue, RuntimeError) and evalue.args == ("can't start new thread",)
        number = evalue.errno if isinstance(evalue, OSError) else None
        # These two have other causes as well.
        if (no_thread or number == errno.EAGAIN) and not _may_start_more():
            return _TASKS
        if no_thread and not _has_room_for_a_stack():
            return _MEMORY
        if number == errno.ENOSPC:
            return _TEMPORARY if _is_full("/tmp") or _is_full("/dev/shm") else _NO_LIMIT
        return _BY_ERRNO.get(number, _NO_LIMIT)
    except BaseException:  # A guest's exception may be anything.
        return _NO_LIMIT
