// Reports that an interpreter ended itself by abort(3) because memory was refused.
//
// Libraries that cannot go on without memory call abort: Rust's, and C++'s when no code catches
// std::bad_alloc. To the user, such an abort means that the session's limit was reached, and not a
// crash. The kernel does not report whether it refused memory, so this is the interpreter's claim
// only: it names a cause, as a MemoryError does.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_ABORT_NOTICE_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_ABORT_NOTICE_H_

#include <atomic>
#include <cstdint>

namespace carrel::child {

// Finds Python's own code; runs in the zygote. An abort by Python itself (os.abort) never counts as
// caused by refused memory.
void PrepareAbortNotices();

// Makes an abort of this process (the interpreter), but not of its forks, set `notice` to 1 if
// memory was refused.
void GiveAbortNotices(std::atomic<uint32_t>* notice);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_ABORT_NOTICE_H_
