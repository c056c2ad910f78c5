"""Sets the machine's clocks, its name, its log level. The values are out of range.

attack: 5 7
guarantee: G6
observed: {"not refused": []}
"""

from kit import *

bad_time = address(struct.pack("<qq", -1, -1))
CASES = {
    "settimeofday": ("settimeofday", bad_time, 0),
    "clock_settime": ("clock_settime", 0, bad_time),
    "adjtimex": ("adjtimex", -1),
    "clock_adjtime": ("clock_adjtime", 0, -1),
    "sethostname": ("sethostname", -1, 1),
    "setdomainname": ("setdomainname", -1, 1),
    "syslog": ("syslog", 10, 0, 0),
    "syslog read": ("syslog", 3, -1, 16),
    "vhangup": ("vhangup",),
    "sysfs": ("sysfs", 3, 0, 0),
    "fanotify_init": ("fanotify_init", 0, 0),
    "fanotify_mark": ("fanotify_mark", -1, 1, 1, -1, 0),
    "set_mempolicy_home_node": ("set_mempolicy_home_node", 0, 0, 0, 1),
}
report({"not refused": refusals(syscall, CASES)}, syscall("getpid") == "OK")
