"""The server's reports about itself: info, isolation, health, reflection."""

from __future__ import annotations

from carrel.testing import available_images
from cgroup_view import sessions_cgroup
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from lanes.lane import LANE


def test_info_names_version_images_and_limits(client, session):
    info = client.info()
    assert info.version == "0.1.0"
    assert sorted(image.name for image in info.images) == sorted(available_images())
    assert info.default_image in available_images()
    assert info.session_count >= 1
    assert info.session_count <= info.max_session_count
    assert info.interrupt_grace_period.total_seconds() == 60
    assert info.start_time < session.info.create_time
    for image in info.images:
        assert image.python_version.startswith("3.11.")
        assert image.description
        assert image.default_limits.memory_bytes <= info.max_limits.memory_bytes
        assert image.default_limits.execution_timeout <= info.max_limits.execution_timeout
    science = next(image for image in info.images if image.name == "data-science")
    assert {"numpy", "pandas", "matplotlib"} <= set(science.preloaded_modules)


def test_every_guarantee_has_a_proved_holder(client):
    info = client.info()
    assert info.isolation_lane == LANE
    assert [item.id for item in info.guarantees] == [f"G{n}" for n in range(1, 10)]
    for guarantee in info.guarantees:
        assert guarantee.held, guarantee
        assert guarantee.description
        for holder in guarantee.holders:
            assert holder.mechanism
            assert holder.evidence


def test_cgroups_hold_or_it_is_told_why_not(client, server):
    (bounds,) = (item for item in client.info().guarantees if item.id == "G7")
    found = {holder.mechanism: holder for holder in bounds.holders}
    if sessions_cgroup(server):
        assert found["cgroup memory.max"].proved
    else:
        assert not found["cgroup v2"].proved
        assert found["cgroup v2"].evidence.startswith("not available: ")
        assert found["tree watchdog"].proved


def test_health_is_serving(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "carrel.v1.CodeInterpreter"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=60)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, service


def test_reflection_names_and_describes_the_service(channel):
    reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="carrel.v1.CodeInterpreter"),
    ]
    services, files = reflection.ServerReflectionInfo(iter(requests), timeout=60)
    names = [service.name for service in services.list_services_response.service]
    assert "carrel.v1.CodeInterpreter" in names
    assert files.file_descriptor_response.file_descriptor_proto
