"""Switches address randomisation off by a program, and compares its children's layouts.

attack: 9
guarantee: G6
observed: {"kinds": ["refused"], "same layout": false}
"""

import subprocess

from kit import *

FLAGS = [
    0x400000,
    0x40000,
    0x200000,
    0x8000000,
    0x1000000,
    0x2000000,
    0x800000,
    8,
    0x100000,
    0x4000000,
]
answers = {in_child(syscall, "personality", flag) for flag in FLAGS}
command = ["setarch", "-R", "cat", "/proc/self/maps"]
outputs = [subprocess.run(command, capture_output=True).stdout for _ in range(2)]
if not outputs[0]:
    command = command[2:]
    outputs = [subprocess.run(command, capture_output=True).stdout for _ in range(2)]
report(
    {
        "kinds": ["refused"] if answers <= {"EPERM", "EACCES"} else sorted(answers),
        "same layout": outputs[0] == outputs[1],
    },
    bool(outputs[0]),
)
