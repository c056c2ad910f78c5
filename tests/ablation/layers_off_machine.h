// The fixtures of layers_off_test: a zygote and its sessions, from which single layers are left
// out.
#ifndef CARREL_TESTS_ABLATION_LAYERS_OFF_MACHINE_H_
#define CARREL_TESTS_ABLATION_LAYERS_OFF_MACHINE_H_

#include <asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sandbox/files/workspace.h"
#include "sandbox/interpreter.h"
#include "sandbox/layers.h"
#include "sandbox/self_test/self_test.h"
#include "sandbox/self_test/self_test_session.h"
#include "sandbox/spawn/isolation_mode.h"
#include "sandbox/spawn/launcher.h"

namespace carrel {

// Moves the test into namespaces of its own, where all file systems are read-only except a fresh
// one for sessions: code that no layer confines can do no harm there. Where this is not permitted,
// in a container, the container itself serves. The function returns only in a new process, which
// continues the test; whatever is left in the namespaces ends with it.
void MoveAside();

// The objects that all tests share. It starts launchers, so the caller must have one thread.
class LayersOffHost {
 public:
  static const LayersOffHost& Get();

  IsolationMode isolation_mode() const { return isolation_mode_; }
  // Returns a directory that is writable, and removed at the end.
  const std::string& folder() const { return folder_; }
  // Returns the first of two user ids that sessions get.
  uint32_t first_uid() const;
  const std::string& environment() const { return environment_; }
  Launcher* launcher(bool shipped) const { return (shipped ? shipped_ : testing_).get(); }

 private:
  LayersOffHost();

  IsolationMode isolation_mode_ = IsolationMode::kNative;
  std::string folder_, environment_;
  std::unique_ptr<Launcher> testing_, shipped_;
};

// A zygote. Its destructor leaves no process of its sessions.
class LayersOffMachine {
 public:
  // Leaves out the layers of `off`, except with the shipped zygote, which ignores them.
  explicit LayersOffMachine(LayerMask off, bool shipped = false);
  ~LayersOffMachine();

  // Runs the self-test as at boot.
  absl::StatusOr<IsolationReport> RunSelfTest();
  absl::StatusOr<std::unique_ptr<SelfTestSession>> OpenSession();

  // Makes a workspace that no session uses; OpenSession makes its own, at the same path.
  absl::StatusOr<std::shared_ptr<Workspace>> MakeWorkspace(const WorkspaceLimits& limits);

  EventLoop* loop() { return &loop_; }
  asio::thread_pool* pool() { return &pool_; }

 private:
  const std::string sessions_;
  EventLoop loop_;
  asio::thread_pool pool_{1};
  SamplingThreads samplers_;
  std::unique_ptr<Zygote> zygote_;
  absl::Status started_;
};

// These return the text of an observation.
std::string NotStarted(const absl::Status& status);
std::string StopReasonName(StopReason reason);

}  // namespace carrel

#endif  // CARREL_TESTS_ABLATION_LAYERS_OFF_MACHINE_H_
