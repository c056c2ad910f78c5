"""Clears close-on-exec, and execs a program that holds the frame socket and says nothing.

attack: 43
guarantee: G7 G8
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
os.set_inheritable(3, True)
signal.signal(signal.SIGINT, signal.SIG_IGN)  # The program ignores it, too.
os.execv("/bin/sleep", ["sleep", "1000"])
