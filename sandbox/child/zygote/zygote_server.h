// The zygote's request loop: receives spawn requests and forks sessions.
#ifndef CARREL_SANDBOX_CHILD_ZYGOTE_ZYGOTE_SERVER_H_
#define CARREL_SANDBOX_CHILD_ZYGOTE_ZYGOTE_SERVER_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "carrel/internal/frames.pb.h"
#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

// Serves until the host closes the control socket. Returns an exit code for the process: of the
// zygote itself, of a spare, or, in a fork, of a session's interpreter.
class ZygoteServer {
 public:
  // Owns neither the control socket nor the descriptor of the supervisor's program.
  ZygoteServer(int control_fd, int supervisor_program_fd)
      : control_fd_(control_fd), supervisor_program_fd_(supervisor_program_fd) {}

  // Compiles the system call policies and checks that the process is fit to fork: one thread, no
  // stray descriptors. Returns an empty string, or an error.
  std::string Prepare(const internal::ZygoteLaunch& launch);
  int Serve();

 private:
  struct Packet;
  void CompilePolicies(std::string* error);
  SessionPlan MakePlan(const Packet& packet) const;
  bool GivesPidNamespaces() const;
  pid_t StartSession(const SessionPlan& plan) const;
  bool Receive(Packet* packet);
  void HandleSpare(Packet* packet);
  void NameProcess(bool is_spare);
  // Returns true in the interpreter of a new session, with its exit code set.
  bool HandleSpawn(Packet* packet, int* exit_code);
  bool Reply(unsigned long long spawn_id, int pid, const std::string& error);

  const int control_fd_;
  const int supervisor_program_fd_;
  int shared_config_fd_ = -1;
  bool is_spare_ = false;  // True in a copy that has had no request yet.
  PolicyTraits traits_;
  std::string environment_path_;
  int own_pid_namespace_ = -1;  // Set if traits_.own_namespaces.
  int sessions_fd_ = -1;        // Set otherwise.
  std::vector<sock_filter> second_stage_syscalls_;
  std::vector<PublicSetting> public_settings_;
  std::vector<sock_filter> interpreter_syscalls_;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ZYGOTE_ZYGOTE_SERVER_H_
