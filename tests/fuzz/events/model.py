"""The executions and files that carreld may report after the events of a sequence.

The model is notified of each event before the event happens. The results of events that race are
sets: everything that the sequence allows, however fast the machine is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carrel.v1 import code_interpreter_pb2 as pb
from events.calls import EventReader
from events.cells import CELLS, Cause, Kind

Ending = pb.Execution.Ending
ABSENT = None


@dataclass
class Run:
    """One execution.

    Attributes:
        name: the resource name.
        n: its number in the sequence, which its code knows.
        allowed: causes that the events allow, besides those of its kind.
        events: its full log, once that is known.

    """

    name: str
    n: int
    cell: str
    reader: EventReader
    allowed: set[int] = field(default_factory=set)
    events: list[pb.ExecuteEvent] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        return CELLS[self.cell]

    @property
    def may_run(self) -> bool:
        """Returns true until we have seen its `finished` event."""
        return self.reader.finished() is None

    def end(self) -> pb.Execution:
        return self.events[-1].finished.execution

    def generation(self) -> int:
        return self.events[0].started.generation

    def text(self, stream: str) -> bytes:
        return b"".join(getattr(e, stream).data for e in self.events if e.HasField(stream))


@dataclass
class Blow:
    """A signal to the processes of a session; it may affect the next execution, too."""

    causes: set[int]
    lethal: bool
    met: list[Run] = field(default_factory=list)

    def is_past(self) -> bool:
        """Returns true if an execution that was requested afterwards has run to its end.

        A kill takes a while, and a cell may end well before it: the execution has to have ended
        badly.
        """
        ends = [run.reader.finished() for run in self.met]
        going_on = {Ending.NOT_STARTED}
        if self.lethal:
            going_on |= {Ending.RETURNED, Ending.INTERRUPTED}
        return any(end is not None and end.ending not in going_on for end in ends)


@dataclass
class FileState:
    """The possible contents of a file: ABSENT among `contents` means that it may not exist.

    Attributes:
        loose: contents that a call which we have cancelled may still write.

    """

    contents: set[bytes | None] = field(default_factory=lambda: {ABSENT})
    loose: set[bytes | None] = field(default_factory=set)

    def settle(self, content: bytes | None) -> None:
        self.contents = {content} | self.loose

    def may_become(self, content: bytes | None) -> None:
        self.loose.add(content)
        self.contents.add(content)


class SessionModel:
    """One session, from its creation to its deletion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.runs: list[Run] = []
        self.files: dict[str, FileState] = {}
        self.lethal_blows = 0
        self._blows: list[Blow] = []

    def file(self, path: str) -> FileState:
        return self.files.setdefault(path, FileState())

    def accepted(self, run: Run) -> None:
        self._blows = [blow for blow in self._blows if not blow.is_past()]
        for blow in self._blows:
            run.allowed |= blow.causes
            blow.met.append(run)
        self.runs.append(run)

    def strike(self, causes: set[int], *, lethal: bool) -> None:
        """Notes a signal that is about to be sent to the session's processes."""
        self.lethal_blows += lethal
        self._blows.append(Blow(causes, lethal))
        for run in self.unfinished():
            run.allowed |= causes

    def unfinished(self) -> list[Run]:
        return [run for run in self.runs if run.may_run]


def check_log(run: Run) -> None:
    """Checks that a log is whole: `started`, other events, `finished`, numbered without gaps."""
    kinds = [event.WhichOneof("event") for event in run.events]
    numbers = [event.sequence for event in run.events]
    assert numbers == list(range(1, len(numbers) + 1)), f"{run.name}: numbers {numbers}"
    assert kinds[0] == "started" and kinds[-1] == "finished", f"{run.name}: {kinds}"
    assert kinds.count("started") == kinds.count("finished") == 1, f"{run.name}: {kinds}"
    end = run.end()
    for stream in ("stdout", "stderr"):
        position = 0
        for event in run.events:
            if event.HasField(stream):
                piece = getattr(event, stream)
                assert piece.offset_bytes == position, f"{run.name}: a gap in {stream}"
                position += len(piece.data)
        total = getattr(end, stream)
        assert (total.total_bytes, total.dropped_bytes) == (position, 0), f"{run.name}: {total}"


