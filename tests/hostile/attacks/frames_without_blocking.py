"""Makes the frame socket non-blocking and fills it: the kernel of its own cells must cope, or end.

attack: 43
guarantee: G7
cause: COMPLETED PROTOCOL_VIOLATION PROCESS_EXIT CRASH EXCEPTION
next: any
"""

from kit import *

control(True)
os.set_blocking(3, False)
for number in range(200):
    print("x" * 50_000)
