"""The Python that models write for notebooks, as cells."""

from __future__ import annotations

import pytest
from support import run, value


def test_variables_persist_across_cells(session):
    run(session, "import math\nx = 41\ndef f(y):\n    return x + y")
    result = run(session, "f(1) + math.floor(0.5)")
    assert result.text == "42"


def test_two_sessions_never_see_each_others_variables_or_files(session, neighbour):
    run(session, "secret = 'mine'\nopen('secret.txt', 'w').write(secret)")
    run(session, "open('/tmp/secret', 'w').write('x'); open('/dev/shm/secret', 'w').write('x')")
    assert value(neighbour, "'secret' in globals()") == "False"
    found = "[__import__('os').listdir(f) for f in ('.', '/tmp', '/dev/shm')]"
    assert "secret" not in value(neighbour, found)
    assert value(session, "secret") == "mine"


def test_workspace_is_home_and_working_directory(session):
    assert value(session, "__import__('os').getcwd()") == "/mnt/data"
    assert value(session, "__import__('os').path.expanduser('~')") == "/mnt/data"


def test_last_expression_is_the_result(session):
    assert run(session, "'a' * 3").text == "'aaa'"
    assert run(session, "x = 5").result is None
    assert run(session, "5;").result is None
    assert run(session, "").result is None


def test_code_is_unicode(session):
    result = run(session, "größe = 'naïve 数据 🎉'\nprint(größe)\ngröße")
    assert result.stdout == "naïve 数据 🎉\n"
    assert result.text == "'naïve 数据 🎉'"


def test_top_level_await_works(session):
    result = run(
        session, "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 6"
    )
    assert run(session, "await f() * 7").text == "42"
    assert run(session, "sum(await asyncio.gather(f(), f()))").text == "12"
    assert result.succeeded


def test_timeit_magic_tells_the_time(session):
    assert "per loop" in run(session, "%timeit -n 3 -r 2 sum(range(10))").stdout
    assert "Wall time" in run(session, "%%time\nx = 1").stdout


def test_shell_commands_run_and_give_their_output(session):
    result = run(session, "!echo hello; echo oops >&2\nfiles = !echo one; echo two\nprint(files)")
    assert "hello\n" in result.stdout
    assert "['one', 'two']" in result.stdout
    assert "oops" in result.stderr


def test_threads_run(session):
    code = """
import threading
done = []
threads = [threading.Thread(target=done.append, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sorted(done))
"""
    assert run(session, code).stdout == "[0, 1, 2, 3, 4, 5, 6, 7]\n"


def test_thread_pool_and_process_pool_run(session):
    code = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Pool
def square(x):
    return x * x
with ThreadPoolExecutor(4) as pool:
    print(list(pool.map(square, range(5))))
with ProcessPoolExecutor(2) as pool:
    print(list(pool.map(square, range(5))))
with Pool(2) as pool:
    print(pool.map(square, range(5)))
"""
    assert run(session, code).stdout == "[0, 1, 4, 9, 16]\n" * 3


def test_prints_of_a_forked_process_are_seen(session):
    code = """
from multiprocessing import Process
def child():
    print("from the child", flush=True)
process = Process(target=child); process.start(); process.join()
print("exit code", process.exitcode)
"""
    assert run(session, code).stdout == "from the child\nexit code 0\n"


def test_subprocesses_run(session):
    code = """
import subprocess, sys
print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout)
print(subprocess.check_output("echo $((6 * 7))", shell=True, text=True))
"""
    assert run(session, code).stdout == "42\n\n42\n\n"


def test_null_device_takes_and_gives(session):
    code = """
