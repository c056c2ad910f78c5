"""Makes the calls that the kernel lets past every filter (uretprobe, uprobe): good for trampolines alone.

attack: 1 7
guarantee: G6
observed: {"uretprobe": ["SIGILL", "refused"], "uprobe": ["SIGILL", "refused", "ENXIO"]}
"""

from kit import *

observed = {"uretprobe": in_child(syscall, 335), "uprobe": in_child(syscall, 336)}
report(observed, in_child(syscall, 39) == "OK")
