#include "sandbox/child/interpreter/carrel_module.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/child/confine/fresh_memory.h"
#include "sandbox/child/interpreter/object_watch.h"
#include "sandbox/ipc/frame_limits.h"

namespace carrel::child {
namespace {

// The module's state. A process has one interpreter, so a file-level pointer serves as a PyModule
// state would.
FrameChannel* g_channel = nullptr;

// Sends without the GIL, because the socket may be full.
bool Send(internal::GuestFrame* frame) {
  bool ok;
  Py_BEGIN_ALLOW_THREADS;
  ok = g_channel->Send(frame);
  Py_END_ALLOW_THREADS;
  return ok;
}

PyObject* HostGone() {
  errno = EPIPE;
  return PyErr_SetFromErrno(PyExc_OSError);
}

// Writes to stdout's or stderr's pipe, to which a fork of the interpreter (multiprocessing) prints.
PyObject* WriteToPipe(bool is_stderr, std::string_view text) {
  int fd = is_stderr ? STDERR_FILENO : STDOUT_FILENO;
  while (!text.empty()) {
    ssize_t n;
    Py_BEGIN_ALLOW_THREADS;
    n = write(fd, text.data(), text.size());
    Py_END_ALLOW_THREADS;
    if (n < 0 && errno == EINTR) {
      if (PyErr_CheckSignals() != 0) return nullptr;
      continue;
    }
    if (n < 0) return PyErr_SetFromErrno(PyExc_OSError);
    text.remove_prefix(static_cast<size_t>(n));
  }
  Py_RETURN_NONE;
}

// Prints text; returns a new reference to None, or null with an error set.
PyObject* Print(bool is_stderr, std::string_view text) {
  if (g_channel == nullptr || text.empty()) Py_RETURN_NONE;
  if (!g_channel->IsOwner()) return WriteToPipe(is_stderr, text);
  const FrameChannel::Printed printed = g_channel->TryPrint(is_stderr, text);
  if (printed == FrameChannel::Printed::kDone) Py_RETURN_NONE;
  bool ok;
  Py_BEGIN_ALLOW_THREADS;
  ok = printed == FrameChannel::Printed::kMustNotify ? g_channel->Notify()
                                                     : g_channel->Print(is_stderr, text);
  Py_END_ALLOW_THREADS;
  return ok ? Py_NewRef(Py_None) : HostGone();
}

// write(is_stderr: bool, data: bytes) -> None
PyObject* Write(PyObject*, PyObject* args) {
  int is_stderr;
  Py_buffer buffer;
  if (!PyArg_ParseTuple(args, "py*", &is_stderr, &buffer)) return nullptr;
  PyObject* result = Print(is_stderr != 0,
                           {static_cast<const char*>(buffer.buf), static_cast<size_t>(buffer.len)});
  PyBuffer_Release(&buffer);
  return result;
}

// The writers' `self` is True for stderr.
PyObject* WriteText(PyObject* is_stderr, PyObject* text) {
  if (!PyUnicode_Check(text)) {
    return PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.100s",
                        Py_TYPE(text)->tp_name);
  }
  PyObject* done = nullptr;
  if (PyUnicode_IS_READY(text) && PyUnicode_IS_COMPACT_ASCII(text)) {
    done = Print(is_stderr == Py_True, {static_cast<const char*>(PyUnicode_DATA(text)),
                                        static_cast<size_t>(PyUnicode_GET_LENGTH(text))});
  } else if (PyObject* bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace")) {
    done = Print(is_stderr == Py_True,
                 {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))});
    Py_DECREF(bytes);
  }
  if (done == nullptr) return nullptr;
  Py_DECREF(done);
  return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

PyMethodDef kWriteText = {"write", WriteText, METH_O, "write(text: str) -> int"};

// text_writer(is_stderr: bool) -> Callable[[str], int]
PyObject* TextWriter(PyObject*, PyObject* is_stderr) {
  return PyCFunction_New(&kWriteText, PyObject_IsTrue(is_stderr) == 1 ? Py_True : Py_False);
}

