import os
import signal
import threading

import grpc
import pytest

import carrel
from carrel.cli.main import main
from carrel.v1 import code_interpreter_pb2 as pb
from fake_server import STARTED, finished, printed

PNG = pb.MimeData(mime_type="image/png", data=b"\x89PNG", size_bytes=4)
TEXT = pb.MimeData(mime_type="text/plain", text="<Figure>")


@pytest.fixture
def command(fake, tmp_path, monkeypatch):
    """Runs `carrel ARGUMENTS` in a directory of its own, which has cell.py."""
    monkeypatch.setenv("CARREL_ADDRESS", fake.address)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "cell.py").write_text("print(1)")
    return lambda *arguments: main(list(arguments))


def deleted(fake):
    return [request for request in fake.requests if isinstance(request, pb.DeleteSessionRequest)]


def test_run_keeps_stdout_and_stderr_apart(command, fake, capfd):
    fake.events = [
        STARTED,
        printed(b"out\n"),
        pb.ExecuteEvent(stderr=pb.Output(data=b"err\n")),
        finished(stdout=pb.OutputSummary(total_bytes=4), stderr=pb.OutputSummary(total_bytes=4)),
    ]
    assert command("run", "cell.py") == 0
    assert capfd.readouterr() == ("out\n", "err\n")
    assert len(deleted(fake)) == 1


def test_run_starts_the_result_on_a_line_of_its_own(command, fake, capfd):
    result = pb.Display(data=[pb.MimeData(mime_type="text/plain", text="42")])
    fake.events = [
        STARTED,
        printed(b"no newline"),
        pb.ExecuteEvent(result=result),
        finished(stdout=pb.OutputSummary(total_bytes=10)),
    ]
    assert command("run", "cell.py") == 0
    assert capfd.readouterr().out == "no newline\n42\n"


def test_run_shows_the_traceback_and_exits_1(command, fake, capfd):
    error = pb.Error(type="ValueError", message="no", traceback="Traceback …\nValueError: no")
    ended = finished(state=pb.Execution.FAILED, cause=pb.Execution.EXCEPTION, error=error)
    fake.events = [STARTED, pb.ExecuteEvent(error=error), ended]
    assert command("run", "cell.py") == 1
    assert capfd.readouterr().err == "Traceback …\nValueError: no\n"


def test_run_says_how_a_killed_cell_ended(command, fake, capfd):
    ended = finished(
        cause=pb.Execution.CRASH, signal=11, message="killed by SIGSEGV", variables_survived=False
    )
    fake.events = [STARTED, ended]
    assert command("run", "cell.py") == 139
    assert capfd.readouterr().err.splitlines() == [
        "carrel: killed by SIGSEGV",
        "carrel: the session's variables are lost; its files are still there",
    ]


def test_run_reads_stdin_for_a_dash(command, fake, monkeypatch):
    reader, writer = os.pipe()
    os.write(writer, "print('ü')".encode())
    os.close(writer)
    with os.fdopen(reader) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert command("run", "-", "--timeout", "2.5") == 0
    request = next(item for item in fake.requests if isinstance(item, pb.ExecuteRequest))
    assert request.code == "print('ü')"
    assert request.timeout.nanos == 500_000_000


def test_run_leaves_the_byte_order_mark_to_the_file(command, fake, tmp_path):
    (tmp_path / "here/cell.py").write_bytes(b"\xef\xbb\xbfprint(1)")
    assert command("run", "cell.py") == 0
    request = next(item for item in fake.requests if isinstance(item, pb.ExecuteRequest))
    assert request.code == "print(1)"


def test_script_of_a_lost_interpreter_is_not_ended_by_another(command, fake):
    fake.events = [STARTED, finished(cause=pb.Execution.CRASH, variables_survived=False)]
    command("run", "cell.py")
    executed = [item for item in fake.requests if isinstance(item, pb.ExecuteRequest)]
    assert len(executed) == 1


def test_run_uploads_and_downloads(command, fake, tmp_path):
    (tmp_path / "in.csv").write_text("a,b")
    fake.files["sessions/s1/files/plots/chart.png"] = b"png"
    status = command(
        "run", "cell.py", "-u", str(tmp_path / "in.csv"), "-d", "plots/chart.png", "-o", "out"
    )
    assert status == 0
    assert fake.files["sessions/s1/files/in.csv"] == b"a,b"
    assert (tmp_path / "here/out/chart.png").read_bytes() == b"png"


