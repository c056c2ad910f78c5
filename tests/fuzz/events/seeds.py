"""The sequences that are played first: each event, cell, upload and signal is in one of them."""

from __future__ import annotations

from events.cells import CELLS
from events.event import SIGNALS, UPLOAD_ENDS, Event, text_of

_CREATE, _LET_END = Event("create"), Event("let end")


def _cell(name: str) -> Event:
    return Event("execute", cell=name, ms=10)


def _every_cell() -> list[Event]:
    seen = [_CREATE]
    for name, kind in CELLS.items():
        if kind.ends:
            seen += [_cell(name), _LET_END, _cell("return"), _LET_END]
    return seen


def _every_signal() -> list[Event]:
    seen = [_CREATE]
    for target in ("interpreter", "supervisor"):
        for name in SIGNALS:
            seen += [_cell("stay"), Event("signal", how=target, signal=name, ms=50)]
            seen += [Event("cancel"), _cell("print"), _LET_END]
    return seen


def seeds() -> dict[str, bytes]:
    """The sequences by name, as JSON."""
    uploads = [Event("upload", size=300_000, how=how, number=1) for how in UPLOAD_ENDS]
    halves = [Event("begin upload", size=300_000, how=how) for how in UPLOAD_ENDS]
    queue = [_cell("stay stubbornly"), _cell("print"), _cell("late child"), _cell("write a file")]
    end_upload, download = Event("end upload", number=2), Event("download")
    named = {
        "every_cell": _every_cell(),
        "signals_of_every_kind": _every_signal(),
        "uploads_of_every_end": [
            *(_CREATE, *uploads, *halves, end_upload, end_upload, end_upload, download),
            *(Event("break download"), Event("delete file"), download),
        ],
        "deleted_in_the_midst_of_all": [
            *(_CREATE, *queue, *halves, Event("watch", number=3), Event("abandon", number=1)),
            *(Event("delete"), _CREATE, *queue[1:], download),
        ],
        "cancelled_in_the_queue": [
            *(_CREATE, *queue, _cell("sleep"), Event("cancel", number=1)),
            *(_cell("print"), Event("watch", number=3), Event("cancel", number=3)),
        ],
        "no_zygote_for_a_moment": [
            *(_CREATE, Event("signal", how="spare", signal="SIGKILL")),
            *(Event("signal", how="zygote", signal="SIGKILL"), Event("create", 1, number=1)),
            *(_cell("os._exit"), _cell("print"), _LET_END),
        ],
    }
    return {f"{name}.json": text_of(sequence).encode() for name, sequence in named.items()}
