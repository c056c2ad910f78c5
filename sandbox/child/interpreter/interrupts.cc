#define PY_SSIZE_T_CLEAN
#include <Python.h>
//
#include <signal.h>

#include "sandbox/child/interpreter/interrupts.h"

namespace carrel::child {
namespace {

// A raising handler is called once per pending signal. A timer may send signals faster than they
// are dropped; the rest then reaches the cell.
constexpr int kMostDropped = 8;
// The kernel's own code needs less. A lower limit would prevent every cell from starting, even one
// that would raise the limit.
constexpr int kLeastRecursionLimit = 200;

PyObject* g_nothing = nullptr;       // A Python function that does nothing.
PyObject* g_signal = nullptr;        // signal.signal
PyObject* g_getsignal = nullptr;     // signal.getsignal
PyObject* g_handler = nullptr;       // signal.default_int_handler
PyObject* g_interrupt = nullptr;     // SIGINT
void (*g_c_handler)(int) = nullptr;  // Python's C handler, shared by all signals.

bool HasHandler() {
  struct sigaction now;
  if (sigaction(SIGINT, nullptr, &now) != 0 || now.sa_handler != g_c_handler) return false;
  PyObject* handler = PyObject_CallOneArg(g_getsignal, g_interrupt);
  if (handler == nullptr) PyErr_Clear();
  Py_XDECREF(handler);
  return handler == g_handler;
}

PyObject* MakeNothing() {
  PyObject* names = PyDict_New();
  if (names == nullptr) return nullptr;
  PyObject* function = PyRun_String("lambda: None", Py_eval_input, names, names);
  Py_DECREF(names);
  return function;
}

}  // namespace

bool LearnInterruptHandler() {
  g_nothing = MakeNothing();
  PyObject* module = PyImport_ImportModule("_signal");
  if (module == nullptr) return false;
  g_signal = PyObject_GetAttrString(module, "signal");
  g_getsignal = PyObject_GetAttrString(module, "getsignal");
  g_handler = PyObject_GetAttrString(module, "default_int_handler");
  g_interrupt = PyLong_FromLong(SIGINT);
  Py_DECREF(module);
  struct sigaction now;
  if (g_nothing == nullptr || g_signal == nullptr || g_getsignal == nullptr ||
      g_handler == nullptr || g_interrupt == nullptr || sigaction(SIGINT, nullptr, &now) != 0)
    return false;
  g_c_handler = now.sa_handler;
  return HasHandler();
}

void RunSignalHandlers() {
  if (PyErr_CheckSignals() == 0) return;
  if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0)
    PyErr_Clear();
  else
    PyErr_WriteUnraisable(nullptr);
}

void DropLateInterrupts() {
  for (int i = 0; i < kMostDropped && PyErr_CheckSignals() != 0; ++i) PyErr_Clear();
  // The exception is dropped by raising it: when Python 3.11 is asked to clear it, it keeps the
  // flag that there is one, and checks for it forever at each instruction that may be interrupted.
  for (int i = 0; i < kMostDropped && PyThreadState_Get()->async_exc != nullptr; ++i) {
    PyObject* done = PyObject_CallNoArgs(g_nothing);
    Py_XDECREF(done);
    if (done == nullptr) PyErr_Clear();
  }
}

void PrepareForCell() {
  DropLateInterrupts();
  if (Py_GetRecursionLimit() < kLeastRecursionLimit) Py_SetRecursionLimit(kLeastRecursionLimit);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
  if (HasHandler()) return;
  PyObject* before = PyObject_CallFunctionObjArgs(g_signal, g_interrupt, g_handler, nullptr);
  if (before == nullptr) PyErr_Clear();
  Py_XDECREF(before);
}

}  // namespace carrel::child
