"""Forks of a process that has used GNU's OpenMP (scikit-learn, LightGBM, …)."""

import os
from types import ModuleType

_SOFT = 1  # The value of omp_pause_soft in omp.h.
_registered = False


def change(_: ModuleType) -> None:
    """End the threads of GNU's OpenMP before each fork, so that the fork starts its own.

    GNU's OpenMP keeps the threads of a parallel region for the next one. A fork has none of these
    threads but does not know that, so its own first parallel region would wait for ever. This
    handler makes the runtime end them before a fork; the runtime starts new ones when it needs
    them.
    """
    global _registered
    if not _registered:
        _registered = True
        os.register_at_fork(before=_end_threads)


def _end_threads() -> None:
    from threadpoolctl import ThreadpoolController

    for runtime in ThreadpoolController().select(prefix="libgomp").lib_controllers:
        pause = getattr(runtime.dynlib, "omp_pause_resource_all", None)
        if pause is not None:
            pause(_SOFT)
