"""Rich outputs: MIME bundles from IPython's formatters to the host."""

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

# Jupyter's bundles carry these in base64 (nbformat, "display_data").
_BINARY_PREFIXES = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")
_TEXT_IMAGES = ("image/svg+xml",)


def _is_binary(mime_type: str) -> bool:
    return mime_type.startswith(_BINARY_PREFIXES) and mime_type not in _TEXT_IMAGES


def _encode(mime_type: str, value: Any) -> bytes:
    """The bytes of one representation, whatever a guest's repr has returned."""
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
    """A JSON object; nothing if there is none."""
    if not isinstance(metadata, dict) or not metadata:
        return ""
    text = _carrel_json.encode(metadata).decode()
    return text if text.startswith("{") else ""


def _sendable(text: str) -> str:
    """Without what C takes for an end, or UTF-8 has no bytes for."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _named(items: list[tuple[Any, Any]]) -> list[tuple[str, Any]]:
    """Representations with types that are strings, whatever the keys of the bundle were."""
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
    """Sends a bundle, text/plain first: the plainest representation leads."""
    order = sorted(data.items(), key=lambda item: item[0] != "text/plain")
    bundle = tuple((mime, _encode(mime, value)) for mime, value in _named(order))
    if bundle:
        encoded = _encode_metadata(metadata)
        _flush_streams()
        _carrel.display(bundle, is_result, _sendable(display_id), update, encoded)


def _flush_streams() -> None:
    """A guest may have put streams with buffers in the place of ours: as ipykernel does."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextStream):
            with contextlib.suppress(Exception):  # It may be closed, or None.
                stream.flush()


class Publisher(DisplayPublisher):
    """What display() calls."""

    def _setup_execution_tracking(self) -> None:
        """Nothing: only IPython's own `publish` wants to know when a cell has begun."""

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
        """What the cell has shown so far is to be gone; after `wait`, when more comes."""
        _flush_streams()
        _carrel.clear_output(bool(wait))


class ResultHook(DisplayHook):
    """What shows the value of a cell's last expression."""

    exec_result = None  # Not a trait; see _carrel_shell.

    def __call__(self, result: Any = None) -> None:
        """As IPython's, which looks at `_` even if there is nothing to show."""
        if result is not None:
            super().__call__(result)

    def write_output_prompt(self) -> None:
        """No `Out[1]:` prompt: the host knows it is a result."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        send(format_dict, md_dict, is_result=True)

    def finish_displayhook(self) -> None:
        """No trailing newline."""
