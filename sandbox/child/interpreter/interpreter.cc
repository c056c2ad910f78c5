#define PY_SSIZE_T_CLEAN
#include <Python.h>
//
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sandbox/child/interpreter/abort_notice.h"
#include "sandbox/child/interpreter/carrel_module.h"
#include "sandbox/child/interpreter/frame_channel.h"
#include "sandbox/child/interpreter/interpreter.h"
#include "sandbox/child/interpreter/interrupts.h"
#include "sandbox/child/interpreter/kernel_source.h"

namespace carrel::child {
namespace {

// The kernel's functions, looked up before any guest code runs, so that changes by a guest to
// module dictionaries do not affect them.
struct Kernel {
  PyObject* start_session = nullptr;
  PyObject* run_cell = nullptr;
  PyObject* report = nullptr;
};
Kernel g_kernel;

// The maximum number of calls of `report` for one cell: each may be interrupted as the cell was.
constexpr int kMostReports = 3;
// The number of failed calls of the kernel's idle function after which the interpreter waits
// without it.
constexpr int kMostIdleFailures = 100;

// Returns the pending exception as text and clears it.
std::string TakeError() {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  std::string text = "unknown Python error";
  if (PyObject* module = PyImport_ImportModule("traceback")) {
    PyObject* lines = PyObject_CallMethod(module, "format_exception", "OOO", type ? type : Py_None,
                                          value ? value : Py_None, traceback ? traceback : Py_None);
    PyObject* empty = PyUnicode_FromString("");
    PyObject* joined =
        lines != nullptr && empty != nullptr ? PyUnicode_Join(empty, lines) : nullptr;
    if (joined != nullptr && PyUnicode_AsUTF8(joined) != nullptr) text = PyUnicode_AsUTF8(joined);
    Py_XDECREF(joined);
    Py_XDECREF(empty);
    Py_XDECREF(lines);
    Py_DECREF(module);
  }
  PyErr_Clear();
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  return text;
}

std::string InitializePython(const std::string& program) {
  if (!RegisterCarrelModule()) return "cannot register the module _carrel";
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.parse_argv = 0;
  config.install_signal_handlers = 1;
  // Python starts as that program would: site finds pyvenv.cfg beside it.
  PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, program.c_str());
  if (!PyStatus_Exception(status))
    status = PyConfig_SetBytesString(&config, &config.executable, program.c_str());
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status))
    return std::string("cannot start Python: ") + (status.err_msg ? status.err_msg : "exit");
  return "";
}

// Runs one of the kernel's files as a module of that name.
bool LoadModule(const char* name, const char* source) {
  PyObject* code = Py_CompileString(source, name, Py_file_input);
  if (code == nullptr) return false;
  PyObject* module = PyImport_ExecCodeModule(name, code);
  Py_DECREF(code);
  Py_XDECREF(module);
  return module != nullptr;
}

PyObject* ToList(const std::vector<std::string>& strings) {
  PyObject* list = PyList_New(static_cast<Py_ssize_t>(strings.size()));
  for (size_t i = 0; list != nullptr && i < strings.size(); ++i)
    PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), PyUnicode_FromString(strings[i].c_str()));
  return list;
}

bool PrepareKernel(const std::vector<std::string>& preload,
                   const std::vector<std::string>& warm_up) {
  for (const KernelModule& module : kKernelModules)
    if (!LoadModule(module.name, module.source)) return false;
  PyObject* kernel = PyImport_ImportModule("_carrel_kernel");
  if (kernel == nullptr) return false;
  g_kernel.start_session = PyObject_GetAttrString(kernel, "start_session");
  g_kernel.run_cell = PyObject_GetAttrString(kernel, "run_cell");
  g_kernel.report = PyObject_GetAttrString(kernel, "report");
  PyObject* done = PyObject_CallMethod(kernel, "prepare", "NN", ToList(preload), ToList(warm_up));
  Py_DECREF(kernel);
  Py_XDECREF(done);
  return done != nullptr && g_kernel.start_session != nullptr && g_kernel.run_cell != nullptr &&
         g_kernel.report != nullptr && LearnInterruptHandler();
}

PyObject* ToDict(const std::vector<std::pair<std::string, std::string>>& pairs) {
  PyObject* dict = PyDict_New();
  for (const auto& [name, value] : pairs) {
    PyObject* text = PyUnicode_DecodeFSDefault(value.c_str());
    if (dict != nullptr && text != nullptr) PyDict_SetItemString(dict, name.c_str(), text);
    Py_XDECREF(text);
  }
  return dict;
}

bool StartSession(const SessionPlan& plan) {
  PyObject* done = PyObject_CallFunction(g_kernel.start_session, "iN", plan.limits.cpu_count,
                                         ToDict(plan.environment));
  Py_XDECREF(done);
  return done != nullptr;
}

// Returns the pending exception, as a new reference, and clears it.
PyObject* TakeException() {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (value != nullptr && traceback != nullptr) PyException_SetTraceback(value, traceback);
  PyErr_Clear();
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return value;
}

// Reports the error without executing Python code, which could be interrupted again.
void SendBareError(FrameChannel* channel, PyObject* exception) {
  internal::GuestFrame frame;
  internal::PythonError* error = frame.mutable_error();
  error->set_type(exception != nullptr ? Py_TYPE(exception)->tp_name : "RuntimeError");
  error->set_message("raised when the cell had ended");
  channel->Send(&frame);
}

