"""Tests of LocalServer when carreld cannot start; tests/ uses it with a real one."""

import pytest
from google.protobuf import text_format

from carrel.internal import server_config_pb2
from carrel.testing import LocalServer, LocalServerError


def test_config_takes_overrides():
    server = LocalServer(images=["minimal"], max_session_count=2, max_limits={"cpu_count": 3})
    server._clean_up()
    config = server_config_pb2.ServerConfig()
    text_format.Parse(server.config_text(), config)
    assert config.max_session_count == 2
    assert config.max_limits.cpu_count == 3
    assert config.listen == [server.address]
    assert config.images[0].config.endswith("/images/minimal/image.textproto")


def test_missing_binary_says_how_to_make_it(monkeypatch, tmp_path):
    monkeypatch.setenv("CARREL_BUILD_DIR", str(tmp_path))
    server = LocalServer(images=[])
    with pytest.raises(LocalServerError, match="dev build makes it"), server:
        pass
    assert not server.log_path.parent.exists()


def test_server_that_ends_at_once_is_quoted(monkeypatch, tmp_path):
    binary = tmp_path / "service" / "carreld"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\necho 'carreld: the port is taken' >&2\nexit 3\n")
    binary.chmod(0o755)
    monkeypatch.setenv("CARREL_BUILD_DIR", str(tmp_path))
    server = LocalServer(images=[])
    with pytest.raises(LocalServerError, match="status 3: carreld: the port is taken"), server:
        pass
    assert not server.log_path.parent.exists()
