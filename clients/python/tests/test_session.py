from datetime import timedelta

import pytest

import carrel
from carrel import Limits
from carrel.v1 import code_interpreter_pb2 as pb
from fake_server import STARTED, finished, printed


def test_create_session_sends_what_it_is_told(client, fake):
    session = client.create_session(
        "data-science",
        session_id="desk-1",
        labels={"team": "blue"},
        limits=Limits(execution_timeout=timedelta(seconds=2.5), memory_bytes=1 << 30),
        idle_timeout=timedelta(minutes=5),
        env={"TZ": "UTC"},
    )
    request = fake.requests[-1]
    assert session.name == "sessions/desk-1"
    assert session.id == "desk-1"
    assert request.session.image == "data-science"
    assert dict(request.session.labels) == {"team": "blue"}
    assert request.session.limits.execution_timeout.ToTimedelta() == timedelta(seconds=2.5)
    assert request.session.limits.memory_bytes == 1 << 30
    assert not request.session.limits.process_count
    assert request.session.idle_timeout.seconds == 300
    assert dict(request.session.env) == {"TZ": "UTC"}


def test_leaving_the_block_deletes_the_session(client, fake):
    with client.create_session():
        pass
    assert fake.requests[-1] == pb.DeleteSessionRequest(name="sessions/s1")


def test_the_block_s_own_error_is_not_hidden_by_deleting(client, fake):
    with pytest.raises(KeyError), client.create_session():
        fake.error = {"code": carrel.errors.grpc.StatusCode.INTERNAL, "message": "broken"}
        raise KeyError


def test_sessions_iterates_over_all_pages(client, fake):
    fake.session_count = 3
    assert [session.id for session in client.sessions("labels.a:*")] == ["s1", "s2", "s3"]
    assert {request.filter for request in fake.requests} == {"labels.a:*"}


def test_update_names_only_what_is_given(client, fake):
    session = client.session("s1")
    session.update(labels={}, limits=Limits(output_bytes=10))
    assert list(fake.requests[-1].update_mask.paths) == ["labels", "limits.output_bytes"]


def test_execute_gathers_everything(client, fake):
    text = pb.MimeData(mime_type="text/plain", text="42")
    html = pb.MimeData(mime_type="text/html", text="<b>42</b>")
    plot = pb.MimeData(mime_type="image/png", data=b"png")
    fake.events = [
        STARTED,
        printed("Ł".encode()[:1]),
        printed("Ł".encode()[1:] + b"x", 1),
        pb.ExecuteEvent(stderr=pb.Output(data=b"oops")),
        pb.ExecuteEvent(display=pb.Display(data=[plot], metadata_json='{"a": 1}')),
        pb.ExecuteEvent(result=pb.Display(data=[text, html])),
        finished(stdout=pb.OutputSummary(total_bytes=3)),
    ]
    seen = []
    result = client.session("s1").execute("6 * 7", timeout=3, on_event=seen.append)
    assert result.succeeded
    assert (result.stdout, result.stderr) == ("Łx", "oops")
    assert result.text == "42"
    assert result.result.html == "<b>42</b>"
    assert result.displays[0].images[0].data == b"png"
    assert result.displays[0].metadata == {"a": 1}
    assert [event.sequence for event in seen] == list(range(1, 8))
    request = fake.requests[-1]
    assert (request.code, request.timeout.seconds) == ("6 * 7", 3)


def test_dropped_output_is_visible(client, fake):
    summary = pb.OutputSummary(total_bytes=1002, dropped_bytes=1000)
    fake.events = [STARTED, printed(b"a"), printed(b"z", 1001), finished(stdout=summary)]
    result = client.session("s1").execute("")
    assert result.stdout == "a\n… 1,000 bytes dropped …\nz"
    assert result.execution.stdout.dropped_bytes == 1000


def show(text, display_id="", update=False):
    data = [pb.MimeData(mime_type="text/plain", text=text)]
    display = pb.Display(data=data, display_id=display_id, update=update)
    return pb.ExecuteEvent(display=display)


