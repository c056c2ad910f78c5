"""Sessions that do honest work while others attack: cells whose answers are known.

A task raises AssertionError if it gets any other answer. Its duration does not matter.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from carrel import Cause, Change, Ending, Result, Session, StartedEvent
from support import SLOWNESS, run

# The seconds that a cell may take. The machine has much other work.
TIMEOUT = 1800 * SLOWNESS
_LARGEST_UPLOAD = 3 << 20
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Innocent:
    """A session, and the state that it must keep."""

    session: Session
    chance: random.Random
    count: int = 0

    def run(self, code: str) -> Result:
        """Runs a cell that must succeed."""
        return run(self.session, code, timeout=TIMEOUT)

    def expect(self, code: str, printed: object) -> Result:
        """Runs a cell that must succeed and print exactly that."""
        result = self.run(code)
        told = (code, result.stdout, result.stderr)
        assert result.stdout == f"{printed}\n", told
        assert result.stderr == "", told
        return result


def arithmetic(me: Innocent) -> None:
    numbers = [me.chance.randrange(1 << 64) for _ in range(50)]
    me.expect(f"print(sum(n * n % 1009 for n in {numbers}))", sum(n * n % 1009 for n in numbers))


def digests(me: Innocent) -> None:
    size, byte = me.chance.randrange(1 << 20), me.chance.randrange(256)
    expected = hashlib.sha256(bytes([byte]) * size).hexdigest()
    code = f"import hashlib\nprint(hashlib.sha256(bytes([{byte}]) * {size}).hexdigest())"
    me.expect(code, expected)


def results(me: Innocent) -> None:
    words = [f"{me.chance.randrange(1000)}" for _ in range(5)]
    result = me.run(f"sorted({words})")
    assert result.text == repr(sorted(words)), result.text


def kept_variables(me: Innocent) -> None:
    me.count += 1
    me.expect("n = globals().get('n', 0) + 1\nprint(n)", me.count)


def output(me: Innocent) -> None:
    count, seed = me.chance.randrange(1, 3000), me.chance.randrange(1000)
    lines = "\n".join(f"{seed * number} ü" for number in range(count))
    me.expect(f"for number in range({count}): print({seed} * number, 'ü')", lines)


def both_streams(me: Innocent) -> None:
    word = f"{me.chance.random()}"
    result = me.run(f"import sys\nprint({word!r})\nprint({word!r}, file=sys.stderr)")
    assert (result.stdout, result.stderr) == (f"{word}\n", f"{word}\n"), result


def programs(me: Innocent) -> None:
    numbers = [me.chance.randrange(10**6) for _ in range(20)]
    text = "\n".join(map(str, numbers))
    code = f"""
import subprocess
done = subprocess.run(['sort', '-n'], input={text!r}, capture_output=True, text=True, check=True)
print(done.stdout, end='')
"""
    me.expect(code, "\n".join(map(str, sorted(numbers))))


def processes(me: Innocent) -> None:
    numbers = [me.chance.randrange(1000) for _ in range(10)]
    code = f"""
import multiprocessing
def square(n): return n * n
with multiprocessing.Pool(2) as pool: print(pool.map(square, {numbers}))
"""
    me.expect(code, [n * n for n in numbers])


def threads(me: Innocent) -> None:
    count = me.chance.randrange(2, 6)
    code = f"""
import concurrent.futures, time
def work(n):
    time.sleep(0.01)
    return n + 1
