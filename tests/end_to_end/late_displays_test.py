"""Displays of threads between cells come with the next cell, in order and bounded."""

from __future__ import annotations

import time

from carrel import DisplayEvent, Limits
from support import eventually, run, trace

# Runs `body` in a thread, once its cell has ended.
LATER = """
import threading, time
from IPython.display import HTML, Image, display
def later():
    time.sleep(0.3)
{body}
    open('done', 'w').close()
worker = threading.Thread(target=later, daemon=True)
worker.start()
"""


def show_later(session, body):
    """Runs a cell that leaves such a thread, and waits until the thread has ended."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    run(session, LATER.format(body=indented))
    eventually(lambda: "done" in [file.path for file in session.files()], "the thread is done")
    session.delete_file("done")


def seen(session, code="worker.join()"):
    """Returns the events of the next cell, in order, and its result."""
    events = []
    result = session.execute(code, on_event=events.append)
    return trace(events), result


def test_displays_and_prints_keep_their_order(session):
    show_later(
        session,
        """
print('one'); display(HTML('<b>two</b>')); print('three'); display(HTML('<b>four</b>'))
import os; os.system('echo five'); display('six')
""",
    )
    events, result = seen(session, "worker.join(); print('own')")
    html = ("display", "<IPython.core.display.HTML object>")
    assert events == [
        ("stdout", "one\n"),
        html,
        ("stdout", "three\n"),
        html,
        ("stdout", "five\n"),
        ("display", "'six'"),
        ("stdout", "own\n"),
    ]
    assert [display.html for display in result.displays] == ["<b>two</b>", "<b>four</b>", None]
    assert seen(session, "1")[1].displays == ()


def test_updates_and_figures_come_too(science):
    run(science, "h = display('0 %', display_id='d')")
    show_later(
        science,
        """
for n in range(200): h.update(f'{n} %')
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
""",
    )
    _, result = seen(science)
    update, figure = result.displays
    assert (update.text, update.display_id, update.update) == ("'199 %'", "d", True)
    assert figure.get("image/png").data.startswith(b"\x89PNG")
    assert result.execution.message == "Completed."


def test_what_does_not_fit_is_counted(session):
    show_later(
        session,
        """
for n in range(100): display(n)
for n in range(100): print('x' * 999)
""",
    )
    _, result = seen(session)
    assert [display.text for display in result.displays] == [str(n) for n in range(64)]
    assert len(result.stdout) == 64 << 10
    assert "36 displays from between the cells were dropped." in result.execution.message
    assert "34464 bytes that were printed between the cells were dropped." in (
        result.execution.message
    )
    assert seen(session)[1].execution.message == "Completed."


def test_they_belong_to_the_budget_of_the_next_cell(client):
    with client.create_session("minimal", limits=Limits(display_bytes=10_000)) as session:
        show_later(session, "display({'text/plain': 'x' * 8000}, raw=True)")
        code = "display({'text/plain': 'y' * 8000}, raw=True)\nprint('on')"
        _, result = seen(session, code)
        first, second = result.displays
        assert (len(first.text), second.data[0].dropped) == (8000, True)
        assert result.stdout == "on\n"


def test_thread_of_a_cell_that_timed_out_is_heard_in_the_next(session):
    code = LATER.format(body="    time.sleep(1.5); display('later')") + "time.sleep(60)"
    assert session.execute(code, timeout=0.5).execution.cause == "TIMEOUT"
    eventually(lambda: "done" in [file.path for file in session.files()], "the thread is done")
    assert seen(session)[0] == [("display", "'later'")]


def test_bundles_of_threads_do_not_mix(session):
    """The order holds also for displays that begin in one cell and end in another."""
    code = """
import threading
from IPython.display import display
go_on = True
def show(letter):
    bundle = {kind: letter * 700_000 for kind in ('text/plain', 'text/html', 'text/x-a')}
    while go_on: display(bundle, raw=True, metadata={'letter': letter})
threads = [threading.Thread(target=show, args=letter) for letter in 'abc']
for thread in threads: thread.start()
"""
    with_room = Limits(display_bytes=64 << 20)
    session.update(limits=with_room)
    results = [run(session, code)]
    for _ in range(20):
        results.append(run(session, "1"))
        time.sleep(0.01)
    results.append(run(session, "go_on = False\nfor thread in threads: thread.join()"))
    count = 0
    for result in results:
        for display in result.displays:
            letter = display.metadata["letter"]
            assert [item.mime_type for item in display.data] == [
                "text/plain",
                "text/html",
                "text/x-a",
            ]
            for item in display.data:
                assert item.dropped or item.text == letter * 700_000
            count += 1
    assert count > 3


def test_late_events_come_before_those_of_the_cell(session):
    show_later(session, "display('late')")
    events = []
    session.execute("display('own')", on_event=events.append)
    shown = [event.display.text for event in events if isinstance(event, DisplayEvent)]
    assert shown == ["'late'", "'own'"]