def test_missing_download_is_an_error_but_not_over_the_cell_s(command, fake, capfd):
    assert command("run", "cell.py", "-d", "none") == 2
    fake.events = [STARTED, finished(cause=pb.Execution.SYSTEM_EXIT, exit_code=5)]
    assert command("run", "cell.py", "-d", "none") == 5
    expected = "carrel: could not download none: sessions/s1/files/none does not exist"
    assert capfd.readouterr().err.splitlines() == [expected] * 2


def test_images_are_saved_where_asked(command, fake, tmp_path, capfd):
    name = "sessions/s1/executions/e1/images/2"
    large = pb.MimeData(mime_type="image/svg+xml", artifact=name)
    fake.files[name] = b"<svg/>"
    fake.events = [
        STARTED,
        pb.ExecuteEvent(display=pb.Display(data=[TEXT, PNG])),
        pb.ExecuteEvent(display=pb.Display(data=[large])),
        finished(),
    ]
    assert command("run", "cell.py", "--images-dir", "img") == 0
    assert (tmp_path / "here/img/e1-01.png").read_bytes() == b"\x89PNG"
    assert (tmp_path / "here/img/e1-02.svg").read_bytes() == b"<svg/>"
    assert capfd.readouterr().out == ""


def test_images_of_one_run_do_not_replace_those_of_another(command, fake, tmp_path):
    image = pb.ExecuteEvent(display=pb.Display(data=[TEXT, PNG]))
    for execution in ("e1", "e2"):
        name = f"sessions/s1/executions/{execution}"
        started = pb.ExecuteEvent(started=pb.Started(execution=name, generation=1))
        fake.events = [started, image, image, finished()]
        assert command("run", "cell.py", "--images-dir", "img") == 0
    names = sorted(path.name for path in (tmp_path / "here/img").iterdir())
    assert names == ["e1-01.png", "e1-02.png", "e2-01.png", "e2-02.png"]


CLEAR = pb.ExecuteEvent(clear=pb.ClearOutput(wait=True))


def test_clear_on_a_pipe_starts_a_new_line(command, fake, capfd):
    fake.events = [STARTED, printed(b"1 %"), CLEAR, printed(b"2 %\n", 3), CLEAR, finished()]
    assert command("run", "cell.py") == 0
    assert capfd.readouterr().out == "1 %\n2 %\n"


def test_clear_on_a_terminal_erases_the_lines(command, fake, capfd, monkeypatch):
    monkeypatch.setattr("carrel.cli.printer._is_terminal", lambda _stream: True)
    monkeypatch.setenv("LINES", "4")
    errors = pb.ExecuteEvent(stderr=pb.Output(data=b"oh\n"))
    many = printed(b"line\n" * 50, 3)
    fake.events = [STARTED, printed(b"1\n2"), errors, CLEAR, many, CLEAR, printed(b"x"), finished()]
    assert command("run", "cell.py") == 0
    up_two, up_three = "\r\033[2A\033[J", "\r\033[3A\033[J"
    assert capfd.readouterr().out == "1\n2" + up_two + "line\n" * 50 + up_three + "x"


def test_images_that_are_cleared_are_deleted(command, fake, tmp_path, capfd):
    image = pb.ExecuteEvent(display=pb.Display(data=[TEXT, PNG]))
    gone = pb.MimeData(mime_type="image/png", artifact="sessions/s1/executions/e1/images/9.png")
    large = pb.ExecuteEvent(display=pb.Display(data=[TEXT, gone]))
    fake.events = [STARTED, image, large, CLEAR, image, CLEAR, finished()]
    assert command("run", "cell.py", "--images-dir", "img") == 0
    assert [path.name for path in (tmp_path / "here/img").iterdir()] == ["e1-03.png"]
    assert "an image was cleared before it was saved" in capfd.readouterr().err


def test_images_without_a_folder_are_noted(command, fake, capfd):
    fake.events = [STARTED, pb.ExecuteEvent(display=pb.Display(data=[TEXT, PNG])), finished()]
    assert command("run", "cell.py") == 0
    out, err = capfd.readouterr()
    assert out == "<Figure>\n"
    assert err == "carrel: an image was displayed (image/png, 4 B); --images-dir DIR saves it\n"


@pytest.mark.parametrize("options", [("--keep",), ("--session", "s1")])
def test_sessions_that_are_to_live_on_are_not_deleted(command, fake, options):
    assert command("run", "cell.py", *options) == 0
    assert deleted(fake) == []


