"""Sends descriptors over the frame socket, by the thousand.

attack: 41
guarantee: G7
cause: COMPLETED PROTOCOL_VIOLATION CRASH PROCESS_EXIT
next: any
"""

import array

from kit import *

control(True)
libc.sendmsg.restype = ctypes.c_ssize_t
data = ctypes.create_string_buffer(frame(b"\x08\x00")[:1])
vector = struct.pack("<QQ", ctypes.addressof(data), 1)
vector_buffer = ctypes.create_string_buffer(vector)
many = array.array("i", [1] * 200).tobytes()
message_control = ctypes.create_string_buffer(struct.pack("<QII", 16 + len(many), 1, 1) + many)
header = ctypes.create_string_buffer(
    struct.pack("<QIIQQQQII", 0, 0, 0, ctypes.addressof(vector_buffer), 1,
                ctypes.addressof(message_control), len(message_control) - 1, 0, 0)
)  # fmt: skip
for _ in range(50):
    libc.sendmsg(3, header, 0x40)  # MSG_DONTWAIT