def value(text):
    return pb.ExecuteEvent(result=pb.Display(data=[pb.MimeData(mime_type="text/plain", text=text)]))


def test_update_display_replaces_the_earlier_one(client, fake):
    fake.events = [STARTED, show("1 %", "d"), show("99 %", "d", True), finished()]
    result = client.session("s1").execute("")
    assert [(display.text, display.update) for display in result.displays] == [("99 %", False)]


def test_update_of_a_display_of_an_earlier_cell_is_there(client, fake):
    fake.events = [
        STARTED,
        show("1 %", "d", True),
        show("own"),
        show("99 %", "d", True),
        show("other", "e", True),
        finished(),
    ]
    result = client.session("s1").execute("")
    assert [(display.text, display.display_id, display.update) for display in result.displays] == [
        ("99 %", "d", True),
        ("own", "", False),
        ("other", "e", True),
    ]


def test_all_results_of_a_cell_are_kept(client, fake):
    fake.events = [STARTED, value("1"), value("2"), finished()]
    result = client.session("s1").execute("1\n2")
    assert [item.text for item in result.results] == ["1", "2"]
    assert (result.text, result.result) == ("2", result.results[1])
    fake.events = [STARTED, finished()]
    result = client.session("s1").execute("")
    assert (result.results, result.result, result.text) == ((), None, None)


def clear(wait=False):
    return pb.ExecuteEvent(clear=pb.ClearOutput(wait=wait))


def shown(result):
    displays, results = (
        [item.text for item in items] for items in (result.displays, result.results)
    )
    return result.stdout, result.stderr, displays, results


BEFORE = [
    STARTED,
    printed(b"out"),
    pb.ExecuteEvent(stderr=pb.Output(data=b"err")),
    show("display"),
    value("value"),
]


def test_clear_takes_back_all_that_came_before(client, fake):
    seen = []
    fake.events = [*BEFORE, clear(), finished()]
    result = client.session("s1").execute("", on_event=seen.append)
    assert shown(result) == ("", "", [], [])
    assert [event.wait for event in seen if isinstance(event, carrel.ClearEvent)] == [False]


@pytest.mark.parametrize("wait", [False, True])
def test_what_comes_after_a_clear_is_there(client, fake, wait):
    summary = pb.OutputSummary(total_bytes=1005, cleared_bytes=1000)
    fake.events = [*BEFORE, clear(wait), printed(b"after", 1000), finished(stdout=summary)]
    result = client.session("s1").execute("")
    assert shown(result) == ("after", "", [], [])
    assert result.execution.stdout.cleared_bytes == 1000


def test_clear_that_waits_for_nothing_takes_nothing_back(client, fake):
    fake.events = [*BEFORE, clear(True), show("new", "d", True), finished()]
    result = client.session("s1").execute("")
    assert shown(result) == ("out", "err", ["display", "new"], ["value"])


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (pb.ExecuteEvent(stderr=pb.Output(data=b"e", offset_bytes=3)), ("", "e", [], [])),
        (show("d"), ("", "", ["d"], [])),
        (value("v"), ("", "", [], ["v"])),
        (pb.ExecuteEvent(error=pb.Error(type="E")), ("", "", [], [])),
    ],
)
def test_clear_waits_for_any_output(client, fake, event, expected):
    fake.events = [*BEFORE, clear(True), event, finished()]
    assert shown(client.session("s1").execute("")) == expected


def test_clear_at_once_is_not_held_up_by_one_that_waits(client, fake):
    fake.events = [*BEFORE, clear(True), clear(False), show("d", "d", True), finished()]
    assert shown(client.session("s1").execute("")) == ("", "", ["d"], [])


def test_bytes_dropped_after_a_clear_are_told(client, fake):
    summary = pb.OutputSummary(total_bytes=2001, dropped_bytes=1000)
    fake.events = [
        *BEFORE,
        clear(),
        printed(b"a", 1000),
        printed(b"z", 2000),
        finished(stdout=summary),
    ]
    result = client.session("s1").execute("")
    assert result.stdout == "a\n… 999 bytes dropped …\nz"


