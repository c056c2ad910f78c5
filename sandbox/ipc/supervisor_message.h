// The messages between a session's supervisor and the host.
#ifndef CARREL_SANDBOX_IPC_SUPERVISOR_MESSAGE_H_
#define CARREL_SANDBOX_IPC_SUPERVISOR_MESSAGE_H_

#include <string.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carrel {

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

// Returns the step of a message of kind kFailed.
inline std::string_view StepOf(const SupervisorMessage& message) {
  return {message.step, strnlen(message.step, sizeof(message.step) - 1)};
}

// None of these allocates memory, so they may run between fork and exec.

// Sends a message; false if it could not be sent.
bool SendMessage(int supervisor_fd, const SupervisorMessage& message);
bool SendMessage(int supervisor_fd, SupervisorMessage::Kind kind, int value, const char* step = "");
// Sends a message that may be lost: it does not wait if the receiver is slow.
bool TrySendMessage(int supervisor_fd, SupervisorMessage::Kind kind, int value);

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_SUPERVISOR_MESSAGE_H_
