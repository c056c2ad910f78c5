"""Rich outputs: sends MIME bundles from IPython's formatters to the host."""

from __future__ import annotations

import base64
import binascii
import contextlib
import sys
from typing import Any

import _carrel
import _carrel_json
from _carrel_streams import TextStream
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

# The types that Jupyter's bundles carry in base64 (nbformat, "display_data").
_BINARY_PREFIXES = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")
_TEXT_IMAGES = ("image/svg+xml",)


def _is_binary(mime_type: str) -> bool:
    return mime_type.startswith(_BINARY_PREFIXES) and mime_type not in _TEXT_IMAGES


def _encode(mime_type: str, value: Any) -> bytes:
    """Returns the bytes of one representation, whatever a guest's repr has returned."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        if _carrel_json.is_json(mime_type):
            return _carrel_json.encode_text(data.decode("utf-8", "replace"))
        return data
    if not isinstance(value, str):
        return _carrel_json.encode(value)
    if _carrel_json.is_json(mime_type):
        return _carrel_json.encode_text(value)
    if _is_binary(mime_type):
        try:
            return base64.b64decode(value, validate=False)
        except (binascii.Error, ValueError):
            return b""
    return value.encode("utf-8", "replace")


def _encode_metadata(metadata: Any) -> str:
    """Returns a JSON object, or an empty string if there is none."""
    if not isinstance(metadata, dict) or not metadata:
        return ""
    text = _carrel_json.encode(metadata).decode()
    return text if text.startswith("{") else ""


def _sendable(text: str) -> str:
    """Returns the text without NULs, which end a C string, and without what UTF-8 cannot encode."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _named(items: list[tuple[Any, Any]]) -> list[tuple[str, Any]]:
    """Returns the representations with types that are strings, whatever the bundle's keys were."""
    named = [(_sendable(str(mime)), value) for mime, value in items]
    return [item for item in named if item[0]]


def send(
    data: dict[str, Any],
    metadata: dict[str, Any] | None = None,
    *,
    is_result: bool = False,
    display_id: str = "",
    update: bool = False,
) -> None:
    """Sends a bundle, text/plain first, since the plainest representation leads."""
    order = sorted(data.items(), key=lambda item: item[0] != "text/plain")
    bundle = tuple((mime, _encode(mime, value)) for mime, value in _named(order))
    if bundle:
        encoded = _encode_metadata(metadata)
        _flush_streams()
        _carrel.display(bundle, is_result, _sendable(display_id), update, encoded)


def _flush_streams() -> None:
    """Flushes buffered streams with which a guest may have replaced the session's."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextStream):
            with contextlib.suppress(Exception):  # The stream may be closed, or None.
                stream.flush()


class Publisher(DisplayPublisher):
    """The publisher that display() calls."""

    def _setup_execution_tracking(self) -> None:
        """Does nothing: only IPython's own `publish` needs to know when a cell has begun."""

    def publish(  # type: ignore[override]
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: str | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_kwargs: Any,
    ) -> None:
        display_id = str((transient or {}).get("display_id", ""))
        send(data, metadata, display_id=display_id, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Clears what the cell has shown so far; with `wait`, when more output arrives."""
        _flush_streams()
        _carrel.clear_output(bool(wait))


class ResultHook(DisplayHook):
    """The hook that shows the value of a cell's last expression."""

    exec_result = None  # This is no trait; see _carrel_shell.

    def __call__(self, result: Any = None) -> None:
        """Shows the result. IPython's hook accesses `_` even if there is nothing to show."""
        if result is not None:
            super().__call__(result)

    def write_output_prompt(self) -> None:
        """Writes no `Out[1]:` prompt, since the host knows that it is a result."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        send(format_dict, md_dict, is_result=True)

    def finish_displayhook(self) -> None:
        """Writes no trailing newline."""