import subprocess
print(subprocess.run("cat; echo lost", shell=True, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode)
print(subprocess.run("cat; echo kept > /dev/null; echo $?", shell=True, text=True,
                     stdin=subprocess.DEVNULL, capture_output=True).stdout)
"""
    assert run(session, code).stdout == "0\n0\n\n"


def test_python_of_subprocesses_has_the_images_packages(science):
    code = "!python -c 'import numpy; print(numpy.arange(3).sum())'"
    assert run(science, code).stdout == "3\n"


def test_modules_and_data_are_imported_from_the_workspace(session):
    session.write_bytes(b"ANSWER = 42\n", "helper.py")
    assert run(session, "import helper; helper.ANSWER").text == "42"


def test_what_cells_define_can_be_pickled(session):
    code = "import pickle\nclass Point: pass\ntype(pickle.loads(pickle.dumps(Point()))).__name__"
    assert run(session, code).text == "'Point'"


def test_temporary_files_work(session):
    code = "import tempfile\nwith tempfile.NamedTemporaryFile() as f: print(f.name)"
    assert run(session, code).stdout.startswith("/tmp/")


@pytest.mark.parametrize("module", ["ssl", "sqlite3", "ctypes", "lzma", "zoneinfo", "curses"])
def test_standard_library_is_there(session, module):
    run(session, f"import {module}")


PACKAGES = [
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "seaborn",
    "sklearn",
    "statsmodels",
    "sympy",
    "PIL",
    "openpyxl",
    "xlsxwriter",
    "docx",
    "pptx",
    "pypdf",
    "pdfplumber",
    "reportlab",
    "lxml",
    "bs4",
    "tabulate",
    "networkx",
    "plotly",
    "polars",
    "pyarrow",
    "duckdb",
]


def test_data_science_image_has_its_packages(science):
    result = run(science, "\n".join(f"import {name}" for name in PACKAGES), timeout=110)
    assert result.stderr == ""


def test_linear_algebra_works_in_forks(science):
    code = """
import numpy
from multiprocessing import Pool
def solve(seed):
    a = numpy.random.default_rng(seed).random((200, 200)) + numpy.eye(200) * 200
    return bool(numpy.allclose(numpy.linalg.inv(a) @ a, numpy.eye(200)))
print(solve(0))
with Pool(2) as pool:
    print(pool.map(solve, [1, 2]))
"""
    assert run(science, code).stdout == "True\n[True, True]\n"


def test_results_of_two_cells_are_numbered_in_tracebacks(session):
    run(session, "1")
    result = session.execute("1/0")
    assert "Cell In[" in result.error.traceback


def test_future_features_hold_for_later_cells(session):
    run(session, "from __future__ import annotations")
    run(session, "def f(x: nobody_defines_this): pass\n0")
    assert value(session, "f.__annotations__['x']") == "nobody_defines_this"


def test_display_hook_is_each_cells_own(session):
    result = run(session, "import sys\nsys.displayhook = lambda x: print('mine', x)\n5")
    assert (result.stdout, result.result) == ("mine 5\n", None)
    assert run(session, "6").text == "6"


def test_inputs_and_outputs_are_numbered_from_one(session):
    assert run(session, "2 * 3").text == "6"
    told = "[In[1], _i1, _i, Out[1], _, _1, get_ipython().execution_count]"
    assert value(session, told) == "['2 * 3', '2 * 3', '2 * 3', 6, 6, 6, 3]"
    assert run(session, "_ + 1").text == "7"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2 == 2", "True"),
        ("(y := 5)", "5"),
        ("*(1, 2), 3", "(1, 2, 3)"),
        ("7  # seven", "7"),
        ("max([1, 2], key=lambda n: -n)", "1"),
        ("'=' if True else 1", "'='"),
        ("returned", "6"),
        ("x = 1\n2", "2"),
        ("None", ""),
        ("passed = 4", ""),
        ("import math", ""),
        ("del returned", ""),
        ("assert True", ""),
        ("returned += 1", ""),
    ],
)
def test_value_of_whatever_expression_ends_a_cell_is_shown(session, code, text):
    run(session, "returned = 6")
    result = run(session, code)
    assert result.error is None
    assert (result.text or "") == text


def test_exception_hook_is_each_cells_own(session):
    run(session, "import sys; before = sys.excepthook; sys.excepthook = print")
    assert value(session, "sys.excepthook is print") == "False"
    run(session, "get_ipython().run_cell('sys.excepthook = print')")
    assert value(session, "sys.excepthook is print") == "False"


def test_each_cell_warns_anew(session):
    run(session, "import warnings\ndef old():\n    warnings.warn('old', DeprecationWarning, 2)")
    for _ in range(2):
        assert "DeprecationWarning: old" in run(session, "old()").stderr


def test_handlers_of_exceptions_are_called(session):
    run(
        session,
        "def handler(shell, etype, evalue, tb, tb_offset=None):\n    print('handled', evalue)\n"
        "get_ipython().set_custom_exc((ZeroDivisionError,), handler)",
    )
    assert "handled division by zero" in session.execute("1/0").stdout
    assert session.execute("int('x')").error.type == "ValueError"


def test_settings_of_ipython_hold_for_the_next_cell(session):
    run(session, "shell = get_ipython()\nshell.ast_node_interactivity = 'all'")
    assert run(session, "3\n4").text == "4"
    run(session, "def called():\n    return 5")
    run(session, "%autocall 2")
    assert run(session, "called").text == "5"


def test_traceback_begins_in_the_cell(session):
    error = session.execute("def f():\n    return 1/0\nf()").error
    assert error.traceback.count("Cell In[") == 2
    assert "_carrel" not in error.traceback
    assert "interactiveshell" not in error.traceback
