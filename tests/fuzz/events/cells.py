"""The cells that sequences run: their code, their output, and the ways in which they end."""

from __future__ import annotations

from dataclasses import dataclass

from carrel.v1 import code_interpreter_pb2 as pb

Cause = pb.Execution.Cause

# A time longer than any sequence, in seconds.
_FOR_EVER = 3600
# The timeout of a cell that overruns it, in seconds.
SHORT_TIMEOUT = 0.2


@dataclass(frozen=True)
class Kind:
    """A kind of cell.

    Attributes:
        body: the code, in which N, MS are the numbers of the cell; it comes after HEADER.
        causes: the causes by which it may end undisturbed, the usual one first.
        output: its output in that case, after the line of HEADER.
        short: true if its timeout is SHORT_TIMEOUT.
        ends: true if it ends without being stopped.
        exit_code, signal: their values if it ends by the usual cause.
        refused: the system call that the sandbox refuses.

    """

    body: str
    causes: tuple[int, ...] = (Cause.COMPLETED,)
    output: str = ""
    short: bool = False
    ends: bool = True
    exit_code: int = 0
    signal: int = 0
    refused: str = ""


# The header records which cells have run in this interpreter, and prints them first.
HEADER = """
import ctypes, os, signal, socket, sys, threading, time
ran = globals().get("ran", []) + [{n}]
print("ran", *ran)
"""

# A child that prints late, to stderr, so that the cell's own output is known.
_CHILD = """
if os.fork() == 0:
    time.sleep({ms} / 1000)
    os.write(2, b"<late {n}>")
    os._exit(0)
"""

# A cell that ignores interrupts, so that a stop has to kill it.
_STUBBORN = """
while True:
    try:
        time.sleep(3600)
    except KeyboardInterrupt:
        pass
"""

# The error keeps its frames, which must not keep the memory from later cells.
_GROW = """
def grow():
    held = []
    try:
        while True: held.append(bytearray(b"x") * (4 << 20))
    finally:
        held.clear()
grow()
"""

_BIG = "0123456789abcde\n"

CELLS: dict[str, Kind] = {
    "return": Kind(""),
    "print": Kind("for i in range(50): print(i)", output="".join(f"{i}\n" for i in range(50))),
    "sleep": Kind("time.sleep({ms} / 1000); print('slept')", output="slept\n"),
    "print much": Kind(f"print({_BIG!r} * 40_000, end='')", output=_BIG * 40_000),
    "fill the pipe": Kind(
        f"print('first', flush=True)\nleft = {_BIG.encode()!r} * 20_000\n"
        "while left: left = left[os.write(1, left):]\nprint('last')",
        output="first\n" + _BIG * 20_000 + "last\n",
    ),
    "raise": Kind("print('now'); 1 / 0", (Cause.EXCEPTION,), "now\n"),
    "syntax error": Kind("print('never'\n", (Cause.SYNTAX_ERROR,)),
    "sys.exit": Kind("sys.exit(3)", (Cause.SYSTEM_EXIT,), exit_code=3),
    "late child": Kind(_CHILD),
    "child that stays": Kind(f"if os.fork() == 0: time.sleep({_FOR_EVER})"),
    "late thread": Kind(
        "threading.Timer({ms} / 1000, lambda: print('<late {n}>', end='', file=sys.stderr)).start()"
    ),
    "write a file": Kind("with open('made-{n}', 'wb') as file: file.write(b'{n}' * 50_000)"),
    "refused call": Kind(
        "try: socket.socket()\nexcept OSError: print('refused')",
        output="refused\n",
        refused="socket",
    ),
    "memory": Kind("bytearray(1 << 40)", (Cause.MEMORY_LIMIT,)),
    "grow": Kind(_GROW, (Cause.MEMORY_LIMIT,)),
    "os._exit": Kind("print('now'); os._exit(7)", (Cause.PROCESS_EXIT,), "now\n", exit_code=7),
    "kill itself": Kind(
        "print('now'); os.kill(os.getpid(), 9); time.sleep(3600)",
        (Cause.CRASH,),
        "now\n",
        signal=9,
    ),
    "segfault": Kind("print('now'); ctypes.string_at(0)", (Cause.CRASH,), "now\n", signal=11),
    "forbidden call": Kind(
        "print('now'); ctypes.CDLL(None).syscall(165, 0, 0, 0, 0, 0)",
        (Cause.FORBIDDEN_SYSCALL,),
        "now\n",
        signal=31,
    ),
    # The interpreter notices, and exits; if it has not within 2 s, carreld kills it.
    "close descriptors": Kind(
        "os.closerange(0, 4)", (Cause.PROCESS_EXIT, Cause.PROTOCOL_VIOLATION), exit_code=121
    ),
    "overrun": Kind(f"time.sleep({_FOR_EVER})", (Cause.TIMEOUT,), short=True),
    "overrun stubbornly": Kind(_STUBBORN, (Cause.TIMEOUT,), short=True),
    "stay": Kind(f"time.sleep({_FOR_EVER})", (), ends=False),
    "stay stubbornly": Kind(_STUBBORN, (), ends=False),
}


def code_of(kind: str, n: int, ms: int) -> str:
    """Returns the code of cell number `n`."""
    body = CELLS[kind].body.replace("{n}", str(n)).replace("{ms}", str(ms))
    return HEADER.format(n=n) + body


def file_of(n: int) -> tuple[str, bytes]:
    """Returns the path and content of the file that cell number `n` writes, if it writes one."""
    return f"made-{n}", b"%d" % n * 50_000
