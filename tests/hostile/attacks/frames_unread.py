"""Never reads its frames, and waits with a full socket, by a child that stops it.

attack: 43
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
interpreter = os.getpid()
if os.fork() == 0:
    os.kill(interpreter, signal.SIGSTOP)
    while True:
        os.write(1, b"still here\n")
signal.pause()
