"""Converts the pieces of an output stream to text."""

from __future__ import annotations

import codecs


def dropped_note(byte_count: int) -> str:
    """Returns the line that stands for bytes that were not kept."""
    unit = "byte" if byte_count == 1 else "bytes"
    return f"… {byte_count:,} {unit} dropped …\n"


class TextAssembler:
    """Decodes the pieces of one stream, in order, as UTF-8.

    A character may be split between pieces; invalid bytes become U+FFFD. Where two pieces do not
    meet, a line says how many bytes are missing. With `from_start` false the first piece may start
    anywhere: bytes before it were not requested, and do not count as dropped.
    """

    def __init__(self, *, from_start: bool = True) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._end: int | None = 0 if from_start else None
        self._at_line_start = True
        self.dropped_bytes = 0

    def feed(self, offset: int, data: bytes) -> str:
        """Returns the text that `data`, which starts at `offset`, adds."""
        text = ""
        if self._end is None:
            self._end = offset
        if offset > self._end:
            text = self._gap(offset - self._end)
        elif offset < self._end:
            data = data[self._end - offset :]
            offset = self._end
        text += self._note_line_start(self._decoder.decode(data))
        self._end = offset + len(data)
        return text

    def finish(self, total_bytes: int) -> str:
        """Returns the remaining text of a stream that ended after `total_bytes`."""
        if self._end is not None and total_bytes > self._end:
            gap = total_bytes - self._end
            self._end = total_bytes
            return self._gap(gap)
        return self._flush()

    def clear(self) -> None:
        """Forgets the text so far; the next piece may start anywhere."""
        self._decoder.reset()
        self._end = None
        self._at_line_start = True
        self.dropped_bytes = 0

    def _gap(self, byte_count: int) -> str:
        self.dropped_bytes += byte_count
        text = self._flush()
        if not self._at_line_start:
            text += "\n"
        self._at_line_start = True
        return text + dropped_note(byte_count)

    def _flush(self) -> str:
        text = self._note_line_start(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        return text

    def _note_line_start(self, text: str) -> str:
        if text:
            self._at_line_start = text.endswith("\n")
        return text
