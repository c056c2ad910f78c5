"""Leaves daemons behind: setsid, double fork, ignoring signals, detached from its output.

attack: 19
guarantee: G8
observed: {"daemons": 3}
"""

from kit import *

reader, writer = os.pipe()
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except OSError:
                    pass
            os.write(writer, b"d")
            for descriptor in range(64):
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            while True:
                signal.pause()
        os._exit(0)
    os.wait()
count = 0
while count < 3:
    count += len(os.read(reader, 3 - count))
report({"daemons": count}, True)
