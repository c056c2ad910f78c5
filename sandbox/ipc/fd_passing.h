// Packets with descriptors, over SOCK_SEQPACKET sockets between our own processes.
#ifndef CARREL_SANDBOX_IPC_FD_PASSING_H_
#define CARREL_SANDBOX_IPC_FD_PASSING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sandbox/ipc/descriptors.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// A packet and the descriptors that came with it.
struct PacketWithFds {
  std::string bytes;  // Empty at the end of the stream.
  std::vector<UniqueFd> fds;
};

// The maximum size of one packet, in bytes and in descriptors.
inline constexpr size_t kMaxPacketBytes = 256 << 10;
inline constexpr size_t kMaxPacketFds = kMaxDescriptors;

// Makes a connected pair of SOCK_SEQPACKET (or `type`) sockets, close-on-exec.
absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeSocketPair(int type);

// Sends one packet; the descriptors stay the caller's. `flags` as in sendmsg.
absl::Status SendPacket(int socket, absl::string_view bytes, const std::vector<int>& fds,
                        int flags = 0);

// Receives one packet. UNAVAILABLE if there is none and `flags` has MSG_DONTWAIT.
absl::StatusOr<PacketWithFds> ReceivePacket(int socket, int flags = 0);

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_FD_PASSING_H_
