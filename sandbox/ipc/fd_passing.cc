#include "sandbox/ipc/fd_passing.h"

#include <errno.h>
#include <sys/socket.h>

#include "sandbox/ipc/descriptors.h"

namespace carrel {

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeSocketPair(int type) {
  int fds[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
    return absl::ErrnoToStatus(errno, "socketpair");
  return std::make_pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

absl::Status SendPacket(int socket, absl::string_view bytes, const std::vector<int>& fds,
                        int flags) {
  if (bytes.size() > kMaxPacketBytes || fds.size() > kMaxPacketFds)
    return absl::InvalidArgumentError("packet too large");
  const ssize_t n = SendDescriptors(socket, {bytes.data(), bytes.size()}, fds, flags);
  return n < 0 ? absl::ErrnoToStatus(errno, "sendmsg") : absl::OkStatus();
}

absl::StatusOr<PacketWithFds> ReceivePacket(int socket, int flags) {
  PacketWithFds packet;
  packet.bytes.resize(kMaxPacketBytes);
  int fds[kMaxPacketFds];
  size_t count = 0;
  const ssize_t n = ReceiveDescriptors(socket, packet.bytes, fds, &count, flags);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return absl::UnavailableError("no packet is waiting");
  if (n < 0 && errno != ECONNRESET) return absl::ErrnoToStatus(errno, "recvmsg");
  packet.bytes.resize(n < 0 ? 0 : static_cast<size_t>(n));
  for (size_t i = 0; i < count; ++i) packet.fds.emplace_back(fds[i]);
  return packet;
}

}  // namespace carrel
