"""Reaches for the kernel's other file systems: sysfs, cgroups, debugfs, tracing, firmware, binfmt.

attack: 16
guarantee: G1 G2 G5
observed: {"opened": [], "made": []}
"""

from kit import *

FILES = """/sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/memory/release_agent /sys/fs/cgroup/notify_on_release
/sys/fs/cgroup/pids/tasks /sys/kernel/uevent_helper /sys/kernel/mm/ksm/run /sys/kernel/security/lsm
/sys/kernel/debug/sched/features /sys/kernel/tracing/trace /sys/kernel/tracing/kprobe_events /sys/power/state
/sys/module/kernel/parameters/panic /sys/firmware/efi/efivars /sys/devices/system/cpu/cpu0/online
/sys/class/net /sys/block /proc/sys/fs/binfmt_misc/register /proc/sysrq-trigger /proc/acpi/wakeup
/proc/irq/0/smp_affinity /proc/bus/pci /proc/scsi/scsi /proc/timer_list /proc/latency_stats /proc/config.gz""".split()
opened = [
    path for path in FILES if attempt(os.open, path, os.O_WRONLY) == "OK" and not is_masked(path)
]
FOLDERS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/kernel/config"]
made = [f for f in FOLDERS if attempt(os.mkdir, f"{f}/carrel-test-must-not-exist") == "OK"]
report({"opened": opened, "made": made}, attempt(os.mkdir, "own") == "OK")
