"""The table, by topic."""

from rows import (
    charts,
    documents,
    files,
    frames,
    language,
    notebook,
    numbers,
    pairs,
    processes,
    refusals,
    system,
    zones,
)

WORKING = (
    *notebook.ROWS,
    *language.ROWS,
    *processes.ROWS,
    *system.ROWS,
    *files.ROWS,
    *numbers.ROWS,
    *frames.ROWS,
    *charts.ROWS,
    *documents.ROWS,
    *pairs.ROWS,
    *zones.ROWS,
)
REFUSED = refusals.ROWS
