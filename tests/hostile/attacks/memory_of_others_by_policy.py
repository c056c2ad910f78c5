"""Moves pages of other processes between memory nodes, and sets policies.

attack: 15
guarantee: G3 G6
observed: {"not refused": []}
"""

from kit import *

nodes = address(struct.pack("<Q", 1))
cases = {f"migrate {pid}": ("migrate_pages", pid, 64, nodes, nodes) for pid in foreign()}
cases |= {f"move {pid}": ("move_pages", pid, 0, 0, 0, 0, 0) for pid in foreign()}
cases |= {"policy": ("set_mempolicy", 0, 0, 0), "bind": ("mbind", 0, 0, 0, 0, 0, 0)}
report({"not refused": refusals(syscall, cases)}, syscall("getpid") == "OK")
