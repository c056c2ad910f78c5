"""Sets up io_uring in every mode: polled, with a kernel thread, with rings of its own, on a registered ring.

attack: 3
guarantee: G6
observed: {"not refused": []}
"""

from kit import *

params = address(bytes(256))
cases = {f"flag {bit}": ("io_uring_setup", 1, address(struct.pack("<IIII", 0, 0, 1 << bit, 0) + bytes(240)))
         for bit in range(20)}  # fmt: skip
cases |= {
    f"register {n}": ("io_uring_register", -1 & 0xFFFFFFFF, n | 1 << 31, 0, 0) for n in range(35)
}
report({"not refused": refusals(syscall, cases)}, os.path.exists("/proc/self/status"))
