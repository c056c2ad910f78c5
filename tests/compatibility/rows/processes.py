"""Processes, threads and event loops."""

from rows.row import EVERYWHERE, SCIENCE, Row

ROWS = (
    Row("subprocess.run", """
import subprocess, sys
done = subprocess.run([sys.executable, "-c", "import sys; print(6 * 7); print('e', file=sys.stderr)"],
                      capture_output=True, text=True, check=True)
print(done.stdout, done.stderr, done.returncode)
""", "42\n e\n 0"),
    Row("subprocess prints to the cell", "import subprocess\nsubprocess.run('echo seen', shell=True);",
        "seen"),
    Row("subprocess by Popen and pipes", """
import subprocess
with subprocess.Popen(["sort"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sort:
    print(sort.communicate("b\\na\\n")[0])
first = subprocess.Popen(["echo", "one two"], stdout=subprocess.PIPE)
second = subprocess.Popen(["wc", "-w"], stdin=first.stdout, stdout=subprocess.PIPE, text=True)
first.stdout.close()
print(second.communicate()[0].strip())
""", "a\nb\n\n2"),
    Row("subprocess shell pipeline", """
import subprocess
print(subprocess.check_output("seq 3 | awk '{s += $1} END {print s}'", shell=True, text=True).strip())
print(subprocess.getstatusoutput("exit 3"))
""", "6\n(3, '')"),
    Row("subprocess timeout", "import subprocess\nsubprocess.run(['sleep', '60'], timeout=0.2)",
        raises=("TimeoutExpired", "timed out after 0.")),
    Row("subprocess in its own session", """
import os, signal, subprocess
process = subprocess.Popen(["sleep", "60"], start_new_session=True)
os.killpg(process.pid, signal.SIGTERM)
print(process.wait())
""", "-15"),
    Row("os.system, os.popen and os.fork", """
import os
print(os.system("exit 2") >> 8, os.popen("echo hi").read().strip())
pid = os.fork()
if pid == 0: os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""", "2 hi\n7"),
    # A signal that Python or a shell handles interrupts waits; fork is not one of them.
    Row("fork while signals come", """
import os, signal, time
signal.signal(signal.SIGUSR1, lambda number, frame: None)
parent = os.getpid()
sender = os.fork()
while sender == 0:
    os.kill(parent, signal.SIGUSR1)
    time.sleep(0.002)
for _ in range(300):
    if (child := os.fork()) == 0: os._exit(0)
    os.waitpid(child, 0)
os.kill(sender, signal.SIGKILL)
print(os.waitpid(sender, 0)[1])
""", "9", images=("minimal",)),
    Row("threads, locks, events and queues", """
import queue, threading
jobs, done, lock = queue.Queue(), [], threading.Lock()
def work():
    while (job := jobs.get()) is not None:
        with lock: done.append(job * 2)
threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
for t in threads: t.start()
for n in range(20): jobs.put(n)
for _ in threads: jobs.put(None)
for t in threads: t.join()
timer = threading.Timer(0.01, lambda: done.append(-1)); timer.start(); timer.join()
print(sum(done), threading.active_count() >= 1)
""", "379 True"),
    Row("print from threads", """
import threading
threads = [threading.Thread(target=lambda: print("t\\n", end="")) for n in range(3)]
[t.start() for t in threads]; [t.join() for t in threads];
""", "t\nt\nt"),
    Row("ThreadPoolExecutor", """
from concurrent.futures import ThreadPoolExecutor, as_completed
with ThreadPoolExecutor() as pool:
    print(sorted(f.result() for f in as_completed([pool.submit(pow, n, 2) for n in range(5)])))
""", "[0, 1, 4, 9, 16]"),
    Row("ProcessPoolExecutor", """
from concurrent.futures import ProcessPoolExecutor
def square(x): return x * x
with ProcessPoolExecutor(max_workers=2) as pool:
    print(list(pool.map(square, range(5), chunksize=2)), pool.submit(square, 9).result())
""", "[0, 1, 4, 9, 16] 81"),
    Row("multiprocessing.Pool", """
from multiprocessing import Pool, cpu_count
def square(x): return x * x
with Pool() as pool:
    print(pool.map(square, range(4)), pool.starmap(pow, [(2, 3)]), sorted(pool.imap_unordered(square, [1, 2])))
    print(pool.apply_async(square, (5,)).get(timeout=60))
""", "[0, 1, 4, 9] [8] [1, 4]\n25"),
    Row("multiprocessing queue, pipe, lock and value", """
from multiprocessing import Array, Barrier, Event, Lock, Pipe, Process, Queue, Semaphore, Value
def work(queue, pipe, total, lock, event):
    with lock: total.value += 5
    queue.put({"got": pipe.recv()}); event.set()
queue, (here, there), total, lock, event = Queue(), Pipe(), Value("i", 1), Lock(), Event()
process = Process(target=work, args=(queue, there, total, lock, event)); process.start()
here.send("x"); print(queue.get(timeout=60), event.wait(60)); process.join()
print(total.value, process.exitcode, Array("d", [1.5])[:])
""", "{'got': 'x'} True\n6 0 [1.5]"),
    Row("multiprocessing shared memory", """
from multiprocessing import Process, shared_memory
memory = shared_memory.SharedMemory(create=True, size=16)
def fill(name):
    other = shared_memory.SharedMemory(name=name); other.buf[:2] = b"ok"; other.close()
process = Process(target=fill, args=(memory.name,)); process.start(); process.join()
print(bytes(memory.buf[:2]), shared_memory.ShareableList([1, "a"])[1])
memory.close(); memory.unlink()
""", "b'ok' a"),
    Row("multiprocessing spawn of a module's function", """
import multiprocessing, pathlib
pathlib.Path("jobs.py").write_text("def square(x):\\n    return x * x\\n")
import jobs
with multiprocessing.get_context("spawn").Pool(1) as pool:
    print(pool.map(jobs.square, [2, 3]))
""", "[4, 9]"),
    Row("asyncio tasks and queues", """
import asyncio
async def producer(queue):
    for n in range(3): await queue.put(n); await asyncio.sleep(0)
    await queue.put(None)
async def main():
    queue = asyncio.Queue(1); got = []
    async with asyncio.TaskGroup() as group:
        group.create_task(producer(queue))
        while (item := await queue.get()) is not None: got.append(item)
    return got
print(await main(), await asyncio.gather(asyncio.to_thread(len, "abc"), asyncio.sleep(0, 5)))
try: await asyncio.wait_for(asyncio.sleep(60), 0.05)
except TimeoutError: print("timeout")
""", "[0, 1, 2] [3, 5]\ntimeout"),
    Row("asyncio subprocess", """
import asyncio
process = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
print((await process.communicate(b"through"))[0], process.returncode)
shell = await asyncio.create_subprocess_shell("exit 3"); print(await shell.wait())
""", "b'through' 0\n3"),
    Row("asyncio with a process pool", """
import asyncio
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1) as pool:
    print(await asyncio.get_running_loop().run_in_executor(pool, pow, 2, 10))
""", "1024"),
    Row("asyncio.run in a cell", """
import asyncio
async def f(): return await asyncio.sleep(0, 5)
print(asyncio.run(f()), asyncio.new_event_loop().run_until_complete(f()))
""", "5 5"),
    Row("asyncio.run in a script", """
import pathlib
pathlib.Path("s.py").write_text("import asyncio\\nasync def f(): return 7\\nprint(asyncio.run(f()))\\n")
!python s.py
""", "7"),
    Row("asyncio.run in a thread", """
import asyncio, threading
async def f(): print("ran")
thread = threading.Thread(target=lambda: asyncio.run(f())); thread.start(); thread.join()
""", "ran"),
    Row("select and selectors", """
import os, select, selectors, socket
r, w = os.pipe(); os.write(w, b"x")
print(select.select([r], [], [], 5)[0] == [r], select.poll() is not None)
left, right = socket.socketpair(); left.sendall(b"ping")
with selectors.DefaultSelector() as selector:
    selector.register(right, selectors.EVENT_READ); print(len(selector.select(5)), right.recv(9))
""", "True True\n1 b'ping'", images=EVERYWHERE),
    Row("a socket pair for an event loop", """
import socket
left, right = socket.socketpair()
# As trio makes those that wake it.
right.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
left.setblocking(False); left.send(b"x"); left.shutdown(socket.SHUT_WR)
options = (socket.SO_TYPE, socket.SO_ERROR, socket.SO_DOMAIN, socket.SO_PROTOCOL, socket.SO_ACCEPTCONN)
print(right.recv(9), right.recv(9), [right.getsockopt(socket.SOL_SOCKET, name) for name in options])
""", "b'x' b'' [1, 0, 1, 0, 0]"),
    # The options that ZeroMQ sets; it ends the process if they are refused.
    Row("threads that ask for the policy they have", """
import ctypes, os, threading
def ask(): print(os.sched_setscheduler(threading.get_native_id(), os.SCHED_OTHER, os.sched_param(0)))
thread = threading.Thread(target=ask); thread.start(); thread.join()
try: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
except PermissionError: print("no other")
""", "None\nno other"),
    Row("start method of processes", """
import multiprocessing as mp
print(mp.get_start_method(), mp.get_context("spawn").get_start_method())
""", "fork spawn"),
    Row("sched and timers", """
import sched, time
s = sched.scheduler(); s.enter(0.01, 1, print, ("second",)); s.enter(0, 1, print, ("first",)); s.run()
""", "first\nsecond"),
    # OpenMP keeps threads, which a fork does not have; with one CPU it starts some only on request.
    Row("multiprocessing after OpenMP", """
import multiprocessing, numpy as np, os, threadpoolctl
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingRegressor
x = np.random.default_rng(0).random((2000, 5))
def fit(n): return HistGradientBoostingRegressor(max_iter=2).fit(x, x[:, n]).n_iter_, KMeans(2, n_init=1).fit(x).n_features_in_
with threadpoolctl.threadpool_limits(4, "openmp"):
    before = len(os.listdir("/proc/self/task")); print(fit(0), len(os.listdir("/proc/self/task")) > before)
    with multiprocessing.Pool(2) as pool: print(pool.map_async(fit, range(2)).get(timeout=60))
    print(fit(1))
""", "(2, 5) True\n[(2, 5), (2, 5)]\n(2, 5)", images=SCIENCE),
    Row("multiprocessing after pyarrow, duckdb and BLAS", """
import multiprocessing, duckdb, numpy as np, pandas as pd
def work(n):
    return len(pd.read_parquet("t.parquet")), duckdb.sql("select 1").fetchall()[0][0], int((np.ones((99, 99)) @ np.ones((99, 99)))[0, 0])
pd.DataFrame({"a": [1, 2]}).to_parquet("t.parquet"); print(work(0))
with multiprocessing.Pool(2) as pool: print(pool.map_async(work, range(2)).get(timeout=60))
""", "(2, 1, 99)\n[(2, 1, 99), (2, 1, 99)]", images=SCIENCE),
    Row("multiprocessing beside statsmodels, which imports polars", """
import multiprocessing, statsmodels.api as sm
def fit(n): return round(float(sm.OLS([1.0, 2, 3 + n], [1, 1, 1]).fit().params[0]))
with multiprocessing.Pool(2) as pool: print(pool.map_async(fit, [0, 3]).get(timeout=60))
""", "[2, 3]", images=SCIENCE),
    Row("polars in a spawned process", """
import multiprocessing, pathlib, polars as pl
pathlib.Path("jobs.py").write_text("import polars as pl\\ndef count(n): return pl.DataFrame({'a': [1] * n}).group_by('a').len().item(0, 1)\\n")
import jobs
print(jobs.count(1))
with multiprocessing.get_context("spawn").Pool(1) as pool: print(pool.map_async(jobs.count, [2]).get(timeout=90))
""", "1\n[2]", images=SCIENCE),
)  # fmt: skip
