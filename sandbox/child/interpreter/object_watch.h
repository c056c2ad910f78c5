// Detects whether Python code has replaced objects that the kernel relies on, without touching
// them: counting a reference to an object would make a session copy the page it lies on.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_OBJECT_WATCH_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_OBJECT_WATCH_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace carrel::child {

// Functions of the module `_carrel`. Both are called with the GIL held.

// watch(entries: list[tuple[dict | type, str]], lists: list[list]) -> None
// Remembers what each dictionary (or a type's own one) holds under that name, or that it holds
// nothing, and which objects each list holds. It is called once, in the zygote; the objects are
// kept forever, so that no others can be allocated at their addresses.
PyObject* WatchObjects(PyObject* module, PyObject* args);

// is_unchanged() -> bool
// Returns whether everything is unchanged; False before `watch` was called.
PyObject* IsUnchanged(PyObject* module, PyObject* unused);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_OBJECT_WATCH_H_
