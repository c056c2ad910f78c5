"""Forks of a process that has used GNU's OpenMP (scikit-learn, LightGBM, …)."""

import os
from types import ModuleType

_SOFT = 1  # omp_pause_soft of omp.h.
_registered = False


def change(_: ModuleType) -> None:
    """Have the forks of multiprocessing find no threads that only their parent has.

    GNU's OpenMP keeps the threads of a parallel region for the next one. A fork has none of them
    and does not know it, so its own first parallel region would wait for ever. Before a fork the
    runtime is told to end them; it makes new ones when they are needed.
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
