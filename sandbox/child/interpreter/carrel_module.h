// The built-in Python module `_carrel`: the kernel's interface to the host.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_CARREL_MODULE_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_CARREL_MODULE_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "sandbox/child/interpreter/frame_channel.h"

namespace carrel::child {

// Registers the module. Call it before Py_Initialize.
bool RegisterCarrelModule();

// Sets the channel to which the module's functions send. Not owned; null before the fork, when
// output is dropped.
void SetCarrelChannel(FrameChannel* channel);

// Returns the function that the kernel wants called before the interpreter waits for a frame; a
// borrowed reference, null if there is none. The function's argument is True if the descriptor that
// it returned last is readable. It returns the descriptor whose readability should cause the next
// call, or -1.
PyObject* IdleFunction();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_CARREL_MODULE_H_
