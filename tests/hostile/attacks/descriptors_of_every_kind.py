"""Floods with timers, events, signals, watches and processes by descriptor: each kind until it is refused.

attack: 47
guarantee: G7
limits: {"open_file_count": 256}
observed: {"eventfd": "EMFILE", "timerfd": "EMFILE", "signalfd": "EMFILE", "epoll": "EMFILE", "pidfd": "EMFILE", "inotify": "ENOSYS"}
observed.container: {"eventfd": "EMFILE", "timerfd": "EMFILE", "signalfd": "EMFILE", "epoll": "EMFILE", "pidfd": "refused", "inotify": "ENOSYS"}
observed.restricted: {"eventfd": "EMFILE", "timerfd": "EMFILE", "signalfd": "EMFILE", "epoll": "EMFILE", "pidfd": "refused", "inotify": "ENOSYS"}
"""

from kit import *

MAKERS = {
    "eventfd": lambda: os.eventfd(0),
    "timerfd": lambda: libc.timerfd_create(1, 0),
    "signalfd": lambda: libc.signalfd(-1, ctypes.byref(ctypes.c_ulonglong(0)), 0),
    "epoll": lambda: libc.epoll_create1(0),
    "pidfd": lambda: os.pidfd_open(os.getpid()),
    "inotify": lambda: libc.inotify_init(),
}


def flood(make):
    opened = []
    try:
        for _ in range(1000):
            ctypes.set_errno(0)
            descriptor = make()
            if descriptor < 0:
                return errno.errorcode[ctypes.get_errno()]
            opened.append(descriptor)
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return "nothing"


report({name: flood(make) for name, make in MAKERS.items()}, attempt(os.eventfd, 0) == "OK")
