// The supervisor socket, and the sentence that is made of a message from it. Input: a message as it
// lies in memory; the rest is the name of a step.
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <string>

#include "sandbox/files/path_name.h"
#include "sandbox/host/death_message.h"
#include "sandbox/ipc/supervisor_message.h"
#include "sandbox/posix/unique_fd.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

constexpr int kReasons = static_cast<int>(StopReason::kSessionDeleted) + 1;

SupervisorMessage Receive(int fd) {
  SupervisorMessage message;
  // The message is one whole packet, and nothing follows it.
  FUZZ_CHECK(recv(fd, &message, sizeof(message), MSG_DONTWAIT) ==
             static_cast<ssize_t>(sizeof(message)));
  char probe;
  FUZZ_CHECK(recv(fd, &probe, 1, MSG_PEEK | MSG_DONTWAIT) < 0);
  return message;
}

// Reads a wait status as death.cc does.
Death DeathOf(int wait_status) {
  Death death;
  if (WIFSIGNALED(wait_status)) {
    death.signal = WTERMSIG(wait_status);
  } else {
    death.exit_code = WEXITSTATUS(wait_status);
  }
  return death;
}

void CheckSentence(const Death& death) {
  const std::string sentence = DeathMessage(death);
  FUZZ_CHECK(!sentence.empty() && sentence.size() < 400);
  FUZZ_CHECK(sentence.back() == '.');
  FUZZ_CHECK(IsValidUtf8(sentence));
  FUZZ_CHECK(sentence.find('\n') == std::string::npos);
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using carrel::SupervisorMessage;
  int fds[2];
  FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
  carrel::UniqueFd sender(fds[0]), receiver(fds[1]);

  carrel::fuzz::FuzzInput input(data, size);
  SupervisorMessage message{};
  const absl::string_view bytes = input.TakeBytes(sizeof(message));
  memcpy(&message, bytes.data(), bytes.size());
  FUZZ_CHECK(carrel::SendMessage(sender.get(), message));
  const SupervisorMessage same = carrel::Receive(receiver.get());
  FUZZ_CHECK(memcmp(&same, &message, sizeof(message)) == 0);
  FUZZ_CHECK(carrel::StepOf(same).size() < sizeof(message.step));

  // A step of any length is truncated and ends in a NUL.
  const std::string step(input.TakeRest());
  FUZZ_CHECK(carrel::SendMessage(sender.get(), message.kind, message.value, step.c_str()));
  const SupervisorMessage named = carrel::Receive(receiver.get());
  FUZZ_CHECK(named.kind == message.kind && named.value == message.value);
  FUZZ_CHECK(named.step[sizeof(named.step) - 1] == '\0');
  FUZZ_CHECK(carrel::StepOf(named) ==
             std::string(step.c_str()).substr(0, sizeof(message.step) - 1));

  FUZZ_CHECK(carrel::TrySendMessage(sender.get(), message.kind, message.value));
  const SupervisorMessage tried = carrel::Receive(receiver.get());
  FUZZ_CHECK(tried.kind == message.kind && tried.value == message.value);
  FUZZ_CHECK(carrel::StepOf(tried).empty());

  carrel::Death death = carrel::DeathOf(message.value);
  carrel::CheckSentence(death);
  death.killed_by_host = (message.cpu_microseconds & 1) != 0;
  death.reason =
      static_cast<carrel::StopReason>((message.cpu_microseconds >> 1 & 0xFF) % carrel::kReasons);
  carrel::CheckSentence(death);
  death = {};
  death.unexplained = true;
  carrel::CheckSentence(death);
  return 0;
}
