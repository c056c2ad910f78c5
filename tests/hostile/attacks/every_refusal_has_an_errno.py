"""Calls every number there is, but for those that are allowed: none may look successful. Inert arguments.

attack: 7
guarantee: G6
observed: {"looks successful": []}
"""

from kit import *

REFUSED = """connect accept bind listen setsockopt shmget shmat shmctl semget semop semctl shmdt msgget msgsnd
msgrcv msgctl chown fchown lchown syslog setreuid setregid setresgid setfsuid setfsgid
sched_setparam sched_setscheduler rt_sigqueueinfo rt_tgsigqueueinfo mbind set_mempolicy migrate_pages move_pages
mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr vmsplice tee splice sched_setattr
process_mrelease process_madvise fchownat memfd_create memfd_secret execveat setxattr fsetxattr removexattr
sendmmsg name_to_handle_at set_thread_area fchmodat2 cachestat statmount listmount lsm_set_self_attr
setxattrat open_tree_attr file_setattr map_shadow_stack""".split()
answers = {name: in_child(syscall, name, -1, -1, -1, -1, -1) for name in REFUSED}
report(
    {"looks successful": [n for n, a in answers.items() if a in ("OK", "errno 0", "nothing")]},
    syscall("getpid") == "OK",
)
