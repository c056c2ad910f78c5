// Error reporting after the fork: a message on the supervisor socket, by send(2), and _exit. There
// are no exceptions, no logging and no significant allocation.
#ifndef CARREL_SANDBOX_CHILD_RAW_H_
#define CARREL_SANDBOX_CHILD_RAW_H_

#include <cstddef>
#include <cstdint>

namespace carrel::child {

// A message on the supervisor socket (SOCK_SEQPACKET), one per packet. Both endpoints are the same
// build, and the guest has no descriptor of it.
struct SupervisorMessage {
  enum class Kind : uint32_t {
    kFailed = 2,       // child -> host: confinement failed; `value` is errno, `step` says where.
    kExited = 3,       // child -> host: `value` is the interpreter's wait status.
    kInterrupt = 4,    // host -> child: send SIGINT to the interpreter's group.
    kInterrupted = 5,  // child -> host: SIGINT was sent.
    kKill = 6,         // host -> child: end every process of the session, then yourself.
    kRefused = 7,      // child -> host: system call `value` was refused. Some are not sent.
    kTooMany = 8,      // child -> host: a process or thread was refused because of the limit.
  };
  Kind kind;
  int32_t value;
  // Set with kExited: CPU time of the interpreter's whole life, including its children, and its
  // peak resident memory.
  int64_t cpu_microseconds;
  int64_t peak_memory_bytes;
  char step[56];
};

// Sends a message; false if it could not be sent.
bool SendMessage(int supervisor_fd, const SupervisorMessage& message);
bool SendMessage(int supervisor_fd, SupervisorMessage::Kind kind, int value, const char* step = "");
// Sends a message that may be lost: it does not wait if the receiver is slow.
bool TrySendMessage(int supervisor_fd, SupervisorMessage::Kind kind, int value);

// Sends all of `bytes`, and a descriptor with them unless it is -1.
bool SendWithDescriptor(int socket_fd, const void* bytes, size_t size, int descriptor);
// Receives a single byte and the descriptor with it. Returns -1 if the peer was closed without
// sending one.
int ReceiveDescriptor(int socket_fd);

// Ends a child whose confinement failed at `step`, and reports errno to the host.
class Failer {
 public:
  explicit Failer(int supervisor_fd) : fd_(supervisor_fd) {}
  // Does not return if !ok.
  void Check(bool ok, const char* step) const {
    if (!ok) Fail(step);
  }
  [[noreturn]] void Fail(const char* step) const;

 private:
  int fd_;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_RAW_H_