def test_character_cut_off_by_a_clear_is_gone(client, fake):
    fake.events = [STARTED, printed(b"\xc3"), clear(), printed(b"\xc3\xa9", 1), finished()]
    assert client.session("s1").execute("").stdout == "é"


def test_repr_of_everything_is_one_line(client, fake):
    long = "é\n" * 100_000
    png = pb.MimeData(mime_type="image/png", data=b"\x89PNG" * 100_000, size_bytes=400_000)
    text = pb.MimeData(mime_type="text/plain", text=long)
    error = pb.Error(type=long, message=long, traceback=long)
    fake.events = [
        STARTED,
        printed(long.encode()),
        pb.ExecuteEvent(stderr=pb.Output(data=long.encode())),
        pb.ExecuteEvent(display=pb.Display(data=[png], metadata_json='{"a": "%s"}' % ("x" * 9999))),
        pb.ExecuteEvent(result=pb.Display(data=[text] * 30, display_id="i" * 1000)),
        pb.ExecuteEvent(error=error),
        finished(code=long, message=long, error=error, refused_calls=[long] * 9),
    ]
    seen = []
    result = client.session("s1").execute("", on_event=seen.append)
    values = [*seen, result, result.execution, result.error, *result.displays, *result.results]
    for value in [*values, result.displays[0].data[0], result.results[0].data[0]]:
        for shown in (repr(value), str(value), f"{value}"):
            assert shown.startswith(type(value).__name__ + "(")
            assert "\n" not in shown
            assert len(shown) <= 1000
    assert "<400,000 bytes>" in repr(seen[3])
    assert "text='é\\né" in repr(seen[1])


def test_repr_of_what_is_short_has_all_of_it():
    item = carrel.MimeData("text/plain", "hello", None, None, 5, False)
    assert repr(item) == (
        "MimeData(mime_type='text/plain', text='hello', data=None, artifact=None, "
        "size_bytes=5, dropped=False)"
    )


def test_hostile_display_metadata_counts_as_none(client, fake):
    deep = "[" * 200_000
    fake.events = [
        *(
            pb.ExecuteEvent(display=pb.Display(metadata_json=text))
            for text in (deep, "{", "[1]", "1" * 5000)
        ),
        finished(),
    ]
    result = client.session("s1").execute("")
    assert [display.metadata for display in result.displays] == [{}] * 4


def test_lost_variables_are_told(client, fake):
    loss = pb.InterpreterLoss(generation=1, cause=pb.Execution.CRASH, message="it crashed")
    started = pb.ExecuteEvent(started=pb.Started(generation=2, loss=loss))
    fake.events = [started, finished(generation=2)]
    result = client.session("s1").execute("")
    assert result.generation == 2
    assert result.loss.cause is carrel.Cause.CRASH


def test_values_of_a_newer_server_are_unspecified(client, fake):
    fake.events = [STARTED, pb.ExecuteEvent(), finished(cause=99)]
    assert client.session("s1").execute("").execution.cause is carrel.Cause.UNSPECIFIED


def test_stream_without_an_end_is_an_error(client, fake):
    fake.events = [STARTED, printed(b"x")]
    with pytest.raises(carrel.ServerError, match="ended before the execution did"):
        client.session("s1").execute("")


def test_stream_knows_its_execution_before_it_starts(client, fake):
    stream = client.session("s1").stream("", execution_id="mine")
    assert stream.execution == "sessions/s1/executions/mine"
    list(stream)
    assert fake.requests[-1].execution_id == "mine"


def test_watch_takes_up_in_the_middle(client, fake):
    fake.events = [STARTED, printed(b"ab"), printed(b"cd", 2), finished()]
    events = list(client.session("s1").watch("e1", start_sequence=3))
    assert events[0].text == "cd"
    assert fake.requests[-1].name == "sessions/s1/executions/e1"


def test_cancel_takes_an_id_a_name_or_an_execution(client, fake):
    session = client.session("s1")
    execution = next(session.executions())
    for which in ("e1", "sessions/s1/executions/e1", execution):
        session.cancel(which)
        assert fake.requests[-1].name == "sessions/s1/executions/e1"
