"""DuckDB in a session: its limits are the session's, and it spills to /tmp."""

import functools
import itertools
import os
import resource
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

# DuckDB's own default is 0.8 of the machine's memory, but memory that it does not count itself,
# blocks of 64 MiB among it, may then exceed what the machine has. In a session such an allocation
# fails.
_SHARE_OF_MEMORY = 0.5

_in_memory = itertools.count()
_settings: dict[str, dict[str, Any]] = {}


def change(duckdb: ModuleType) -> None:
    """Make connections open with the session's settings, where the caller gives none."""
    connect = duckdb.connect

    @functools.wraps(connect)
    def connect_in_session(
        database: Any = ":memory:", read_only: bool = False, config: dict[str, Any] | None = None
    ) -> Any:
        if database == ":default:":
            return duckdb.default_connection()
        settings = {**_settings_for(database), **(config or {})}
        connection = connect(database, read_only, settings)
        connection.execute("SET enable_progress_bar = false")
        return connection

    duckdb.connect = connect_in_session
    _make_default_connection_late(duckdb)


def _make_default_connection_late(duckdb: ModuleType) -> None:
    """Defer the connection behind duckdb.sql() and its like until one of them is used.

    DuckDB opens it by itself, past `connect`. A function in between would do, but for the frame it
    adds: DuckDB finds the caller's DataFrames by their names. So these functions are found by the
    module's __getattr__ the first time, and where they were from then on.
    """
    methods = duckdb.DuckDBPyConnection, duckdb.DuckDBPyRelation
    hidden = {
        name: value
        for name, value in vars(duckdb).items()
        if callable(value) and not name.startswith("_") and any(hasattr(m, name) for m in methods)
    }
    hidden["default_connection"] = duckdb.default_connection
    for name in hidden:
        delattr(duckdb, name)

    def get_attribute(name: str) -> Any:
        if name not in hidden:
            raise AttributeError(f"module 'duckdb' has no attribute {name!r}")
        del duckdb.__getattr__, duckdb.__dir__
        vars(duckdb).update(hidden)
        duckdb.set_default_connection(duckdb.connect())
        return hidden[name]

    duckdb.__getattr__ = get_attribute
    duckdb.__dir__ = lambda: [*vars(duckdb), *hidden]


def _settings_for(database: Any) -> dict[str, Any]:
    """Return a database's settings: the same ones each time, or DuckDB refuses a connection."""
    name = os.fspath(database) if isinstance(database, os.PathLike) else str(database)
    if name in ("", ":memory:"):
        return _make_settings(f"memory-{next(_in_memory)}")
    if not name.startswith(":memory:"):
        name = str(Path(name).resolve())
    if name not in _settings:
        _settings[name] = _make_settings(f"{hash(name):x}")
    return _settings[name]


def _make_settings(name: str) -> dict[str, Any]:
    cpus = len(os.sched_getaffinity(0))
    return {
        "temp_directory": f"{tempfile.gettempdir()}/duckdb-{os.getpid()}-{name}",
        "threads": cpus,
        # The session's limit counts the stack of each thread; DuckDB would start eight for one CPU.
        "async_threads": cpus,
        "memory_limit": f"{int(_SHARE_OF_MEMORY * _free_bytes()) >> 10}KiB",
    }


def _free_bytes() -> int:
    """Return the number of bytes that this process may still allocate."""
    page = os.sysconf("SC_PAGE_SIZE")
    machine = os.sysconf("SC_PHYS_PAGES") * page
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit == resource.RLIM_INFINITY:
        return machine
    used = int(Path("/proc/self/statm").read_text().split()[5]) * page
    return max(min(limit - used, machine), 64 << 20)
