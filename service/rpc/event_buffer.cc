#include "service/rpc/event_buffer.h"

#include <grpcpp/support/slice.h>

#include <memory>

namespace carrel {
namespace {

// Below this size, a copy costs less than to share the bytes.
constexpr size_t kMuch = 4 << 10;

grpc::Slice SliceOf(const SharedBytes& shared) {
  if (shared.bytes.size() < kMuch) return grpc::Slice(shared.bytes.data(), shared.bytes.size());
  using Owner = std::shared_ptr<const void>;
  return grpc::Slice(
      const_cast<char*>(shared.bytes.data()), shared.bytes.size(),
      [](void* owner) { delete static_cast<Owner*>(owner); }, new Owner(shared.owner));
}

}  // namespace

grpc::ByteBuffer ToByteBuffer(const EventBytes& event) {
  const grpc::Slice slices[] = {SliceOf(event.start), SliceOf(event.rest)};
  return grpc::ByteBuffer(slices, event.rest.bytes.empty() ? 1 : 2);
}

}  // namespace carrel
