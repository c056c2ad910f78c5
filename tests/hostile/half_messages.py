"""Just enough HTTP/2 to begin messages that never end; no gRPC client would send those."""

from __future__ import annotations

import socket
import struct

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_MOST_IN_A_FRAME = 16384


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return (
        struct.pack(">I", len(payload))[1:]
        + bytes([kind, flags])
        + struct.pack(">I", stream)
        + payload
    )


def _headers(path: str) -> bytes:
    """Encodes the headers without indexing and without Huffman codes (RFC 7541, 6.2.2)."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    return b"".join(
        bytes([0, len(name)]) + name.encode() + bytes([len(text)]) + text.encode()
        for name, text in fields.items()
    )


class HalfMessages:
    """A connection to a Unix socket whose calls send as much of a message as the server takes."""

    def __init__(self, path: str, patience: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(patience)
        self._socket.connect(path)
        self._initial_window = 65535
        self._windows = {0: 65535}
        self._next_stream = 1
        self.ended: set[int] = set()  # Streams that the server has ended.
        self._socket.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b""))

    def close(self) -> None:
        """Ends the connection, and with it its calls."""
        self._socket.close()

    def begin(self, path: str, announced: int, sent: int) -> int:
        """Calls a method with `sent` of the `announced` bytes of a message; returns the stream."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        self._windows[stream] = self._initial_window
        self._socket.sendall(_frame(_HEADERS, 4, stream, _headers(path)))
        data = memoryview(b"\0" + struct.pack(">I", announced) + b"\n" * sent)
        while data and stream not in self.ended:
            room = min(len(data), self._windows[0], self._windows[stream], _MOST_IN_A_FRAME)
            if room <= 0:
                self._read_frame()
                continue
            self._socket.sendall(_frame(_DATA, 0, stream, bytes(data[:room])))
            self._windows[0] -= room
            self._windows[stream] -= room
            data = data[room:]
        return stream

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise ConnectionError("the server has closed the connection")
            data += more
        return data

    def _read_frame(self) -> None:
        head = self._read(9)
        kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0]
        payload = self._read(struct.unpack(">I", b"\0" + head[:3])[0])
        if kind == _WINDOW_UPDATE:
            self._windows[stream] = self._windows.get(stream, 0) + struct.unpack(">I", payload)[0]
        elif kind == _SETTINGS and not flags & 1:
            self._take_settings(payload)
            self._socket.sendall(_frame(_SETTINGS, 1, 0, b""))
        elif kind == _PING and not flags & 1:
            self._socket.sendall(_frame(_PING, 1, 0, payload))
        elif kind == _RESET or (kind == _HEADERS and flags & 1):
            self.ended.add(stream)
        elif kind == _GOAWAY:
            raise ConnectionError(f"the server has sent GOAWAY: {payload[8:].decode()}")

    def _take_settings(self, payload: bytes) -> None:
        for number, value in struct.iter_unpack(">HI", payload):
            if number != 4:  # SETTINGS_INITIAL_WINDOW_SIZE
                continue
            for stream in self._windows.keys() - {0}:
                self._windows[stream] += value - self._initial_window
            self._initial_window = value
