#include "sandbox/child/interpreter/object_watch.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace carrel::child {
namespace {

struct Entry {
  PyObject* dict;
  PyObject* name;
  PyObject* value;  // Null if there was none.
};

struct List {
  PyObject* list;
  std::vector<PyObject*> items;
};

struct Watched {
  std::vector<Entry> entries;
  std::vector<List> lists;
};

// A process has one interpreter, so a file-level pointer serves as a PyModule state would.
const Watched* g_watched = nullptr;

PyObject* DictOf(PyObject* object) {
  if (PyType_Check(object)) return reinterpret_cast<PyTypeObject*>(object)->tp_dict;
  return PyDict_Check(object) ? object : nullptr;
}

bool AddEntry(PyObject* pair, Watched* watched) {
  PyObject *owner, *name;
  if (!PyArg_ParseTuple(pair, "OU", &owner, &name)) return false;
  PyObject* dict = DictOf(owner);
  if (dict == nullptr) {
    PyErr_SetString(PyExc_TypeError, "watch() takes dictionaries and types");
    return false;
  }
  PyObject* value = PyDict_GetItemWithError(dict, name);
  if (value == nullptr && PyErr_Occurred() != nullptr) return false;
  watched->entries.push_back({Py_NewRef(dict), Py_NewRef(name), Py_XNewRef(value)});
  return true;
}

bool AddList(PyObject* list, Watched* watched) {
  if (!PyList_Check(list)) {
    PyErr_SetString(PyExc_TypeError, "watch() takes lists");
    return false;
  }
  List added{Py_NewRef(list), {}};
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i)
    added.items.push_back(Py_NewRef(PyList_GET_ITEM(list, i)));
  watched->lists.push_back(std::move(added));
  return true;
}

bool IsAsBefore(const Entry& entry) {
  PyObject* value = PyDict_GetItemWithError(entry.dict, entry.name);
  if (value == nullptr) PyErr_Clear();
  return value == entry.value;
}

bool IsAsBefore(const List& list) {
  const auto size = static_cast<Py_ssize_t>(list.items.size());
  PyObject** items = reinterpret_cast<PyListObject*>(list.list)->ob_item;
  return PyList_GET_SIZE(list.list) == size && std::equal(items, items + size, list.items.begin());
}

}  // namespace

PyObject* WatchObjects(PyObject*, PyObject* args) {
  PyObject *entries, *lists;
  if (!PyArg_ParseTuple(args, "O!O!", &PyList_Type, &entries, &PyList_Type, &lists)) return nullptr;
  auto watched = std::make_unique<Watched>();
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(entries); ++i)
    if (!AddEntry(PyList_GET_ITEM(entries, i), watched.get())) return nullptr;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lists); ++i)
    if (!AddList(PyList_GET_ITEM(lists, i), watched.get())) return nullptr;
  g_watched = watched.release();
  Py_RETURN_NONE;
}

PyObject* IsUnchanged(PyObject*, PyObject*) {
  bool same = g_watched != nullptr;
  for (size_t i = 0; same && i < g_watched->entries.size(); ++i)
    same = IsAsBefore(g_watched->entries[i]);
  for (size_t i = 0; same && i < g_watched->lists.size(); ++i)
    same = IsAsBefore(g_watched->lists[i]);
  return PyBool_FromLong(same);
}

}  // namespace carrel::child
