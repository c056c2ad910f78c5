"""The command `carrel` against a real carreld: a script ends as with Python."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support import PATIENCE


@pytest.fixture
def carrel_run(server, tmp_path):
    """Runs a script by `carrel run` in a directory of its own; returns the completed process."""

    def run(source: str | bytes, *options: str) -> subprocess.CompletedProcess[str]:
        data = source if isinstance(source, bytes) else textwrap.dedent(source).encode()
        (tmp_path / "script.py").write_bytes(data)
        if "--session" not in options:
            options = (*options, "--image", "minimal")
        return subprocess.run(
            [sys.executable, "-m", "carrel", "run", "script.py", "-a", server.address, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return run


def test_files_that_a_script_leaves_open_are_whole(carrel_run, tmp_path: Path):
    done = carrel_run(
        """
        import gzip, zipfile
        plain = open("plain.txt", "w")
        plain.write("all of it")
        packed = gzip.open("packed.gz", "wt")
        packed.write("all of it")
        archive = zipfile.ZipFile("archive.zip", "w")
        archive.writestr("member", "all of it")
        def work():
            inner = open("inner.txt", "w")
            inner.write("all of it")
            raise KeyError(inner.name)
        work()
        """,
        *("-d", "plain.txt", "-d", "packed.gz", "-d", "archive.zip", "-d", "inner.txt"),
    )
    assert done.returncode == 1
    assert "KeyError" in done.stderr
    assert (tmp_path / "plain.txt").read_text() == "all of it"
    assert (tmp_path / "inner.txt").read_text() == "all of it"
    code = "import gzip, zipfile; print(gzip.open('packed.gz', 'rt').read())"
    code += "; print(zipfile.ZipFile('archive.zip').read('member').decode())"
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=tmp_path, text=True) == "all of it\nall of it\n"


def test_end_of_a_script_waits_for_threads_and_calls_handlers(carrel_run):
    done = carrel_run("""
        import atexit, sys, threading, time
        atexit.register(print, "handler")
        def work():
            time.sleep(0.5)
            print("thread")
        threading.Thread(target=work).start()
        print("script")
        sys.exit(3)
        """)
    assert (done.stdout, done.returncode) == ("script\nthread\nhandler\n", 3), done.stderr
    assert done.stderr == ""


def test_session_that_goes_on_keeps_its_variables_and_open_files(carrel_run, session, tmp_path):
    script = "log = open('log.txt', 'w')\nlog.write('first')\n"
    done = carrel_run(script, "--session", session.id, "-d", "log.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "5\n", "")
    assert (tmp_path / "log.txt").read_text() == "first"
    assert session.execute("log.write('second'); log.closed").text == "False"
    assert session.execute("[n for n in globals() if n.startswith('_s')]").text == "[]"


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfprint('caf\xc3\xa9')\n",
        b"# -*- coding: latin-1 -*-\nprint('caf\xe9')\n",
        b"print('caf\xc3\xa9')\r\n",
    ],
    ids=["byte order mark", "coding line", "CRLF"],
)
def test_script_is_decoded_as_python_does(carrel_run, source):
    done = carrel_run(source)
    assert (done.stdout, done.stderr, done.returncode) == ("café\n", "", 0)
