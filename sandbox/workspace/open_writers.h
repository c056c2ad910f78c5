// Whether somebody may still write to a file without the host being told.
#ifndef CARREL_SANDBOX_WORKSPACE_OPEN_WRITERS_H_
#define CARREL_SANDBOX_WORKSPACE_OPEN_WRITERS_H_

namespace carrel {

// False if nobody has the file open for writing, nor mapped writable and shared, at some moment
// during the call; true if somebody has, or it cannot be told: the file belongs to another user,
// and the process lacks CAP_LEASE. `fd` is open for reading. Never blocks. Thread-safe.
//
// The kernel counts a file's writers, and grants a read lease only if there are none; that
// is how it is asked. In the microseconds for which the lease is held, whoever opens the
// file for writing waits, or with O_NONBLOCK gets EWOULDBLOCK.
bool MayHaveWriters(int fd);

// True for file systems of which that holds, and which tell inotify of all that happens. Not
// overlayfs: there a mapping is of the file below, which has writers of its own.
bool TellsOfWriters(int fd);

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_OPEN_WRITERS_H_