def check_end(run: Run) -> None:
    """Checks that the cause is one that the sequence allows, and that all fields agree with it."""
    end, kind = run.end(), run.kind
    cause = Cause.Name(end.cause)
    allowed = {*kind.causes, *run.allowed}
    names = [Cause.Name(cause) for cause in sorted(allowed)]
    what = f"{run.name} ({run.cell}) ended by {cause}, not {names}: {end.message} {end.error}"
    assert end.cause in allowed, what
    if end.ending == Ending.NOT_STARTED:
        assert run.generation() == 0 and len(run.events) == 2, f"{run.name}: ran after all"
        return
    assert run.generation() == end.generation > 0, f"{run.name}: generation {end.generation}"
    survived = end.ending in (Ending.RETURNED, Ending.INTERRUPTED)
    assert end.variables_survived == survived, f"{run.name}: {Ending.Name(end.ending)}"
    if end.cause == Cause.EXCEPTION and end.cause not in kind.causes:
        assert end.error.type == "KeyboardInterrupt", f"{run.name}: {end.error}"
    if end.cause in kind.causes[:1] and end.cause not in run.allowed:
        seen = (end.exit_code, end.signal)
        assert seen == (kind.exit_code, kind.signal), f"{run.name}: {seen}"
        assert [*end.refused_calls] == [kind.refused] * bool(kind.refused), f"{run.name}: {end}"


def check_output(run: Run) -> None:
    """Checks the output: all of it if the cell ended by itself, else a prefix."""
    if run.generation() == 0 or run.cell == "syntax error":
        assert run.text("stdout") == b"", f"{run.name}: output of what never ran"
        return
    header, line_end, rest = run.text("stdout").partition(b"\n")
    want = run.kind.output.encode()
    ended_of_itself = run.end().cause in {*run.kind.causes} - run.allowed
    if ended_of_itself and not run.kind.short:
        assert line_end, f"{run.name}: its first line is lost: {header[-200:]!r}"
        said = f"{rest[-200:]!r}, and on stderr {run.text('stderr')[-2000:].decode()}"
        assert rest == want, f"{run.name}: {len(rest)} bytes, not {len(want)}: {said}"
    else:
        assert want.startswith(rest), f"{run.name}: not what it printed: {rest[-200:]!r}"


def check_variables(session: SessionModel) -> None:
    """Checks that variables live as long as their interpreter, and that losses are reported."""
    lives: dict[int, list[Run]] = {}
    before: Run | None = None
    unexplained = 0
    for run in session.runs:
        generation, started = run.generation(), run.events[0].started
        if generation == 0:
            continue
        last = before.generation() if before else 1
        assert generation >= last, f"{run.name}: generation {generation} after {last}"
        told = started.loss.generation if started.HasField("loss") else 0
        assert told == (generation - 1 if generation > last else 0), f"{run.name}: told of {told}"
        lost = before is not None and not before.end().variables_survived
        assert generation > last or not lost, f"{run.name}: in an interpreter that was lost"
        if lost and session.lethal_blows == 0:
            loss, end = started.loss, before.end()
            same = (loss.cause, loss.execution) == (end.cause, end.name)
            assert same, f"{run.name}: told of {loss}, but {end.name} was lost"
        unexplained += generation - last - lost
        _check_header(run, lives.setdefault(generation, []))
        lives[generation].append(run)
        before = run
    assert unexplained <= session.lethal_blows, f"{session.name}: {unexplained} losses too many"


def _check_header(run: Run, earlier: list[Run]) -> None:
    """Checks that it found the variables of all cells that reported setting them, and no others."""
    header, line_end, _ = run.text("stdout").partition(b"\n")
    if not line_end:
        return
    word, *said = header.split()
    assert word == b"ran", f"{run.name}: began with {header[:200]!r}"
    seen = [int(n) for n in said]
    ran = [other for other in earlier if other.cell != "syntax error"]
    possible = [other.n for other in ran] + [run.n]
    sure = [other.n for other in ran if b"\n" in other.text("stdout")] + [run.n]
    assert [n for n in possible if n in seen] == seen, f"{run.name}: ran {seen} of {possible}"
    assert set(sure) <= set(seen), f"{run.name}: ran {seen}, but {sure} had"


def check_late_output(session: SessionModel) -> None:
    """Checks that late output came once, and from an earlier cell of the same interpreter."""
    seen: dict[str, Run] = {}
    known = {str(run.n): run for run in session.runs}
    for run in session.runs:
        said = run.text("stderr").decode()
        if run.cell in ("memory", "segfault") or "<late " not in said:
            continue
        for piece in said.split("<late ")[1:]:
            n = piece.partition(">")[0]
            assert n not in seen, f"{run.name}: {n} was late twice"
            seen[n] = run
            maker = known.get(n)
            assert maker and maker.n <= run.n, f"{run.name}: has output of {n}"
            assert maker.generation() == run.generation(), f"{run.name}: has output of {n}"


def check_session(session: SessionModel) -> None:
    """Checks all executions with known logs, and their connections if all logs are known."""
    known = [run for run in session.runs if run.events]
    for run in known:
        check_log(run)
        check_end(run)
        check_output(run)
    if len(known) == len(session.runs):
        check_variables(session)
        check_late_output(session)