// flush() -> None
PyObject* Flush(PyObject*, PyObject*) {
  bool ok = true;
  if (g_channel != nullptr && g_channel->IsOwner()) {
    Py_BEGIN_ALLOW_THREADS;
    ok = g_channel->Flush();
    Py_END_ALLOW_THREADS;
  }
  return ok ? Py_NewRef(Py_None) : HostGone();
}

// The state of a Mersenne Twister (numpy/random/src/mt19937/mt19937.h).
struct RandomState {
  uint32_t key[624];
  int pos;
};
// The state of NumPy's legacy generator; null if there is none. Set in the zygote.
RandomState* g_random_state = nullptr;

// set_random_state(address: int) -> None
PyObject* SetRandomState(PyObject*, PyObject* address) {
  g_random_state = static_cast<RandomState*>(PyLong_AsVoidPtr(address));
  if (PyErr_Occurred() != nullptr) return nullptr;
  Py_RETURN_NONE;
}

// reseed() -> None
PyObject* Reseed(PyObject*, PyObject*) {
  if (g_random_state == nullptr) Py_RETURN_NONE;
  auto* bytes = reinterpret_cast<char*>(g_random_state->key);
  for (size_t done = 0; done < sizeof(g_random_state->key);) {
    ssize_t n = getrandom(bytes + done, sizeof(g_random_state->key) - done, 0);
    if (n < 0 && errno != EINTR) return PyErr_SetFromErrno(PyExc_OSError);
    if (n > 0) done += static_cast<size_t>(n);
  }
  g_random_state->key[0] |= 1;  // A state of zeros would remain zero.
  g_random_state->pos = 624;    // The key is used up: the next draw makes new numbers.
  Py_RETURN_NONE;
}

// A directory with links to files of the image.
struct LinkFolder {
  std::string path;
  std::vector<std::pair<std::string, std::string>> links;  // Target and path.
};

// The directory to make, or null. Set in the zygote.
const LinkFolder* g_link_folder = nullptr;

// set_links(folder: str, links: list[tuple[str, str]]) -> None
PyObject* SetLinks(PyObject*, PyObject* args) {
  const char *path, *target, *link;
  PyObject* links;
  if (!PyArg_ParseTuple(args, "sO!", &path, &PyList_Type, &links)) return nullptr;
  auto folder = std::make_unique<LinkFolder>();
  folder->path = path;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(links); ++i) {
    if (!PyArg_ParseTuple(PyList_GET_ITEM(links, i), "ss", &target, &link)) return nullptr;
    folder->links.emplace_back(target, link);
  }
  g_link_folder = folder.release();
  Py_RETURN_NONE;
}

PyObject* CannotMake(const std::string& path) {
  return PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.c_str());
}

// make_links() -> None
PyObject* MakeLinks(PyObject*, PyObject*) {
  if (g_link_folder == nullptr) Py_RETURN_NONE;
  if (mkdir(g_link_folder->path.c_str(), 0777) != 0 && errno != EEXIST)
    return CannotMake(g_link_folder->path);
  for (const auto& [target, link] : g_link_folder->links)
    if (symlink(target.c_str(), link.c_str()) != 0 && errno != EEXIST) return CannotMake(link);
  Py_RETURN_NONE;
}

// take_free_memory() -> None
PyObject* TakeFree(PyObject*, PyObject*) {
  TakeFreeMemory();
  Py_RETURN_NONE;
}

// The maximum length of a MIME type or display id; RFC 6838 allows 255 for the former.
constexpr size_t kMaxNameBytes = 1 << 10;
constexpr size_t kMaxMetadataBytes = 64 << 10;

// Held while a bundle is sent: without it, bundles of two threads would mix. Not a std::mutex: a
// guest's fork, which does not use it, may copy it in a locked state.
pthread_mutex_t g_bundle_mutex = PTHREAD_MUTEX_INITIALIZER;