def test_interrupt_cancels_the_execution_and_waits_for_its_end(command, fake, capfd):
    ended = finished(
        state=pb.Execution.CANCELLED, cause=pb.Execution.CANCELLED_BY_CALLER, message="cancelled"
    )
    fake.events = [STARTED, printed(b"running\n"), ended]

    def press_control_c():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        assert fake.cancelled.wait(30)

    fake.before_end = press_control_c
    before = signal.getsignal(signal.SIGINT)  # Ignored, if these tests run in the background.
    assert command("run", "cell.py") == 130
    cancelled = [item for item in fake.requests if isinstance(item, pb.CancelExecutionRequest)]
    assert len(cancelled) == 1
    assert "carrel: cancelled" in capfd.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run",), "carrel: missing argument 'FILE.py'; see carrel --help"),
        (("run", "none.py"), "carrel: none.py: No such file or directory"),
        (("run", "cell.py", "-u", "no.csv"), "carrel: no.csv: No such file or directory"),
        (("run", "cell.py", "-s", "a", "-i", "b"), "carrel: invalid value: --image is of no use"),
        (("frobnicate",), "carrel: no such command 'frobnicate'; see carrel --help"),
    ],
)
def test_usage_errors_are_one_sentence_and_exit_2(command, capfd, arguments, sentence):
    assert command(*arguments) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(sentence)


def test_unreachable_server_says_what_to_do(command, tmp_path, capfd):
    assert command("info", "--address", f"unix:{tmp_path}/none.sock") == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("carrel: cannot reach carreld at unix:")
    assert "./dev serve" in line


def test_overload_says_when_to_try_again(command, fake, capfd):
    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    fake.error = {"code": code, "message": "too many sessions.", "retry_seconds": 7}
    assert command("run", "cell.py") == 2
    assert capfd.readouterr().err == "carrel: too many sessions; try again in 7 s\n"


def test_what_a_guest_chose_cannot_drive_the_terminal(command, fake, capfd):
    fake.files["sessions/s1/files/\x1b[2J[red]x"] = b""
    assert command("files", "list", "s1") == 0
    out = capfd.readouterr().out
    assert "\x1b" not in out
    assert "[red]x" in out


def test_sessions_lists_by_default(command, fake, capfd):
    fake.session_count = 2
    assert command("sessions") == 0
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == [
        "SESSION",
        "s1",
        "s2",
    ]


@pytest.mark.parametrize("arguments", [("sessions",), ("sessions", "show", "s1"), ("info",)])
def test_lines_of_tables_are_whole_in_a_pipe(command, fake, capfd, monkeypatch, arguments):
    fake.session_count = 2
    assert command(*arguments) == 0
    wide = capfd.readouterr().out
    monkeypatch.setenv("COLUMNS", "20")
    assert command(*arguments) == 0
    assert capfd.readouterr().out == wide


def test_long_paths_are_whole_in_a_pipe(command, fake, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    path = "folder/" * 40 + "file.txt"
    fake.files[f"sessions/s1/files/{path}"] = b""
    assert command("files", "list", "s1") == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(path)


def test_sessions_show_and_delete(command, fake, capfd):
    assert command("sessions", "show", "s1") == 0
    assert "print(1)" in capfd.readouterr().out
    assert command("sessions", "delete", "s1", "s2") == 0
    assert [request.name for request in deleted(fake)] == ["sessions/s1", "sessions/s2"]


def test_files_go_up_and_down(command, fake, tmp_path):
    assert command("files", "upload", "s1", "cell.py", "code/cell.py") == 0
    assert command("files", "download", "s1", "code/cell.py", "copy.py") == 0
    assert (tmp_path / "here/copy.py").read_text() == "print(1)"
    assert command("files", "delete", "s1", "code/cell.py") == 0


def test_info_shows_what_holds_and_what_does_not(command, capfd):
    assert command("info") == 0
    out = capfd.readouterr().out
    assert "0.1.0" in out
    assert "minimal (default)" in out
    assert (
        next(line for line in out.splitlines() if line.startswith("G1")).split()[-1] == "Landlock"
    )
    assert next(line for line in out.splitlines() if line.startswith("G2")).split()[-1] == "nothing"


def test_version(command, capfd):
    assert command("--version") == 0
    assert capfd.readouterr().out == f"carrel {carrel.__version__}\n"
