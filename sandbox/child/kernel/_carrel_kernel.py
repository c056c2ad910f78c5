"""The kernel: an IPython shell without a terminal, run by the C++ cell loop.

`prepare` runs once in the zygote, `start_session` once after the fork, `run_cell` for each cell.
The host trusts none of it: containment is enforced outside this process.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import faulthandler
import gc
import importlib
import os
import resource
import signal
import sys
import threading
import time
import types
import warnings
from typing import Any

import _carrel
import _carrel_asyncio
import _carrel_figures
import _carrel_forks
import _carrel_magics
import _carrel_processes
from _carrel_shell import ZMQInteractiveShell
from _carrel_streams import TextStream, flush_replaced
from _carrel_tracebacks import frames_of_cell
from traitlets.config import Config

# internal.CellDone.Status
_OK, _EXCEPTION, _SYNTAX_ERROR, _SYSTEM_EXIT = range(4)
_REHEARSAL = "print(1+1)"
_REHEARSALS = 20
_sysconf = os.sysconf
_MEMORY_PAGES = {os.sysconf_names[name] for name in ("SC_PHYS_PAGES", "SC_AVPHYS_PAGES")}
_CPU_COUNTS = {os.sysconf_names[name] for name in ("SC_NPROCESSORS_CONF", "SC_NPROCESSORS_ONLN")}
_FONT_CACHE = os.environ["VIRTUAL_ENV"] + "/share/carrel/matplotlib"


# These two are set in the zygote.
_shell: ZMQInteractiveShell
_scattered_code: list[types.CodeType]


def _make_shell() -> ZMQInteractiveShell:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autoindent = False
    # The namespace is a real module, so that pickle finds what cells define.
    module = types.ModuleType("__main__", "Automatically created module for the session")
    sys.modules["__main__"] = module
    shell = ZMQInteractiveShell.instance(config=config, user_module=module)
    shell.display_pub.shell = shell
    # They are activated once, not anew for each cell.
    shell.builtin_trap.activate()
    shell.display_trap.__enter__()
    return shell


def _connect_matplotlib(shell: ZMQInteractiveShell) -> None:
    """Has figures that a cell leaves open displayed at its end (matplotlib-inline)."""
    if "matplotlib.pyplot" in sys.modules:
        shell.enable_matplotlib("inline")
        figures = sys.modules["matplotlib._pylab_helpers"].Gcf.figs
        show = sys.modules["matplotlib_inline.backend_inline"].show
        _carrel_figures.keep_shown_figure(shell.user_ns)
        shell.events.register("post_execute", _carrel_figures.forget_shown_figure)
        shell.watch_figures(figures, vars(show))


def _link_font_cache() -> None:
    """Links the image's font list into Matplotlib's directory, which must be writable.

    Each session does so anew, since its /tmp is its own. There C code does it, as it writes to
    fewer pages.
    """
    folder = os.environ.get("MPLCONFIGDIR")
    if folder is not None and os.path.isdir(_FONT_CACHE):
        names = [name for name in os.listdir(_FONT_CACHE) if name.startswith("fontlist-")]
        links = [(f"{_FONT_CACHE}/{name}", f"{folder}/{name}") for name in names]
        _carrel.set_links(folder, links)
    _carrel.make_links()


def prepare(preload: list[str], warm_up: list[str]) -> None:
    """Imports modules, warms up and makes the shell; runs in the zygote."""
    global _shell
    sys.argv = [""]
    sys.path.insert(0, "")
    _link_font_cache()
    # The shell comes first: libraries check at their import whether they are in a notebook.
    _shell = _make_shell()
    _carrel_magics.install(_shell)
    for name in preload:
        importlib.import_module(name)
    namespace: dict[str, Any] = {}
    for statement in warm_up:
        exec(statement, namespace)
    _connect_matplotlib(_shell)
    warnings.filterwarnings("ignore", message="To exit: use 'exit'")
    # A first cell costs much more than a second: its cost is paid here.
    for code in ("1+1", "print()", "%time 1"):
        _shell.run_cell(code, store_history=False)
    _shell.displayhook.flush()
    # flush does not update these. If the two differ, IPython takes `_` for the user's own.
    for name in ("_", "__", "___"):
        _shell.user_ns_hidden[name] = _shell.user_ns[name]
    for names in (_shell.user_ns, _shell.user_ns_hidden):
        names.pop("_0", None)
    _shell._logger = None  # It is made when it is first needed, by %logstart.
    _carrel_asyncio.prepare()
    _carrel_processes.prepare()
    _shell.watch_reading()
    _prepare_random()
    _set_threads(1)
    _take_over_process()
    _carrel_forks.end_to_keep()
    functions = _functions_of_sessions()
    gc.collect()
    # Everything below runs as in a session: it allocates from memory of its own, and executes the
    # code of every cell until caches and adaptive bytecode are stable. This must follow the
    # collection, which empties caches.
    _carrel.take_free_memory()
    _gather_code(functions)
    del functions
    for _ in range(_REHEARSALS):
        _shell.rehearse(_REHEARSAL)
    gc.freeze()


def _functions_of_sessions() -> list[types.FunctionType]:
    """Returns the functions that every session calls, at its start and for a cell."""
    called = {function.__code__ for function in (start_session, run_cell, _conclude, _reseed)}
    called.add(_carrel_forks.call_from_now_on.__code__)

    def note(frame: types.FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    _shell.rehearse(_REHEARSAL)
    sys.setprofile(None)
    return [one for one in gc.get_referrers(*called) if isinstance(one, types.FunctionType)]


def _gather_code(functions: list[types.FunctionType]) -> None:
    """Moves the code of the functions together, since Python writes to code that it runs.

    The old code objects are kept: otherwise they would leave holes, to which sessions would write.
    """
    global _scattered_code
    _scattered_code = [function.__code__ for function in functions]
    for function in functions:
        function.__code__ = function.__code__.replace()


def _take_over_process() -> None:
    """Sets up state that sessions inherit, since a page written after the fork is a copy."""
    sys.stdout = TextStream(is_stderr=False)
    sys.stderr = TextStream(is_stderr=True)
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    os.register_at_fork(after_in_child=_use_pipes_in_forks)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.cpu_count = _own_cpu_count
    os.sysconf = _own_sysconf
    faulthandler.enable(file=2, all_threads=False)


def _prepare_random() -> None:
    """Makes sure that no two sessions share a stream of random numbers.

    OpenSSL does this itself (RAND_priv_bytes, OpenSSL 3). `random` would, but see _carrel_forks: a
    session calls the C part of its seed(). NumPy's legacy generator is reseeded in C, too
    (carrel_module.cc): numpy.random.seed() would write to a hundred pages in each session. Its
    state has the layout of numpy/random/src/mt19937/mt19937.h, `uint32_t key[624]; int pos`; if it
    has not, seed() is used.
    """
    global _reseed, _reseed_random
    if "random" in sys.modules:
        generator = sys.modules["random"]._inst
        generator.seed()
        _reseed_random = super(type(generator), generator).seed
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is None:
        return
    numpy_random.seed()  # This discards what the warm-up has drawn.
    generator = numpy_random.get_bit_generator()
    address = generator.ctypes.state_address
    key = generator.state["state"]["key"].tobytes()
    if len(key) == 4 * 624 and ctypes.string_at(address, len(key)) == key:
        _carrel.set_random_state(address)
    else:
        _reseed = numpy_random.seed


def _reseed_random() -> None:
    """Does nothing unless _prepare_random replaces it; runs in every session."""


def _reseed() -> None:
    """Reseeds NumPy's legacy generator, in every session; see _prepare_random."""
    _carrel.reseed()