// A representation; it refers to memory of the Python objects that were passed to the call.
struct Representation {
  std::string_view mime_type, data;
};

// Sends one representation in parts. `last` marks the end of the bundle.
bool SendRepresentation(Representation representation, const internal::DisplayPart* last) {
  std::string_view data = representation.data;
  bool first = true;
  do {
    std::string_view part = data.substr(0, kMaxPartBytes);
    data.remove_prefix(part.size());
    internal::GuestFrame frame;
    if (last != nullptr && data.empty()) *frame.mutable_display() = *last;
    if (first)
      frame.mutable_display()->set_mime_type(representation.mime_type.data(),
                                             representation.mime_type.size());
    frame.mutable_display()->set_data(part.data(), part.size());
    if (!g_channel->Send(&frame)) return false;
    first = false;
  } while (!data.empty());
  return true;
}

// Sends without the GIL, because the socket may be full.
bool SendBundle(const std::vector<Representation>& bundle, const internal::DisplayPart& last) {
  bool ok = true;
  Py_BEGIN_ALLOW_THREADS;
  pthread_mutex_lock(&g_bundle_mutex);
  for (size_t i = 0; ok && i < bundle.size(); ++i)
    ok = SendRepresentation(bundle[i], i + 1 == bundle.size() ? &last : nullptr);
  pthread_mutex_unlock(&g_bundle_mutex);
  Py_END_ALLOW_THREADS;
  return ok;
}

// display(bundle: tuple[tuple[str, bytes], ...], is_result: bool, display_id: str,
//         update: bool, metadata_json: str) -> None
PyObject* Display(PyObject*, PyObject* args) {
  PyObject* tuple;  // It is immutable, so no thread changes it while it is sent.
  int is_result, update;
  const char *display_id, *metadata;
  if (!PyArg_ParseTuple(args, "O!psps", &PyTuple_Type, &tuple, &is_result, &display_id, &update,
                        &metadata))
    return nullptr;
  if (g_channel == nullptr || !g_channel->IsOwner()) Py_RETURN_NONE;
  internal::DisplayPart last;
  last.set_last(true);
  last.set_is_result(is_result != 0);
  last.set_update(update != 0);
  // Strings that do not fit beside a part of the data are not sent: the size of a frame is limited.
  if (strlen(display_id) <= kMaxNameBytes) last.set_display_id(display_id);
  if (strlen(metadata) <= kMaxMetadataBytes) last.set_metadata_json(metadata);
  std::vector<Representation> bundle(static_cast<size_t>(PyTuple_GET_SIZE(tuple)));
  for (size_t i = 0; i < bundle.size(); ++i) {
    const char *mime_type, *data;
    Py_ssize_t mime_size, data_size;
    PyObject* item = PyTuple_GET_ITEM(tuple, static_cast<Py_ssize_t>(i));
    if (!PyArg_ParseTuple(item, "s#y#", &mime_type, &mime_size, &data, &data_size)) return nullptr;
    bundle[i] = {{mime_type, std::min(static_cast<size_t>(mime_size), kMaxNameBytes)},
                 {data, static_cast<size_t>(data_size)}};
  }
  return SendBundle(bundle, last) ? Py_NewRef(Py_None) : HostGone();
}

// clear_output(wait: bool) -> None
PyObject* ClearOutput(PyObject*, PyObject* wait) {
  const int is_true = PyObject_IsTrue(wait);
  if (is_true < 0) return nullptr;
  if (g_channel == nullptr || !g_channel->IsOwner()) Py_RETURN_NONE;
  internal::GuestFrame frame;
  frame.mutable_clear()->set_wait(is_true != 0);
  return Send(&frame) ? Py_NewRef(Py_None) : HostGone();
}