with concurrent.futures.ThreadPoolExecutor({count}) as pool: print(list(pool.map(work, range(20))))
"""
    me.expect(code, list(range(1, 21)))


def awaited(me: Innocent) -> None:
    number = me.chance.randrange(1000)
    me.expect(f"import asyncio\nawait asyncio.sleep(0.01)\nprint({number})", number)


def files(me: Innocent) -> None:
    """Writes a file in one cell and reads it in another; a caller then downloads and deletes it."""
    name, count = f"file-{me.chance.randrange(10**9)}.txt", me.chance.randrange(1, 100_000)
    data = (f"{name}\n" * count).encode()
    result = me.run(f"with open({name!r}, 'w') as file: _ = file.write('{name}\\n' * {count})")
    seen = [(item.path, item.change, item.size_bytes) for item in result.artifacts]
    assert seen == [(name, Change.CREATED, len(data))], seen
    assert result.artifacts[0].sha256 in (hashlib.sha256(data).hexdigest(), ""), result.artifacts
    me.expect(f"print(len(open({name!r}).read()))", len(data))
    assert me.session.read_bytes(name) == data, f"{name} was downloaded wrong"
    me.session.delete_file(name)
    assert name not in [file.path for file in me.session.files()], f"{name} is listed"


def uploads(me: Innocent) -> None:
    """Uploads bytes, which the session must see, and downloads them again."""
    name = f"upload-{me.chance.randrange(10**9)}"
    data = me.chance.randbytes(me.chance.randrange(_LARGEST_UPLOAD))
    assert me.session.write_bytes(data, name).size_bytes == len(data)
    code = f"import hashlib\nprint(hashlib.sha256(open({name!r}, 'rb').read()).hexdigest())"
    me.expect(code, hashlib.sha256(data).hexdigest())
    assert me.session.read_bytes(name) == data, f"{name} came back otherwise"
    result = me.run(f"import os\nos.remove({name!r})")
    seen = [(item.path, item.change) for item in result.artifacts]
    assert seen == [(name, Change.DELETED)], seen


def images(me: Innocent) -> None:
    data = PNG + me.chance.randbytes(me.chance.randrange(20_000))
    code = f"from IPython.display import Image, display\ndisplay(Image(data={data!r}))"
    result = me.run(code)
    shown = [display.get("image/png") for display in result.displays]
    assert [item and item.data for item in shown] == [data], "the image was shown otherwise"
    (artifact,) = result.artifacts
    assert me.session.read_bytes(artifact) == data, "the image was kept otherwise"


def displays(me: Innocent) -> None:
    texts = [f"<b>{me.chance.random()}</b>" for _ in range(5)]
    code = f"from IPython.display import HTML, display\nfor text in {texts}: display(HTML(text))"
    shown = [display.html for display in me.run(code).displays]
    assert shown == texts, shown


def errors(me: Innocent) -> None:
    """Raises an error, which must be reported; the variables must survive."""
    code, cause, name = me.chance.choice(
        (
            ("1 / 0", Cause.EXCEPTION, "ZeroDivisionError"),
            ("{}['key']", Cause.EXCEPTION, "KeyError"),
            ("open('there-is-no-such-file')", Cause.EXCEPTION, "FileNotFoundError"),
            ("bytearray(1 << 45)", Cause.MEMORY_LIMIT, "MemoryError"),
            ("import socket\nsocket.socket()", Cause.EXCEPTION, "PermissionError"),
            ("if True print(1)", Cause.SYNTAX_ERROR, "SyntaxError"),
            ("raise SystemExit(3)", Cause.SYSTEM_EXIT, None),
        )
    )
    result = me.session.execute(code, timeout=TIMEOUT)
    seen = (result.execution.cause, result.error and result.error.type)
    assert seen == (cause, name), (seen, result.execution.message)
    assert result.variables_survived, result.execution
    kept_variables(me)


def timeouts(me: Innocent) -> None:
    code = me.chance.choice(("while True: pass", "import time\ntime.sleep(100_000)"))
    execution = me.session.execute(code, timeout=1).execution
    seen = (execution.cause, execution.ending, execution.variables_survived)
    assert seen == (Cause.TIMEOUT, Ending.INTERRUPTED, True), (seen, execution.message)
    kept_variables(me)


def cancelled(me: Innocent) -> None:
    stream = me.session.stream("import time\ntime.sleep(100_000)", timeout=TIMEOUT)
    for event in stream:
        if isinstance(event, StartedEvent):
            me.session.cancel(event.execution)
    execution = stream.result().execution
    seen = (execution.cause, execution.variables_survived)
    assert seen == (Cause.CANCELLED_BY_CALLER, True), (seen, execution.message)
    kept_variables(me)


def arrays(me: Innocent) -> None:
    size = me.chance.randrange(1, 100_000)
    me.expect(f"import numpy\nprint(int(numpy.arange({size}).sum()))", size * (size - 1) // 2)


def tables(me: Innocent) -> None:
    rows = [(me.chance.choice("abcd"), me.chance.randrange(1000)) for _ in range(200)]
    sums: Counter[str] = Counter()
    for key, number in rows:
        sums[key] += number
    code = f"""
import pandas
table = pandas.DataFrame({rows}, columns=['key', 'number'])
print(table.groupby('key')['number'].sum().to_dict())
"""
    me.expect(code, dict(sorted(sums.items())))


Task = Callable[[Innocent], None]

# The tasks of sessions, by image.
TASKS: dict[str, tuple[Task, ...]] = {
    "minimal": (
        arithmetic, digests, results, kept_variables, output, both_streams, programs, processes,
        threads, awaited, files, uploads, images, displays, errors, timeouts, cancelled,
    ),
}  # fmt: skip
TASKS["data-science"] = (*TASKS["minimal"], arrays, tables, arrays, tables)


def work(me: Innocent, image: str) -> str:
    """Does one task, and returns its name; raises AssertionError if any check fails."""
    task = me.chance.choice(TASKS[image])
    task(me)
    generation = me.session.refresh().generation
    assert generation == 1, f"generation {generation}: an interpreter was lost"
    return task.__name__