def _set_threads(cpu_count: int) -> None:
    """Lets numeric libraries use the session's CPUs; they were limited to one."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(cpu_count)
    for name in ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "NUMEXPR_MAX_THREADS"):
        os.environ[name] = str(cpu_count)
    if cpu_count > 1 and "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(cpu_count)


def _own_cpu_count() -> int:
    """Replaces os.cpu_count, like os.process_cpu_count of Python 3.13: the session's CPUs."""
    return len(os.sched_getaffinity(0))


def _own_sysconf(name: str | int, /) -> int:
    """Replaces os.sysconf, and reports the session's memory and CPUs, not the machine's."""
    number = os.sysconf_names.get(name, name) if isinstance(name, str) else name
    if number in _MEMORY_PAGES:
        return resource.getrlimit(resource.RLIMIT_RSS)[0] // resource.getpagesize()
    if number in _CPU_COUNTS:
        return len(os.sched_getaffinity(0))
    return _sysconf(name)


def _use_pipes_in_forks() -> None:
    """Makes a fork of the interpreter (multiprocessing) print whole lines to the pipes."""
    for name, fd in (("stdout", 1), ("stderr", 2)):
        if isinstance(getattr(sys, name), TextStream):
            pipe = open(
                fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
            )
            setattr(sys, name, pipe)
            setattr(sys, f"__{name}__", pipe)


def start_session(cpu_count: int, environment: dict[str, str]) -> None:
    """Makes this interpreter one session's own; runs after the fork, confined."""
    if environment:
        os.environ.update(environment)
        time.tzset()  # TZ may be among them.
    _carrel_forks.call_from_now_on()
    _reseed_random()
    _reseed()
    if cpu_count > 1:
        _set_threads(cpu_count)
    _carrel.make_links()
    # This takes the first cell's page faults before any caller waits for them.
    _shell.rehearse(_REHEARSAL)


def run_cell(code: str) -> tuple[int, int]:
    """Runs a cell. Returns (CellDone.Status, exit code).

    Any exception that it raises was raised outside of the cell's own code, e.g. by a signal as the
    cell ended. The caller, in C, then calls `report` to show it as the cell's error.
    """
    result = _shell.run(code)
    if not _carrel.is_owner():
        return _OK, _end_fork(result)
    flush_replaced()
    return _conclude(result)


def report(error: BaseException) -> tuple[int, int]:
    """Shows an exception that `run_cell` has raised as the one that has ended the cell."""
    _shell.tracebacks.show_end(error, has_run=True)
    return _EXCEPTION, 0


def _conclude(result: Any) -> tuple[int, int]:
    error = result.error_before_exec
    if error is not None:
        _shell.tracebacks.show_end(error, has_run=False)
        return (_SYNTAX_ERROR if isinstance(error, SyntaxError) else _EXCEPTION), 0
    error = result.error_in_exec
    if error is None:
        return _OK, 0
    if isinstance(error, SystemExit):
        return _SYSTEM_EXIT, _exit_code(error.code)
    _shell.tracebacks.show_end(error, has_run=True)
    return _EXCEPTION, 0


def _exit_code(code: Any) -> int:
    """Returns the exit code as Python does at its own exit; a message goes to stderr."""
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF
    print(code, file=sys.stderr)
    return 1


def _end_fork(result: Any) -> int:
    """Ends a fork of the interpreter that has reached the end of the cell, as a script ends.

    Returns the exit code of the process.
    """
    error = result.error_in_exec
    code = 0
    if isinstance(error, SystemExit):
        code = _exit_code(error.code)
    elif error is not None:
        frames = frames_of_cell(error)
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    return code
