"""clear_output(): output that a cell clears is not in its result, and does not count."""

from __future__ import annotations

import itertools

import pytest
from carrel import Change, ClearEvent, Limits
from support import eventually, finished, read_until_stdout, run, trace, wait_for

CLEAR = "from IPython.display import clear_output, display\n"


def texts(result):
    return [display.text for display in result.displays]


def test_progress_leaves_its_last_step(session):
    code = "for n in range(5):\n    clear_output(wait=True)\n    print('step', n)"
    assert run(session, CLEAR + code).stdout == "step 4\n"


def test_live_plot_leaves_its_last_frame(science):
    code = """
import matplotlib.pyplot as plt
for n in range(4):
    clear_output(wait=True)
    plt.plot(range(n + 2)); plt.show()
"""
    result = run(science, CLEAR + code)
    (display,) = result.displays
    (image,) = [item for item in result.artifacts if item.change is Change.DISPLAYED]
    assert science.read_bytes(image) == display.get("image/png").data


def test_everything_before_it_is_gone(session):
    code = """
import os, sys
print('out'); print('err', file=sys.stderr); display('shown', display_id='d')
os.system('echo pipe')
clear_output()
display('after')
"""
    result = run(session, CLEAR + code)
    assert (result.stdout, result.stderr, texts(result)) == ("", "", ["'after'"])
    summary = result.execution.stdout
    assert (summary.total_bytes, summary.cleared_bytes, summary.dropped_bytes) == (9, 9, 0)


def test_results_are_cleared_too(session):
    code = "%config InteractiveShell.ast_node_interactivity = 'all'"
    run(session, code)
    result = run(session, f"{CLEAR}1\nclear_output()\n2\n3")
    assert [item.text for item in result.results] == ["2", "3"]


def test_order_with_prints_of_all_kinds_is_kept(session):
    """A clear takes effect exactly after what was printed before it by Python, C or a program."""
    code = """
import os
for n in range(300):
    print('p', n); os.system('echo c'); os.write(2, b'e')
    clear_output(wait=n % 2 == 0)
    print('p', n, end=' '); os.write(1, b'c\\n')
"""
    result = run(session, CLEAR + code)
    assert (result.stdout, result.stderr) == ("p 299 c\n", "")


def test_clear_that_waits_takes_back_nothing_if_nothing_comes(session):
    code = "print('kept'); h = display('shown', display_id='d'); clear_output(wait=True)\n"
    result = run(session, CLEAR + code + "h.update('updated')")
    assert (result.stdout, texts(result)) == ("kept\n", ["'updated'"])


def test_error_is_what_a_clear_waits_for(session):
    result = session.execute(CLEAR + "print('before'); clear_output(wait=True); 1/0")
    assert (result.stdout, result.error.type) == ("", "ZeroDivisionError")


def test_buffer_of_a_wrapped_stdout_is_cleared(session):
    code = """
import io, sys
ours, sys.stdout = sys.stdout, io.TextIOWrapper(sys.stdout.buffer)
print('before'); clear_output(); print('after'); display('shown')
sys.stdout, _ = ours, sys.stdout.detach()
"""
    events = []
    result = session.execute(CLEAR + code, on_event=events.append)
    assert (result.stdout, texts(result)) == ("after\n", ["'shown'"])
    cleared = [isinstance(event, ClearEvent) for event in events].index(True)
    assert trace(events[cleared:]) == [("stdout", "after\n"), ("display", "'shown'")]


def test_who_watches_live_sees_it_and_who_comes_later_only_what_is_left(session):
    code = f"""{CLEAR}
print('one', flush=True); display('shown')
{wait_for("go")}
clear_output(); print('two')
"""
    stream = session.stream(code)
    live = list(itertools.takewhile(lambda event: not hasattr(event, "display"), stream))
    assert trace(live) == [("stdout", "one\n")]
    session.write_bytes(b"", "go")
    rest = list(stream)
    assert any(isinstance(event, ClearEvent) and not event.wait for event in rest)
    again = list(session.watch(stream.execution))
    assert trace(again) == [("stdout", "two\n")]
    sequences = [event.sequence for event in again]
    assert sequences == sorted(set(sequences))
    # A reader that stopped at output which is gone by now goes on with the clear.
    after = list(session.watch(stream.execution, live[-1].sequence + 1))
    assert [event.sequence for event in after] == sequences[1:]


def test_frames_beyond_all_limits_leave_the_last_one(client):
    """Two thousand frames exceed the displays, images and bytes that a cell may have."""
    limits = Limits(display_bytes=300_000, output_bytes=10_000)
    code = """
import os
for n in range(2000):
    clear_output(wait=True)
    print('frame', n, 'x' * 1000)
    display({'image/png': b'\\x89PNG' + os.urandom(100_000), 'text/plain': str(n)}, raw=True)
"""
    with client.create_session("minimal", limits=limits) as session:
        result = run(session, CLEAR + code, timeout=110)
        assert result.stdout == f"frame 1999 {'x' * 1000}\n"
        (display,) = result.displays
        assert display.text == "1999"
        image = display.get("image/png")
        assert not image.dropped
        assert image.size_bytes == 100_004
        assert result.execution.message == "Completed."
        images = [item for item in result.artifacts if item.change is Change.DISPLAYED]
        assert len(images) == 1
        assert len(session.read_bytes(images[0])) == 100_004


def test_updates_beyond_all_limits_leave_the_last_one(client):
    limits = Limits(display_bytes=100_000)
    code = """
h = display(0, display_id='d')
for n in range(5000):
    h.update(str(n) + 'x' * 1000)
"""
    with client.create_session("minimal", limits=limits) as session:
        result = run(session, code, timeout=110)
        assert texts(result) == [repr("4999" + "x" * 1000)]
        assert result.execution.message == "Completed."


def test_images_that_are_gone_cannot_be_read(session):
    code = """
display({'image/png': b'one'}, raw=True); clear_output(); display({'image/png': b'two'}, raw=True)
"""
    result = run(session, CLEAR + code)
    (image,) = [item for item in result.artifacts if item.change is Change.DISPLAYED]
    assert session.read_bytes(image) == b"two"
    with pytest.raises(Exception, match="was not found"):
        session.read_bytes(f"{result.execution.name}/images/1.png")


def test_clear_of_a_thread_between_cells_is_of_what_came_between(session):
    run(
        session,
        CLEAR
        + """
import threading, time
def later():
    time.sleep(0.2)
    print('old'); display('old'); clear_output(); print('new'); display('new')
    clear_output(wait=True)
    open('done', 'w').close()
threading.Thread(target=later).start()
print('first')
""",
    )
    eventually(lambda: [file.path for file in session.files()] == ["done"], "the thread is done")
    result = run(session, "1")
    assert (result.stdout, texts(result), result.text) == ("", [], "1")
    result = run(session, "display('next')")
    assert texts(result) == ["'next'"]


def test_interrupted_live_plot_is_there(session):
    code = f"""{CLEAR}
import time
for n in range(10**9):
    clear_output(wait=True)
    print('step', n, flush=True)
    time.sleep(0.05 if n < 3 else 600)
"""
    stream = session.stream(code, execution_id="live")
    read_until_stdout(stream, "step 3")
    session.cancel("live")
    finished(stream)
    (last,) = [text for kind, text in trace(session.watch("live")) if kind == "stdout"]
    assert last.startswith("step ")
    assert last.count("\n") == 1
