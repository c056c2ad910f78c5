"""Writes the seeds of the fuzz targets into corpus/: real messages and deliberately bad ones.

    PYTHONPATH=clients/python/src .carrel/tools/bin/python tests/fuzz/make_corpus.py

Each file is named by what it shows. Inputs that a run has found and that are worth keeping are
added beside them by hand; this script only ever writes its own.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

from carrel.v1 import code_interpreter_pb2 as api
from events.seeds import seeds as events
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]

WHOLE, BYTEWISE, PIECES = b"\x00", b"\x01", b"\x03"


def frames_module() -> Any:
    """Compiles frames.proto to Python on the fly; the client needs no such module."""
    with tempfile.TemporaryDirectory() as folder:
        source = "carrel/internal/frames.proto"
        arguments = ["protoc", f"-I{REPOSITORY / 'proto'}", f"--python_out={folder}", source]
        assert protoc.main(arguments) == 0
        text = (Path(folder) / "carrel/internal/frames_pb2.py").read_text()
        (Path(folder) / "frames_pb2.py").write_text(text)
        sys.path.insert(0, folder)
        return importlib.import_module("frames_pb2")


FRAMES = frames_module()


def frame(message: Any) -> bytes:
    """Returns a message with its header."""
    body = message.SerializeToString()
    return struct.pack("<I", len(body)) + body


# --------------------------------------------------------------- frame decoder


def guest(**fields: Any) -> bytes:
    return frame(FRAMES.GuestFrame(**fields))


def frame_decoder() -> dict[str, bytes]:
    ready = guest(ready={})
    text = guest(cell=1, stream={"text": b"hello\n"})
    error = guest(cell=1, error={"type": "ValueError", "message": "é", "traceback": "Traceback …"})
    done = guest(cell=1, done={"status": 1, "exit_code": -1})
    display = guest(
        cell=1,
        display={
            "mime_type": "image/png",
            "data": b"\x89PNG",
            "last": True,
            "is_result": True,
            "display_id": "d",
            "metadata_json": "{}",
        },
    )
    life = ready + text + display + error + done
    return {
        "a_whole_life": WHOLE + life,
        "a_whole_life_byte_by_byte": BYTEWISE + life,
        "a_whole_life_in_pieces": PIECES + life,
        "empty": b"",
        "no_stream": WHOLE,
        "half_a_header": WHOLE + b"\x05\x00",
        "half_a_frame": PIECES + text + done[:-1],
        "drain_pipes_first": WHOLE + guest(cell=2, drain_pipes_first=True, stream={"text": b"x"}),
        "output_between_cells": WHOLE + guest(stream={"is_stderr": True, "text": b"late"}),
        "display_between_cells": WHOLE + guest(display={"mime_type": "a/b", "last": True}),
        "clear": PIECES + text + guest(cell=1, clear={"wait": True}) + text + guest(clear={}),
        "clear_with_unknown_fields": WHOLE + struct.pack("<I", 6) + b"\x52\x04\x08\x02\x10\x01",
        "empty_frame": WHOLE + struct.pack("<I", 0),
        "frame_without_content": WHOLE + guest(cell=7),
        "length_of_one_too_many": WHOLE + struct.pack("<I", (1 << 20) + 1),
        "length_of_the_most": WHOLE + struct.pack("<I", 1 << 20) + b"\x1a\x00",
        "length_negative": WHOLE + b"\xff\xff\xff\xff",
        "length_of_2_to_the_31": WHOLE + struct.pack("<I", 1 << 31),
        "good_then_broken_then_good": PIECES + text + struct.pack("<I", 3) + b"\xff\xff\xff" + text,
        "bytes_that_are_no_message": WHOLE + struct.pack("<I", 3) + b"\xff\xff\xff",
        "string_that_is_not_utf8": WHOLE
        + guest(cell=1, error={"type": "x"}).replace(b"x", b"\xff"),
        "unknown_fields": WHOLE + struct.pack("<I", 6) + b"\x1a\x00\xfa\x07\x01z",
        "two_contents_in_one": WHOLE + struct.pack("<I", 4) + b"\x1a\x00\x22\x00",
        "longer_varint_than_needed": WHOLE + struct.pack("<I", 5) + b"\x08\x81\x00\x1a\x00",
        "message_that_overruns_its_frame": WHOLE + struct.pack("<I", 2) + b"\x22\x7f" + text,
        "status_unknown": WHOLE + struct.pack("<I", 4) + b"\x3a\x02\x08\x63",
        "cell_of_2_to_the_64": WHOLE + guest(cell=2**64 - 1, ready={}),
        "many_small_frames": b"\x20" + ready * 200,
        "a_large_frame_in_pieces": b"\xff" + guest(cell=1, stream={"text": b"x" * 20_000}),
    }


# ----------------------------------------------------------- display assembler

LAST, RESULT, UPDATE, NAMED, LONG_NAME, METADATA, LONG_METADATA, LARGE = (1 << i for i in range(8))


def part(flags: int, name: int = 7, size: int = 10) -> bytes:
    return struct.pack("<BBH", flags, name, size)


def given_up(size: int) -> bytes:
    return part(LONG_METADATA, size=size)


def new_cell(budget: int) -> bytes:
    return part(LONG_METADATA | LAST, size=budget)


def displays(budget: int, *parts: bytes) -> bytes:
    return struct.pack("<I", budget)[:3] + b"".join(parts)


def display_assembler() -> dict[str, bytes]:
    return {
        "one_part": displays(1000, part(NAMED | LAST)),
        "result_with_metadata": displays(1000, part(NAMED | LAST | RESULT | METADATA)),
        "update": displays(1000, part(NAMED | LAST | UPDATE)),
        "two_representations": displays(1000, part(NAMED), part(NAMED | LAST, 9)),
        "one_representation_in_parts": displays(1000, part(NAMED), part(0), part(0), part(LAST)),
        "exactly_the_budget": displays(20, part(NAMED), part(LAST)),
        "one_byte_over_the_budget": displays(19, part(NAMED), part(LAST)),
        "no_budget": displays(0, part(NAMED | LAST)),
        "no_budget_and_no_bytes": displays(0, part(NAMED | LAST, 7, 0)),
        "dropped_gives_room_to_the_next": displays(
            25, part(NAMED, 1, 20), part(0, 1, 20), part(NAMED | LAST, 2, 25)
        ),
        "dropped_stays_dropped": displays(15, part(NAMED), part(0), part(0, 7, 1), part(LAST)),
        "second_bundle_has_what_is_left": displays(30, *[part(NAMED | LAST, 3, 20)] * 2),
        "one_representation_too_many": displays(1000, *[part(NAMED)] * 33, part(0), part(LAST)),
        "parts_without_a_name": displays(1000, part(0), part(LAST), part(NAMED | LAST)),
        "last_and_nothing_else": displays(1000, part(LAST, 0, 0)),
        "never_last": displays(50, *[part(NAMED, 1, 20)] * 5),
        "name_that_is_cut": displays(1000, part(NAMED | LONG_NAME | LAST, 255)),
        "metadata_at_its_limit": displays(9, part(NAMED | LAST | METADATA | LONG_METADATA, 136)),
        "metadata_over_its_limit": displays(9, part(NAMED | LAST | METADATA | LONG_METADATA, 137)),
        "large": displays(1 << 20, *[part(NAMED | LARGE, 5, 65535)] * 3, part(LAST)),
        "cut_off_part": displays(1000, part(NAMED))[:-2],
        "cleared_gives_room_again": displays(
            25, *[part(NAMED | LAST, 3, 20), given_up(20), part(NAMED | LAST, 4, 25)] * 3
        ),
        "more_given_up_than_was_kept": displays(
            25, part(NAMED | LAST), given_up(60_000), part(LAST)
        ),
        "bundle_that_ends_in_the_next_cell": displays(25, part(NAMED), new_cell(15), part(LAST)),
        "bundle_too_large_for_the_next_cell": displays(25, part(NAMED), new_cell(5), part(LAST)),
        "cells_without_end": displays(9, *[new_cell(9), part(NAMED | LAST, 1, 9)] * 30),
        "empty": b"",
    }


# ----------------------------------------------------------------- late output

OUT, ERR, SHOWN, UPDATED, CLEAR_LATER, CLEAR_NOW, LARGE_STEP = 0, 1, 3, 2, 6, 7, 8


def late(*steps: tuple[int, int, int]) -> bytes:
    return b"".join(struct.pack("<BBH", *step) for step in steps)


def late_output() -> dict[str, bytes]:
    return {
        "in_order": late((OUT, 1, 5), (SHOWN, 2, 6), (OUT, 3, 5), (ERR, 4, 5), (OUT, 5, 5)),
        "too_much_text": late((OUT, 1, 65_000), (ERR, 2, 9), (OUT, 3, 60_000), (OUT, 4, 1)),
        "streams_in_turn": late(*[(OUT, 1, 1), (ERR, 2, 1)] * 800),
        "too_many_displays": late(*[(SHOWN, 1, 3)] * 70),
        "too_large_displays": late(*[(SHOWN | LARGE_STEP, 1, 65_000)] * 5),
        "updates": late(*[(UPDATED, 1, 3), (UPDATED, 2, 4), (OUT, 0, 1)] * 50),
        "updates_without_an_id": late(*[(UPDATED, 4, 3)] * 3),
        "cleared": late((OUT, 1, 5), (SHOWN, 2, 6), (CLEAR_NOW, 0, 0), (OUT, 3, 5)),
        "cleared_when_more_comes": late((OUT, 1, 5), (CLEAR_LATER, 0, 0), (SHOWN, 3, 5)),
        "never_cleared": late((OUT, 1, 5), (CLEAR_LATER, 0, 0), (UPDATED, 3, 5), (OUT, 1, 0)),
        "cleared_again_and_again": late(*[(SHOWN, 1, 60_000), (CLEAR_LATER, 0, 0)] * 90),
        "empty": b"",
    }


# ----------------------------------------------------------------- output ring

RING_BYTES, RING_HEADER = 512 << 10, 128
RECORDS = RING_BYTES - RING_HEADER
READ, SLEEP, STAY_AWAKE, REWIND = b"\x05", b"\x07", b"\x08", b"\x09"


def printing(size: int, stderr: bool = False) -> bytes:
    return struct.pack("<BBH", 0, stderr, size)


def scribbling(offset: int, data: bytes) -> bytes:
    return b"\x01" + struct.pack("<I", offset)[:3] + bytes([len(data)]) + data


def head_at(position: int) -> bytes:
    return struct.pack("<BQ", 2, position)


def head_moved(by: int) -> bytes:
    return struct.pack("<BI", 3, by)


def records_all(size: int, kind: int) -> bytes:
    return struct.pack("<BII", 4, size, kind)


def reading_until(more: int) -> bytes:
    return struct.pack("<BI", 6, more)


def record_at_the_start(size: int, kind: int) -> bytes:
    return scribbling(RING_HEADER, struct.pack("<II", size, kind))


def output_ring() -> dict[str, bytes]:
    lap = b"".join(printing(30_000) + printing(2_000, stderr=True) + READ for _ in range(20))
    return {
        "empty": b"",
        "one_print": printing(6) + READ,
        "both_streams_in_turns": (printing(5) + printing(5, stderr=True)) * 20 + READ,
        "nothing_printed": printing(0) * 3 + READ + SLEEP,
        "several_laps": lap * 2,
        "cells_that_print_little": (REWIND + printing(30) + READ) * 100,
        "rewound_before_it_is_read": printing(5000) + REWIND + printing(32 << 10) + READ,
        "full": printing(32 << 10) * 20 + READ + printing(32 << 10) * 20,
        "sleeps_and_wakes": printing(9) + SLEEP + READ + SLEEP + STAY_AWAKE + printing(9) + SLEEP,
        "until_the_middle_of_a_record": printing(100) + reading_until(12),
        "until_between_two": printing(8) * 2 + reading_until(16) + READ,
        "head_of_2_to_the_64": head_at(2**64 - 1) + READ,
        "head_of_2_to_the_63": head_at(2**63) + READ,
        "head_one_lap_ahead": head_moved(RECORDS) + READ,
        "head_one_lap_and_a_bit_ahead": head_moved(RECORDS + 8) + READ,
        "head_that_is_no_multiple": head_moved(4) + READ,
        "head_that_goes_back": printing(100) + READ + head_at(0) + READ + SLEEP,
        "head_without_records": head_moved(4096) + READ,
        "tail_of_the_guest": scribbling(64, b"\xff" * 8) + printing(9) + READ,
        "flag_of_the_guest": scribbling(72, b"\xff" * 4) + printing(9) + SLEEP + READ,
        "record_over_its_limit": record_at_the_start((32 << 10) + 1, 0) + head_moved(65536) + READ,
        "record_at_its_limit": record_at_the_start(32 << 10, 0) + head_moved((32 << 10) + 8) + READ,
        "record_of_2_to_the_32": record_at_the_start(2**32 - 1, 0) + head_moved(4096) + READ,
        "record_beyond_the_head": record_at_the_start(64, 0) + head_moved(16) + READ,
        "record_of_no_kind": record_at_the_start(8, 3) + head_moved(16) + READ,
        "kind_negative": record_at_the_start(8, 2**32 - 1) + head_moved(16) + READ,
        "skip_beyond_the_head": record_at_the_start(0, 2) + head_moved(16) + READ,
        "skip_to_the_head": record_at_the_start(0, 2) + head_moved(RECORDS) + READ,
        "skip_after_skip": records_all(0, 2) + head_moved(RECORDS) + READ + head_moved(RECORDS),
        "record_across_the_end": head_moved(RECORDS - 16)
        + records_all(0, 0)
        + READ
        + records_all(32, 0)
        + head_moved(48)
        + READ,
        "all_of_it_empty_records": records_all(0, 1) + head_moved(RECORDS) + READ,
        "all_of_it_records_of_eight": records_all(8, 0) + head_moved(16) + READ + head_moved(32),
    }


# ------------------------------------------------------------------ path names


def path_name() -> dict[str, bytes]:
    texts = {
        "file": "sales.csv",
        "file_in_a_folder": "plots/2026/monthly trends.png",
        "not_ascii": "Übersicht/数据.csv",
        "outside_the_basic_plane": "😀.txt",
        "dot": ".",
        "dot_dot": "..",
        "dot_dot_below": "a/../../etc/passwd",
        "dot_dot_last": "a/..",
        "dot_component": "a/./b",
        "dots_that_are_a_name": ".../..a/.b",
        "absolute": "/etc/passwd",
        "trailing_slash": "a/",
        "double_slash": "a//b",
        "slash": "/",
        "newline": "a\nb",
        "delete_character": "a\x7fb",
        "c1_control": "a\x85b",
        "no_break_space": "a\xa0b",
        "nul": "a\0b",
        "nul_after_dot_dot": "..\0",
        "backslashes": "..\\..\\a",
        "percent_encoded": "%2e%2e%2fa",
        "fullwidth_dots": "\uff0e\uff0e/a",
        "deepest": "/".join("a" * 32),
        "one_too_deep": "/".join("a" * 33),
        "longest_component": "a" * 255,
        "component_one_too_long": "a" * 256,
        "longest_component_not_ascii": "é" * 127 + "a",
        "longest": "/".join(["a" * 255] * 4),
        "one_too_long": "/".join(["a" * 255] * 4) + "b",
        "empty": "",
        "session": "sessions/a-1",
        "session_with_a_dash_last": "sessions/a-",
        "session_with_the_longest_id": "sessions/" + "a" * 63,
        "session_with_an_id_too_long": "sessions/" + "a" * 64,
        "session_in_capitals": "sessions/A",
        "execution": "sessions/a/executions/b",
        "execution_without_an_id": "sessions/a/executions/",
        "file_name": "sessions/a/files/plots/b.png",
        "file_name_that_climbs": "sessions/a/files/../../b",
        "file_name_without_a_path": "sessions/a/files/",
        "image_name": "sessions/a/executions/b/images/12.png",
        "image_name_that_climbs": "sessions/a/executions/b/images/../x",
        "image_name_too_long": "sessions/a/executions/b/images/1234567.png",
        "image_name_with_two_dots": "sessions/a/executions/b/images/1.png.exe",
    }
    raw = {
        "lone_continuation": b"a\x80b",
        "overlong_slash": b"..\xc0\xaf..",
        "overlong_nul": b"a\xc0\x80",
        "overlong_of_three": b"\xe0\x80\xaf",
        "surrogate": b"\xed\xa0\x80",
        "above_the_last_code_point": b"\xf4\x90\x80\x80",
        "last_code_point": b"\xf4\x8f\xbf\xbf",
        "cut_character": b"abc\xe2\x82",
        "lead_of_five_bytes": b"\xf8\x88\x80\x80\x80",
        "all_bytes": bytes(range(256)),
    }
    return {name: text.encode() for name, text in texts.items()} | raw


# -------------------------------------------------------------------- requests

METHODS = [
    *("CreateSession", "GetSession", "ListSessions", "UpdateSession", "DeleteSession"),
    *("Execute", "WatchExecution", "CancelExecution", "GetExecution", "ListExecutions"),
    *("WriteFile", "ReadFile", "GetFile", "ListFiles", "DeleteFile", "GetServerInfo"),
]


def raw_request(method: str, body: bytes, way: bytes = WHOLE) -> bytes:
    return bytes([METHODS.index(method)]) + way + body


def request(method: str, way: bytes = WHOLE, **fields: Any) -> bytes:
    message = getattr(api, method + "Request")(**fields)
    return raw_request(method, message.SerializeToString(deterministic=True), way)


def page_token(position: str, question: str) -> str:
    seal = hashlib.sha256(question.encode()).hexdigest()[:8]
    return base64.urlsafe_b64encode((seal + position).encode()).rstrip(b"=").decode()


def created(way: bytes = WHOLE, session_id: str = "", **session: Any) -> bytes:
    return request("CreateSession", way, session_id=session_id, session=session)


def requests() -> dict[str, bytes]:
    execution = "sessions/a/executions/b"
    file = "sessions/a/files/plots/b.png"
    full = {
        "image": "minimal",
        "labels": {"team": "blue", "run-1": ""},
        "limits": {
            "execution_timeout": {"seconds": 30},
            "memory_bytes": 1 << 29,
            "process_count": 16,
            "cpu_count": 1,
            "workspace_bytes": 1 << 30,
            "workspace_file_count": 100,
            "temporary_bytes": 1 << 20,
            "open_file_count": 64,
            "output_bytes": 1 << 20,
            "display_bytes": 1 << 20,
        },
        "idle_timeout": {"seconds": 600},
        "env": {"TZ": "UTC", "MODEL": "x"},
    }
    longest = "sessions/" + "a" * 63 + "/files/" + "/".join(["é" * 127] * 4)
    return {
        "create": created(session_id="my-session", **full),
        "create_in_slices": created(PIECES, session_id="my-session", **full),
        "create_nothing_set": request("CreateSession"),
        "create_bad_id": created(session_id="-a"),
        "create_negative_limit": created(limits={"memory_bytes": -1}),
        "create_limit_over_the_maximum": created(limits={"memory_bytes": 2**63 - 1}),
        "create_label_key_in_capitals": created(labels={"Team": "x"}),
        "create_label_too_long": created(labels={"a": "x" * 64}),
        "create_too_many_labels": created(labels={f"k{i}": "" for i in range(65)}),
        "create_env_ld_preload": created(env={"LD_PRELOAD": "x"}),
        "create_env_python_path": created(env={"PYTHONPATH": "x"}),
        "create_env_home": created(env={"HOME": "/"}),
        "create_env_with_nul": created(env={"A": "x\0y"}),
        "create_env_with_equals": created(env={"A=B": "x"}),
        "create_env_at_its_limit": created(env={"A": "x" * ((32 << 10) - 1)}),
        "create_env_over_its_limit": created(env={"A": "x" * (32 << 10)}),
        "create_idle_for_a_week": created(idle_timeout={"seconds": 604800}),
        "create_idle_for_longer": created(idle_timeout={"seconds": 604800, "nanos": 1}),
        "create_idle_with_mixed_signs": created(idle_timeout={"seconds": 1, "nanos": -1}),
        "create_idle_for_ever": created(idle_timeout={"seconds": 2**63 - 1}),
        "create_image_not_utf8": raw_request("CreateSession", b"\x12\x03\x12\x01\xff"),
        "create_label_not_utf8": raw_request(
            "CreateSession", b"\x12\x07\x1a\x05\x0a\x01\xff\x12\x00"
        ),
        "get": request("GetSession", name="sessions/a"),
        "get_execution_s_name": request("GetSession", name=execution),
        "list_labels": request("ListSessions", filter='labels.a = "b" AND labels.c:*', page_size=5),
        "list_escapes": request("ListSessions", filter='labels.a="\\"\\\\"'),
        "list_open_quote": request("ListSessions", filter='labels.a="'),
        "list_and_nothing": request("ListSessions", filter="labels.a:* AND "),
        "list_only_spaces": request("ListSessions", filter="  \t"),
        "list_most_terms": request("ListSessions", filter=" AND ".join(["labels.a:*"] * 64)),
        "list_too_many_terms": request("ListSessions", filter=" AND ".join(["labels.a:*"] * 65)),
        "list_next_page": request("ListSessions", page_token=page_token("a-1", "sessions?")),
        "list_token_of_another_list": request("ListSessions", page_token=page_token("a", "x")),
        "list_token_that_is_none": request("ListSessions", page_token="%%%"),
        "list_negative_page": request("ListSessions", page_size=-1),
        "update": request(
            "UpdateSession",
            session={"name": "sessions/a", "labels": {"a": "b"}},
            update_mask={"paths": ["labels", "idle_timeout", "limits.output_bytes"]},
        ),
        "update_no_mask": request("UpdateSession", session={"name": "sessions/a"}),
        "update_what_is_fixed": request(
            "UpdateSession", session={"name": "sessions/a"}, update_mask={"paths": ["env"]}
        ),
        "delete": request("DeleteSession", name="sessions/a"),
        "execute": request(
            "Execute",
            session="sessions/a",
            code="print('é')",
            execution_id="e",
            timeout={"seconds": 9},
        ),
        "execute_in_slices": request("Execute", BYTEWISE, session="sessions/a", code="1 + 1"),
        "execute_code_with_nul": request("Execute", session="sessions/a", code="a\0b"),
        "execute_code_not_utf8": raw_request("Execute", b"\x12\x01\xff"),
        "execute_negative_timeout": request("Execute", timeout={"seconds": -1}),
        "execute_timeout_of_too_many_nanos": request("Execute", timeout={"nanos": 10**9}),
        "watch": request("WatchExecution", name=execution, start_sequence=3),
        "watch_negative": request("WatchExecution", name=execution, start_sequence=-1),
        "cancel": request("CancelExecution", name=execution),
        "get_execution": request("GetExecution", name=execution),
        "list_executions": request(
            "ListExecutions",
            parent="sessions/a",
            page_size=1001,
            page_token=page_token("17", "sessions/a/executions"),
        ),
        "write_spec": request(
            "WriteFile", spec={"name": file, "size_bytes": 3, "sha256": "0a" * 32}
        ),
        "write_size_unknown": request("WriteFile", spec={"name": file, "size_unknown": True}),
        "write_size_known_and_unknown": request(
            "WriteFile", spec={"name": file, "size_bytes": 1, "size_unknown": True}
        ),
        "write_negative_size": request("WriteFile", spec={"name": file, "size_bytes": -1}),
        "write_digest_in_capitals": request("WriteFile", spec={"name": file, "sha256": "0A" * 32}),
        "write_to_an_image": request("WriteFile", spec={"name": execution + "/images/1.png"}),
        "write_data": request("WriteFile", data=b"\0\xff"),
        "write_neither": request("WriteFile"),
        "read": request("ReadFile", name=file, offset_bytes=2, limit_bytes=4),
        "read_image": request("ReadFile", name=execution + "/images/1.png"),
        "read_largest_numbers": request(
            "ReadFile", name=file, offset_bytes=2**63 - 1, limit_bytes=2**63 - 1
        ),
        "read_negative": request("ReadFile", name=file, offset_bytes=-1),
        "get_file": request("GetFile", name=file),
        "get_file_with_the_longest_name": request("GetFile", name=longest),
        "list_files": request("ListFiles", parent="sessions/a", directory="plots"),
        "list_files_next_page": request(
            "ListFiles",
            parent="sessions/a",
            page_token=page_token("plots/a", "sessions/a/files?"),
        ),
        "delete_file": request("DeleteFile", name=file),
        "delete_file_that_climbs": request("DeleteFile", name="sessions/a/files/../b"),
        "server_info": request("GetServerInfo"),
        "empty": b"",
        "rubbish": raw_request("Execute", b"\xff\xff\xff"),
        "length_beyond_the_end": raw_request("Execute", b"\x0a\x7fabc"),
        "length_of_2_to_the_63": raw_request("Execute", b"\x0a" + b"\xff" * 8 + b"\x7f"),
        "unknown_field": raw_request("GetSession", b"\xfa\x07\x01z"),
        "groups_without_end": raw_request("GetSession", b"\x13" * 200),
        "wrong_wire_type": raw_request("GetSession", b"\x08\x01"),
        "field_number_zero": raw_request("GetSession", b"\x00\x01"),
        "string_given_twice": raw_request("GetSession", b"\x0a\x01a\x0a\x0asessions/b"),
    }


# -------------------------------------------------------------- configurations

SERVER = """listen: "127.0.0.1:7411"
data_directory: "data"
images { config: "images/minimal/image.textproto" environment: "env" }
"""
IMAGE = """name: "minimal"
description: "IPython and the standard library."
preload: "IPython"
default_limits { execution_timeout { seconds: 120 } memory_bytes: 536870912 }
"""


def config() -> dict[str, bytes]:
    def both(server: str = SERVER, image: str = IMAGE) -> bytes:
        return f"{server}----\n{image}".encode()

    def with_line(line: str) -> bytes:
        return both(SERVER + line + "\n")

    def listening(address: str) -> bytes:
        return both(SERVER.replace("127.0.0.1:7411", address))

    return {
        "good": both(),
        "real_image": both(image=(REPOSITORY / "images/minimal/image.textproto").read_text()),
        "all_fields": with_line(
            'default_image: "minimal" max_limits { memory_bytes: 1000000000 cpu_count: 2 }\n'
            "max_session_count: 10 max_queue_length: 4 max_history_length: 9\n"
            "max_code_bytes: 1000 max_inline_image_bytes: 1000 first_session_uid: 800000\n"
            "interrupt_grace_period { seconds: 1 } default_idle_timeout { nanos: 5 }"
        ),
        "server_only": SERVER.encode(),
        "empty": b"",
        "comments_only": both("# nothing\n", "# nothing\n"),
        "unknown_field": with_line("bogus: 1"),
        "unbalanced_brace": with_line("max_limits {"),
        "open_string": with_line('default_image: "minimal'),
        "string_over_two_lines": with_line('default_image: "mini\nmal"'),
        "number_too_large": with_line("max_session_count: 99999999999999999999"),
        "number_negative": with_line("max_session_count: -1"),
        "number_over_its_bound": with_line("max_session_count: 100001"),
        "uid_of_root_s_neighbour": with_line("first_session_uid: 4294967295"),
        "duration_zero": with_line("interrupt_grace_period {}"),
        "duration_negative": with_line("default_idle_timeout { seconds: -1 }"),
        "duration_malformed": with_line("default_idle_timeout { seconds: 1 nanos: -1 }"),
        "limit_negative": with_line("max_limits { memory_bytes: -1 }"),
        "limits_of_the_image_over_the_server_s": both(
            SERVER + "max_limits { memory_bytes: 1 output_bytes: 1 }\n"
        ),
        "limit_timeout_of_two_years": with_line(
            "max_limits { execution_timeout { seconds: 63072000 } }"
        ),
        "default_image_unknown": with_line('default_image: "other"'),
        "image_twice": with_line(
            'images { config: "images/minimal/image.textproto" environment: "env" }'
        ),
        "image_without_environment": both(SERVER.replace('environment: "env"', "")),
        "no_images": both('listen: "unix:s" data_directory: "d"\n'),
        "image_name_of_another_folder": both(image='name: "other"\n'),
        "image_name_that_climbs": both(image='name: "../minimal"\n'),
        "image_limit_negative": both(image=IMAGE.replace("536870912", "-1")),
        "listen_unix": listening("unix:/run/carrel.sock"),
        "listen_unix_relative": listening("unix:a/../carrel.sock"),
        "listen_unix_nothing": listening("unix:"),
        "listen_everywhere": listening("0.0.0.0:7411"),
        "listen_ipv6": listening("[::1]:0"),
        "listen_ipv6_everywhere": listening("[::]:0"),
        "listen_localhost": listening("localhost:65535"),
        "listen_port_too_large": listening("127.0.0.1:65536"),
        "listen_name_that_starts_like_loopback": listening("127.0.0.1.example.org:80"),
        "listen_octet_too_large": listening("127.999.0.1:1"),
        "listen_octet_negative": listening("127.-1.0.1:1"),
        "listen_with_a_line_break": listening("0.0.0.0\\n127.0.0.1:1"),
        "data_directory_missing": both('listen: "unix:s"\n'),
        "data_directory_that_climbs": both(SERVER.replace('"data"', '"../../../../etc"')),
        "any_expanded": with_line("[type.googleapis.com/carrel.v1.Limits] {}"),
        "extension_that_is_none": with_line("[carrel.none]: 1"),
        "nested_deeply": with_line("max_limits { execution_timeout <" * 60),
        "not_utf8": both().replace(b"data", b"\xff\xfe"),
        "nul": both().replace(b"data", b"a\0b"),
        "escaped_nul": with_line('default_image: "a\\000b"'),
        "separator_twice": both() + b"----\nname: 1\n",
    }


# ------------------------------------------------------ guest and supervisor


def host_frame() -> dict[str, bytes]:
    def run(cell: int, code: str) -> bytes:
        return frame(FRAMES.HostFrame(run_cell={"cell": cell, "code": code}))

    return {
        "run_cell": WHOLE + run(1, "print('é')"),
        "run_cells_in_pieces": PIECES + run(1, "a = 1") + run(2, "a"),
        "run_cell_byte_by_byte": BYTEWISE + run(2**64 - 1, ""),
        "code_not_utf8": WHOLE + run(1, "x").replace(b"x", b"\xff"),
        "empty": b"",
        "half_a_header": WHOLE + b"\x01",
        "half_a_frame": WHOLE + run(1, "abc")[:-1],
        "frame_without_content": WHOLE + struct.pack("<I", 0) + run(1, "a"),
        "length_of_one_too_many": WHOLE + struct.pack("<I", (1 << 20) + 1) + b"x",
        "length_of_the_most": WHOLE + struct.pack("<I", 1 << 20) + b"x",
        "length_negative": WHOLE + b"\xff\xff\xff\xff",
        "guest_frame": WHOLE + guest(cell=1, stream={"text": b"x"}),
        "a_large_cell": b"\xff" + run(3, "x = 1\n" * 2000),
    }


def supervisor(kind: int, value: int, cpu: int, peak: int, step: bytes, more: bytes = b"") -> bytes:
    return struct.pack("<Iiqq56s", kind, value, cpu, peak, step) + more


def supervisor_message() -> dict[str, bytes]:
    return {
        "started": supervisor(1, 2, 0, 0, b""),
        "failed": supervisor(2, 13, 0, 0, b"landlock", b"landlock"),
        "failed_with_no_such_errno": supervisor(2, 2**31 - 1, 0, 0, b"x"),
        "exited": supervisor(3, 0x0300, 120_000, 1 << 27, b""),
        "exited_by_signal": supervisor(3, 11, 0, 0, b""),
        "exited_by_sigsys": supervisor(3, 31 | 0x80, 0, 0, b""),
        "exited_by_a_signal_without_a_name": supervisor(3, 64, 0, 0, b""),
        "stopped": supervisor(3, 0x137F, 1, 1, b""),
        "negative_status": supervisor(3, -1, -1, -1, b""),
        "interrupt": supervisor(4, 0, 0, 0, b""),
        "interrupted": supervisor(5, 0, 0, 0, b""),
        "kill": supervisor(6, 0, 0, 0, b""),
        "refused": supervisor(7, 165, 0, 0, b""),
        "refused_no_such_call": supervisor(7, -1, 0, 0, b""),
        "too_many": supervisor(8, 0, 0, 0, b""),
        "kind_zero": supervisor(0, 0, 0, 0, b""),
        "kind_unknown": supervisor(2**32 - 1, 0, 0, 0, b""),
        "step_without_end": supervisor(2, 1, 0, 0, b"s" * 56, b"s" * 56),
        "step_of_55": supervisor(2, 1, 0, 0, b"s" * 55, b"s" * 55),
        "step_far_too_long": supervisor(2, 1, 0, 0, b"", b"s" * 4000),
        "step_with_nul": supervisor(2, 1, 0, 0, b"a\0b", b"a\0b"),
        "step_not_utf8": supervisor(2, 1, 0, 0, b"\xff", b"\xff"),
        "half_a_message": supervisor(2, 1, 0, 0, b"x")[:30],
        "empty": b"",
    }


TARGETS = {
    "config": config,
    "display_assembler": display_assembler,
    "events": events,
    "frame_decoder": frame_decoder,
    "host_frame": host_frame,
    "late_output": late_output,
    "output_ring": output_ring,
    "path_name": path_name,
    "request": requests,
    "supervisor_message": supervisor_message,
}


def main() -> None:
    """Writes every seed of every target."""
    for target, seeds in TARGETS.items():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds().items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