// error(type: bytes, message: bytes, traceback: bytes, limit: int) -> None
PyObject* Error(PyObject*, PyObject* args) {
  const char *type, *message, *traceback;
  Py_ssize_t type_size, message_size, traceback_size;
  int limit;
  if (!PyArg_ParseTuple(args, "y#y#y#i", &type, &type_size, &message, &message_size, &traceback,
                        &traceback_size, &limit))
    return nullptr;
  if (g_channel == nullptr || !g_channel->IsOwner()) Py_RETURN_NONE;
  internal::GuestFrame frame;
  internal::PythonError* error = frame.mutable_error();
  auto bounded = [](Py_ssize_t size, size_t most) {
    return std::min(static_cast<size_t>(size), most);
  };
  error->set_type(type, bounded(type_size, 1 << 10));
  error->set_message(message, bounded(message_size, 64 << 10));
  error->set_traceback(traceback, bounded(traceback_size, 256 << 10));
  if (internal::PythonError::Limit_IsValid(limit))
    error->set_limit(static_cast<internal::PythonError::Limit>(limit));
  if (!Send(&frame)) return HostGone();
  Py_RETURN_NONE;
}

// is_owner() -> bool: false in forks of the interpreter.
PyObject* IsOwner(PyObject*, PyObject*) {
  return PyBool_FromLong(g_channel == nullptr || g_channel->IsOwner());
}

// The function to call before the interpreter waits for a frame; null if there is none.
PyObject* g_idle = nullptr;

// set_idle(function: Callable[[bool], int]) -> None
PyObject* SetIdle(PyObject*, PyObject* function) {
  Py_XSETREF(g_idle, Py_NewRef(function));
  Py_RETURN_NONE;
}

PyMethodDef kMethods[] = {
    {"write", Write, METH_VARARGS, "write(is_stderr: bool, data: bytes) -> None"},
    {"display", Display, METH_VARARGS,
     "display(bundle: tuple[tuple[str, bytes], ...], is_result: bool, display_id: str, "
     "update: bool, metadata_json: str) -> None"},
    {"clear_output", ClearOutput, METH_O, "clear_output(wait: bool) -> None"},
    {"text_writer", TextWriter, METH_O, "text_writer(is_stderr: bool) -> Callable[[str], int]"},
    {"set_random_state", SetRandomState, METH_O, "set_random_state(address: int) -> None"},
    {"reseed", Reseed, METH_NOARGS, "reseed() -> None"},
    {"set_links", SetLinks, METH_VARARGS,
     "set_links(folder: str, links: list[tuple[str, str]]) -> None"},
    {"make_links", MakeLinks, METH_NOARGS, "make_links() -> None"},
    {"take_free_memory", TakeFree, METH_NOARGS, "take_free_memory() -> None"},
    {"flush", Flush, METH_NOARGS, "flush() -> None"},
    {"is_owner", IsOwner, METH_NOARGS, "is_owner() -> bool"},
    {"set_idle", SetIdle, METH_O, "set_idle(function: Callable[[bool], int]) -> None"},
    {"watch", WatchObjects, METH_VARARGS,
     "watch(entries: list[tuple[dict | type, str]], lists: list[list]) -> None"},
    {"is_unchanged", IsUnchanged, METH_NOARGS, "is_unchanged() -> bool"},
    {"error", Error, METH_VARARGS,
     "error(type: bytes, message: bytes, traceback: bytes, limit: int) -> None"},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef kModule = {PyModuleDef_HEAD_INIT,
                       "_carrel",
                       "The way from the kernel to the host.",
                       -1,
                       kMethods,
                       nullptr,
                       nullptr,
                       nullptr,
                       nullptr};

PyObject* InitModule() { return PyModule_Create(&kModule); }

}  // namespace

bool RegisterCarrelModule() { return PyImport_AppendInittab("_carrel", &InitModule) == 0; }

void SetCarrelChannel(FrameChannel* channel) { g_channel = channel; }

PyObject* IdleFunction() { return g_idle; }

}  // namespace carrel::child