// Runs the cell; every way in which Python can end it fills in `done`.
void RunCell(FrameChannel* channel, const internal::RunCell& cell, internal::CellDone* done) {
  PrepareForCell();
  errno = 0;  // A refusal in an earlier cell is not the reason for which this one aborts.
  PyObject* code = PyUnicode_DecodeUTF8(cell.code().data(),
                                        static_cast<Py_ssize_t>(cell.code().size()), "strict");
  PyObject* result = code != nullptr ? PyObject_CallOneArg(g_kernel.run_cell, code) : nullptr;
  Py_XDECREF(code);
  PyObject* exception = nullptr;
  for (int i = 0; result == nullptr && i < kMostReports; ++i) {
    Py_XSETREF(exception, TakeException());
    DropLateInterrupts();
    if (exception != nullptr) result = PyObject_CallOneArg(g_kernel.report, exception);
  }
  int status = internal::CellDone::EXCEPTION, exit_code = 0;
  if (result == nullptr || PyArg_ParseTuple(result, "ii", &status, &exit_code) == 0)
    SendBareError(channel, exception);
  PyErr_Clear();
  Py_XDECREF(exception);
  Py_XDECREF(result);
  done->set_status(static_cast<internal::CellDone::Status>(status));
  done->set_exit_code(exit_code);
}

// Returns null if it cannot be mapped.
void* MapOutputRing() {
  void* ring =
      mmap(nullptr, kOutputRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED, kOutputRingFd, 0);
  close(kOutputRingFd);
  return ring == MAP_FAILED ? nullptr : ring;
}

bool SendReady(FrameChannel* channel) {
  internal::GuestFrame frame;
  frame.mutable_ready();
  return channel->Send(&frame);
}

// Lets the kernel do its work between cells. Returns the descriptor whose readability should wake
// it, or -1. `woken`: that descriptor has become readable.
int Idle(const FrameChannel& channel, bool woken) {
  for (int failures = 0; IdleFunction() != nullptr && failures < kMostIdleFailures; ++failures) {
    PyObject* function = Py_NewRef(IdleFunction());
    PyObject* answer = PyObject_CallOneArg(function, woken ? Py_True : Py_False);
    Py_DECREF(function);
    const long wake_fd = answer != nullptr ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    if (PyErr_Occurred() == nullptr)
      return wake_fd >= 0 && wake_fd <= INT_MAX ? static_cast<int>(wake_fd) : -1;
    // A task has raised an exception that ends a loop, or a late interrupt has arrived.
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0)
      PyErr_Clear();
    else
      PyErr_WriteUnraisable(nullptr);
    if (channel.IsReadable()) return -1;
  }
  return -1;
}

// Waits for the next cell with the GIL released: the guest's threads continue.
bool NextCell(FrameChannel* channel, internal::HostFrame* frame) {
  FrameChannel::Received had;
  int wake_fd = Idle(*channel, false);
  for (;;) {
    Py_BEGIN_ALLOW_THREADS;
    had = channel->Receive(frame, wake_fd);
    Py_END_ALLOW_THREADS;
    if (had == FrameChannel::Received::kSignal) RunSignalHandlers();
    if (had != FrameChannel::Received::kSignal && had != FrameChannel::Received::kWoken) break;
    wake_fd = Idle(*channel, had == FrameChannel::Received::kWoken);
  }
  return had == FrameChannel::Received::kFrame && frame->has_run_cell();
}

}  // namespace

std::string PrepareInterpreter(const std::string& python, const std::vector<std::string>& preload,
                               const std::vector<std::string>& warm_up) {
  PrepareAbortNotices();
  if (std::string error = InitializePython(python); !error.empty()) return error;
  return PrepareKernel(preload, warm_up) ? "" : TakeError();
}

std::string PythonVersion() {
  std::string version = Py_GetVersion();
  return version.substr(0, version.find(' '));
}

void BeforeFork() { PyOS_BeforeFork(); }
void AfterForkInZygote() { PyOS_AfterFork_Parent(); }

int RunInterpreter(const SessionPlan& plan) {
  PyOS_AfterFork_Child();
  void* ring = MapOutputRing();
  if (ring == nullptr) return 122;
  GiveAbortNotices(&static_cast<OutputRingHeader*>(ring)->no_memory);
  FrameChannel channel(kFrameFd, ring, kPipeWatchFd);
  // The output of C code should become visible when it is printed.
  setvbuf(stdout, nullptr, _IOLBF, 0);
  // The channel is not set yet: output of the warm-up run is not for the host.
  if (!StartSession(plan)) return 120;
  SetCarrelChannel(&channel);
  if (!SendReady(&channel)) return 0;
  internal::HostFrame frame;
  while (NextCell(&channel, &frame)) {
    channel.set_cell(frame.run_cell().cell());
    internal::GuestFrame answer;
    RunCell(&channel, frame.run_cell(), answer.mutable_done());
    fflush(stdout);
    // This is a fork that has reached the end of its parent's cell.
    if (!channel.IsOwner()) _exit(answer.done().exit_code());
    if (!channel.Send(&answer)) return 121;
  }
  return 0;
}

}  // namespace carrel::child
