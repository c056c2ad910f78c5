// Detection of files that a process may still write to without a further event.
#ifndef CARREL_SANDBOX_CHANGES_OPEN_WRITERS_H_
#define CARREL_SANDBOX_CHANGES_OPEN_WRITERS_H_

namespace carrel {

// Returns false if no process has the file open for writing, nor mapped writable and shared, at
// some moment during the call; true if one has, or that is unknown: the file belongs to another
// user, and this process lacks CAP_LEASE. `fd` is open for reading. Never blocks. Thread-safe.
//
// The kernel counts a file's writers, and grants a read lease only if there are none, so this
// function requests one. During the microseconds for which it holds the lease, a process that opens
// the file for writing waits, or with O_NONBLOCK gets EWOULDBLOCK.
bool MayHaveWriters(int fd);

// Returns true for file systems of which that holds, and which report everything to inotify.
// Overlayfs is none of them: there a mapping is of the file below, which has writers of its own.
bool ReportsWriters(int fd);

}  // namespace carrel

#endif  // CARREL_SANDBOX_CHANGES_OPEN_WRITERS_H_
