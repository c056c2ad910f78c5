// Error reporting after the fork: a message on the supervisor socket, by send(2), and _exit. There
// are no exceptions, no logging and no significant allocation.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_FAILER_H_
#define CARREL_SANDBOX_CHILD_CONFINE_FAILER_H_

namespace carrel::child {

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

#endif  // CARREL_SANDBOX_CHILD_CONFINE_FAILER_H_
