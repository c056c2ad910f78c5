"""Calls the kernel by int 0x80 once for each 32-bit call that would matter: execve, clone, mount, and more.

attack: 1
guarantee: G6
observed: {"answered": []}
"""

from kit import *

# mov eax, number; mov ebx, ecx, edx, esi, edi = -1 (no pointer, no descriptor); int 0x80; ret
CODE = (
    b"\x53\xb8%s\xbb\xff\xff\xff\xff\xb9\xff\xff\xff\xff\xba\xff\xff\xff\xff"
    b"\xbe\xff\xff\xff\xff\xbf\xff\xff\xff\xff\xcd\x80\x5b\xc3"
)
CALLS = {"open": 5, "execve": 11, "mount": 21, "ptrace": 26, "kill": 37, "socketcall": 102, "ipc": 117,
         "clone": 120, "modify_ldt": 123, "init_module": 128, "capset": 185, "keyctl": 288, "unshare": 310,
         "bpf": 357, "socket": 359, "io_uring_setup": 425, "clone3": 435}  # fmt: skip
functions = {name: machine_code(CODE % struct.pack("<I", n)) for name, n in CALLS.items()}
answers = {name: in_child(function) for name, function in functions.items()}
report(
    {"answered": [f"{n}: {a}" for n, a in answers.items() if a not in ("SIGSYS", "SIGSEGV")]},
    machine_code(b"\xb8\x27\x00\x00\x00\x0f\x05\xc3")() == os.getpid(),
)
