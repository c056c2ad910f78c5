"""No two sessions share a stream of random numbers, though all are forks of one process."""

from __future__ import annotations

import pytest
from support import run

SOURCES = {
    "random": "import random; print(random.getrandbits(64), random.random())",
    "SystemRandom": "import random; print(random.SystemRandom().getrandbits(64))",
    "uuid4": "import uuid; print(uuid.uuid4())",
    "uuid1": "import uuid; print(uuid.uuid1())",
    "secrets": "import secrets; print(secrets.token_hex(16))",
    "openssl": "import ssl; print(ssl.RAND_bytes(16).hex())",
    "urandom": "import os; print(os.urandom(16).hex())",
    "multiprocessing": "import multiprocessing as m; print(m.current_process().authkey.hex())",
    "tempfile": "import tempfile; print(tempfile.mktemp())",
    "numpy": "import numpy as np; print(np.random.random(), np.random.randint(1 << 60))",
    "default_rng": "import numpy as np; print(np.random.default_rng().random())",
    "pandas": "import pandas as pd; print(pd.Series(range(10**5)).sample(5).tolist())",
}


@pytest.fixture(scope="module")
def three_sessions(client):
    opened = [client.create_session("data-science") for _ in range(3)]
    yield opened
    for session in opened:
        session.delete()


@pytest.mark.parametrize("code", SOURCES.values(), ids=SOURCES)
def test_random_streams_differ_between_sessions(three_sessions, code):
    drawn = [run(session, code).stdout for session in three_sessions]
    assert len(set(drawn)) == 3, drawn


def test_fresh_interpreter_of_a_session_has_a_new_stream(session):
    first = run(session, SOURCES["random"]).stdout
    session.execute("import os; os._exit(1)")
    assert run(session, SOURCES["random"]).stdout != first


def test_processes_of_a_session_share_its_key(session):
    """The key is the one by which the processes authenticate each other."""
    code = """
import multiprocessing as mp
def key(queue): queue.put(bytes(mp.current_process().authkey))
context = mp.get_context("fork"); queue = context.Queue()
child = context.Process(target=key, args=(queue,)); child.start()
keys = {queue.get()}; child.join()
print(keys == {bytes(mp.current_process().authkey)}, len(*keys))
"""
    assert run(session, code).stdout == "True 32\n"


def test_forks_within_a_session_differ(session):
    code = """
import os, random, ssl
from multiprocessing import Pool
def draw(_): return random.getrandbits(64), ssl.RAND_bytes(8)
with Pool(4) as pool: print(len(set(pool.map(draw, range(4), chunksize=1))))
"""
    assert run(session, code).stdout == "4\n"
