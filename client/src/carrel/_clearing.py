"""When what clear_output() takes back is gone."""

from __future__ import annotations

from carrel.events import ClearEvent, DisplayEvent, ErrorEvent, Event, OutputEvent, ResultEvent


class Clearing:
    """Follows an execution; each method is True if all that was shown before is gone now."""

    def __init__(self) -> None:
        self._waits = False

    def clear(self, wait: bool) -> bool:
        """There is a `clear`."""
        self._waits = wait
        return not wait

    def show(self) -> bool:
        """There is output, a display that is no update, a result or an error."""
        waited, self._waits = self._waits, False
        return waited

    def take(self, event: Event) -> bool:
        """There is an event."""
        match event:
            case ClearEvent():
                return self.clear(event.wait)
            case DisplayEvent():
                return not event.display.update and self.show()
            case OutputEvent() | ResultEvent() | ErrorEvent():
                return self.show()
        return False
