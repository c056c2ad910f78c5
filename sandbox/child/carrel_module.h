// The built-in Python module `_carrel`: the kernel's way to the host.
#ifndef CARREL_SANDBOX_CHILD_CARREL_MODULE_H_
#define CARREL_SANDBOX_CHILD_CARREL_MODULE_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "sandbox/child/frame_channel.h"

namespace carrel::child {

// Registers the module; before Py_Initialize.
bool RegisterCarrelModule();

// Where its functions send to. Not owned; null before the fork, when output is
// dropped.
void SetCarrelChannel(FrameChannel* channel);

// What the kernel wants called before the interpreter waits for a frame. Its argument is True if
// the descriptor that it answered last can be read. It answers the descriptor that it wants to be
// called for again, or -1. Borrowed; null if it wants nothing.
PyObject* IdleFunction();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CARREL_MODULE_H_
