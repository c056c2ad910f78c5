// Says why an interpreter ends itself by abort(3), where that is for want of memory.
//
// Libraries that cannot go on without memory call abort: Rust's, and C++'s when nobody catches
// std::bad_alloc. For who reads of it that is the session's limit, and not a crash. The kernel
// does not say whether it refused memory, so this is the interpreter's word, and only that: it
// names a cause, as a MemoryError does.
#ifndef CARREL_SANDBOX_CHILD_ABORT_NOTICE_H_
#define CARREL_SANDBOX_CHILD_ABORT_NOTICE_H_

#include <atomic>
#include <cstdint>

namespace carrel::child {

// In the zygote: finds Python's own code. An abort of Python's own (os.abort) is never for want
// of memory.
void PrepareAbortNotices();

// In the interpreter: from now on an abort of this process, but not of its forks, sets `notice`
// to 1 if memory was refused.
void GiveAbortNotices(std::atomic<uint32_t>* notice);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ABORT_NOTICE_H_
