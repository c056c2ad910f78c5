"""Does the events of a sequence on a real carreld, and notifies the model."""

from __future__ import annotations

import time
from collections import Counter

from carrel.testing import LocalServer
from carrel.v1 import code_interpreter_pb2 as pb
from events.calls import GONE, Caller, EventReader
from events.cells import CELLS, SHORT_TIMEOUT, Cause, code_of
from events.event import Event
from events.files import Files
from events.model import Run, SessionModel, check_session
from events.targets import Targets
from support import eventually

MAX_QUEUE_LENGTH = 3
# A timeout longer than a sequence takes on any machine, in seconds.
_LONG_TIMEOUT = 3000
# The signals that end a process; only SIGKILL ends the first process of a namespace.
_LETHAL = {
    "interpreter": ("SIGKILL", "SIGTERM", "SIGUSR1", "SIGSEGV"),
    "supervisor": ("SIGKILL",),
}


class World:
    """One sequence on one server: its sessions, their activity, and their models."""

    def __init__(self, server: LocalServer, caller: Caller, seen: Counter[str]) -> None:
        """`seen` counts the results of executions, uploads and signals."""
        self._caller = caller
        self._seen = seen
        self._files = Files(caller, seen)
        self._targets = Targets(server)
        self._sessions: dict[int, SessionModel] = {}
        self._watches: list[tuple[Run, int, EventReader]] = []
        self._count = 0
        self._zygote_was_hurt = False

    def _name(self, event: Event) -> str:
        return f"sessions/s{event.session}"

    def _gone(self, event: Event) -> tuple[str, ...]:
        """Returns the error reason that calls on that session must have if it does not exist."""
        return () if event.session in self._sessions else (GONE,)

    def do(self, event: Event) -> None:
        """Does one event, then checks its session."""
        method = event.kind.replace(" ", "_")
        if act := getattr(self, "_" + method, None):
            act(event)
        else:
            getattr(self._files, method)(event, self._sessions.get(event.session))
        self._look(event)

    def _look(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        unfinished = len(session.unfinished()) if session else 0
        request = pb.GetSessionRequest(name=self._name(event))
        answer = self._caller.call("GetSession", request, *self._gone(event), at_once=True)
        assert isinstance(answer, pb.Session) == (session is not None), answer
        if isinstance(answer, pb.Session):
            assert answer.pending_execution_count <= unfinished, f"{answer} has {unfinished}"
            assert answer.state in (pb.Session.IDLE, pb.Session.RUNNING), answer

    # -------------------------------------------------------------- sessions

    def _create(self, event: Event) -> None:
        request = pb.CreateSessionRequest(session_id=f"s{event.session}")
        if event.number:  # No warm interpreter has these limits.
            request.session.env["NUMBER"] = str(event.number)
        exists = event.session in self._sessions
        allowed = ["SESSION_EXISTS"] * exists
        if self._zygote_was_hurt:
            allowed.append("INTERPRETER_UNAVAILABLE")
        answer = self._caller.call("CreateSession", request, *allowed)
        if isinstance(answer, pb.Session):
            assert not exists, f"{answer.name} was made twice"
            assert (answer.generation, answer.HasField("last_loss")) == (1, False), answer
            self._sessions[event.session] = SessionModel(answer.name)

    def _delete(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        if session is not None:
            for run in session.unfinished():
                run.allowed.add(Cause.SESSION_DELETED)
        request = pb.DeleteSessionRequest(name=self._name(event))
        self._caller.call("DeleteSession", request, *self._gone(event))
        if session is not None:
            del self._sessions[event.session]
            self._check_deleted(session)

    def _check(self, session: SessionModel) -> None:
        check_session(session)
        self._seen.update(Cause.Name(run.end().cause) for run in session.runs if run.events)

    def _check_deleted(self, session: SessionModel) -> None:
        """Checks that the streams of a deleted session's events run to their end."""
        for run in session.runs:
            self._check_ended(run.reader, run)
            if not run.reader.given_up:
                run.events = run.reader.events
        self._files.check_deleted(session)
        self._check(session)

    # ------------------------------------------------------------ executions

    def _execute(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        self._count += 1
        n, kind = self._count, CELLS[event.cell]
        request = pb.ExecuteRequest(session=self._name(event), execution_id=f"e{n}")
        request.code = code_of(event.cell, n, event.ms)
        timeout = SHORT_TIMEOUT if kind.short else _LONG_TIMEOUT
        request.timeout.FromMilliseconds(int(timeout * 1000))
        full = session is not None and len(session.unfinished()) >= MAX_QUEUE_LENGTH
        name = f"{request.session}/executions/e{n}"
        reader = EventReader(self._caller.stub.Execute(request))
        taken = lambda: reader.over or reader.events or self._is_known(name)  # noqa: E731
        eventually(taken, f"{name} is taken", self._caller.patience)
        if reader.over and not reader.events:
            allowed = {"QUEUE_FULL"} if full else set(self._gone(event))
            assert reader.error and reader.error.reason in allowed, f"Execute: {reader.error!r}"
            return
        assert session is not None, f"{name}: runs in no session"
        run = Run(name, n, event.cell, reader)
        if self._zygote_was_hurt:
            run.allowed.add(Cause.SERVER_ERROR)
        session.accepted(run)

    def _is_known(self, name: str) -> bool:
        request = pb.GetExecutionRequest(name=name)
        answer = self._caller.call("GetExecution", request, "EXECUTION_NOT_FOUND", GONE)
        return isinstance(answer, pb.Execution)

    def _run(self, event: Event) -> Run | None:
        """Returns one of the latest executions of the session."""
        session = self._sessions.get(event.session)
        runs = session.runs if session else []
        return runs[-1 - event.number % len(runs)] if runs else None

    def _cancel(self, event: Event) -> None:
        run = self._run(event)
        if run is not None and run.may_run:
            run.allowed.add(Cause.CANCELLED_BY_CALLER)
        name = run.name if run else f"{self._name(event)}/executions/none"
        allowed = () if run else ("EXECUTION_NOT_FOUND", GONE)
        request = pb.CancelExecutionRequest(name=name)
        self._caller.call("CancelExecution", request, *allowed, at_once=True)

    def _abandon(self, event: Event) -> None:
        if run := self._run(event):
            run.reader.give_up()

    def _watch(self, event: Event) -> None:
        if run := self._run(event):
            request = pb.WatchExecutionRequest(name=run.name, start_sequence=event.number)
            reader = EventReader(self._caller.stub.WatchExecution(request))
            self._watches.append((run, max(1, event.number), reader))

    # ------------------------------------------------------- signals and time

    def _wait(self, event: Event) -> None:
        time.sleep(event.ms / 1000)

    def _let_end(self, event: Event) -> None:
        """Waits for the executions of the session, unless one of them has to be stopped."""
        session = self._sessions.get(event.session)
        runs = session.unfinished() if session else []
        if all(run.kind.ends and not run.reader.given_up for run in runs):
            for run in runs:
                self._check_ended(run.reader, run)

    def _signal(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        if event.how in ("zygote", "spare"):
            pid = self._targets.find(event.how, "")
        else:
            pid = self._targets.find(event.how, f"s{event.session}") if session else None
        if pid is None:
            return
        if event.how in ("zygote", "spare"):
            self._zygote_was_hurt = True
            for run in [run for session in self._sessions.values() for run in session.unfinished()]:
                run.allowed.add(Cause.SERVER_ERROR)
        elif session is not None:
            self._strike(session, event)
        if self._targets.send(pid, event.signal, event.ms):
            self._seen["signals"] += 1

    def _strike(self, session: SessionModel, event: Event) -> None:
        """Notes the possible effects of a signal to a process of a session on its cells."""
        if event.how == "interpreter" and event.signal == "SIGINT":
            session.strike({Cause.EXCEPTION}, lethal=False)
        elif event.signal in _LETHAL.get(event.how, ()):
            session.strike({Cause.CRASH}, lethal=True)

    # --------------------------------------------------------------- the end

    def end(self) -> None:
        """Ends all activity, checks all results, and deletes the sessions."""
        self._targets.join()
        self._files.end()
        for session in self._sessions.values():
            for run in [run for run in session.runs if not run.kind.ends or run.reader.given_up]:
                run.allowed.add(Cause.CANCELLED_BY_CALLER)
                request = pb.CancelExecutionRequest(name=run.name)
                self._caller.call("CancelExecution", request, at_once=True)
            for run in session.runs:
                self._read_log(run)
            self._check(session)
            self._check_lists(session)
        for run, start, reader in self._watches:
            over = reader.join(self._caller.patience)
            assert over and reader.error is None, f"{run.name}: {reader.error!r}"
            if run.events:
                same = reader.events == run.events[start - 1 :]
                assert same, f"{run.name}: another log from {start}"
        for number in list(self._sessions):
            self._delete(Event("delete", number))

    def _read_log(self, run: Run) -> None:
        """Reads the log by a new stream; what the caller of Execute has read is its beginning."""
        reader = EventReader(
            self._caller.stub.WatchExecution(pb.WatchExecutionRequest(name=run.name))
        )
        self._check_ended(reader, run)
        run.events = reader.events
        self._check_ended(run.reader, run)
        read = run.reader.events
        assert read == run.events[: len(read)], f"{run.name}: two logs"
        told = self._caller.call("GetExecution", pb.GetExecutionRequest(name=run.name))
        assert told == run.end(), f"{run.name}: {told} is not {run.end()}"

    def _check_ended(self, reader: EventReader, run: Run) -> None:
        """Checks that a stream ended, and, unless we have cancelled it, by `finished`."""
        assert reader.join(self._caller.patience), (
            f"{run.name} ({run.cell}): the stream does not end"
        )
        if not reader.given_up:
            assert reader.error is None, f"{run.name}: {reader.error!r}"
            assert reader.finished() is not None, f"{run.name}: the stream ended without `finished`"

    def _check_lists(self, session: SessionModel) -> None:
        """Checks the order of the listed executions, and the session's interpreter and files."""
        request = pb.ListExecutionsRequest(parent=session.name)
        listed = self._caller.call("ListExecutions", request).executions
        assert [run.name for run in listed] == [run.name for run in session.runs], session.name
        self._check_generation(session)
        self._files.check_all(session)

    def _check_generation(self, session: SessionModel) -> None:
        """Checks the session's generation: that of the last execution, if its interpreter lives."""
        answer = self._caller.call("GetSession", pb.GetSessionRequest(name=session.name))
        ran = [run.end() for run in session.runs if run.generation() > 0]
        least = ran[-1].generation + (not ran[-1].variables_survived) if ran else 1
        most = least + session.lethal_blows
        assert least <= answer.generation <= most, f"{answer} is not of {least} to {most}"
