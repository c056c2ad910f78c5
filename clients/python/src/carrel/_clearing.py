"""Determines when the output that clear_output() takes back is to be removed."""

from __future__ import annotations

from carrel.events import ClearEvent, DisplayEvent, ErrorEvent, Event, OutputEvent, ResultEvent


class Clearing:
    """Follows an execution; each method returns True if all output before is to be removed now."""

    def __init__(self) -> None:
        self._waits = False

    def clear(self, wait: bool) -> bool:
        """Handles a `clear`."""
        self._waits = wait
        return not wait

    def show(self) -> bool:
        """Handles output, a display that is not an update, a result or an error."""
        waited, self._waits = self._waits, False
        return waited

    def take(self, event: Event) -> bool:
        """Handles an event."""
        match event:
            case ClearEvent():
                return self.clear(event.wait)
            case DisplayEvent():
                return not event.display.update and self.show()
            case OutputEvent() | ResultEvent() | ErrorEvent():
                return self.show()
        return False
