"""Has a child write half frames between the interpreter's own.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION CRASH
timeout: 5
next: any
"""

from kit import *

control(True)
if os.fork() == 0:
    for _ in range(2000):
        os.write(3, struct.pack("<I", 1000) + b"x" * 10)
    os._exit(0)
for number in range(2000):
    print(number)
