"""Asks the host in every frame to read the pipes first, while a child fills them without end.

attack: 42 44
guarantee: G7
cause: COMPLETED TIMEOUT PROTOCOL_VIOLATION
timeout: 3
next: any
"""

from kit import *

control(True)
filler = os.fork()
if filler == 0:
    while True:
        os.write(1, b"x" * 65536)
text = guest_frame(1, field(2, 1), field(4, field(2, b"urgent")))
for _ in range(3000):
    os.write(3, text)
os.kill(filler, signal.SIGKILL)
os.waitpid(filler, 0)
