"""The leash: a launcher between the server and one command, so that the command never outlives the server.

    python -I -S leash.py LOG_FILE MAX_LOG_BYTES COMMAND [ARGUMENT ...]

It runs as a program of its own on the standard library alone (isolated and without `site`, it starts in about ten
milliseconds). stdin is a pipe from the server: `stop SECONDS` ends the command, and so does the pipe's end, which the
kernel delivers however the server died. stdout tells the server `started PID`, `failed REASON` and `ended CODE` (minus
the signal's number for a signal). The command's output goes through here into the log file, which keeps a chatty
program from filling the disk.

On Linux the leash is the reaper of its descendants, so that daemons which left the process group are found as well.
"""

import os
import select
import signal
import sys
import time

_ORPHAN_GRACE_S = 3.0  # between SIGTERM and SIGKILL when the server is gone and nobody said how long to wait
_READ_BYTES = 65536
_KILL_ROUNDS = 400  # of 5 ms: processes may fork while they are being killed
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class LogFile:
    """An append-only file (0600), rotated once to `<file>.1`; never more than `max_bytes` in both, 0 for no limit."""

    def __init__(self, path: str, max_bytes: int) -> None:
        self._path = path
        self._half = max_bytes // 2
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._fd).st_size

    def write(self, data: bytes) -> None:
        """Append; a full disk loses the lines and never stops the command."""
        try:
            if self._half and self._size and self._size + len(data) > self._half:
                self._rotate()
            self._size += os.write(self._fd, data)
        except OSError:
            return

    def close(self) -> None:
        """Nothing more is to come."""
        os.close(self._fd)

    def _rotate(self) -> None:
        os.replace(self._path, self._path + ".1")  # noqa: PTH105 - pathlib would double the start-up time
        full = self._fd
        self._open()
        os.close(full)


class Leash:
    """One command and everything it started."""

    def __init__(self, command: list[str], log: LogFile) -> None:
        self._log = log
        self._control = b""
        self._code: int | None = None
        self._kill_at: float | None = None
        self._wakeup, wakeup_write = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(wakeup_write, False)
        signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._stop(_ORPHAN_GRACE_S))
        self._output, output_write = os.pipe()
        os.set_blocking(self._output, False)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._pid = _spawn(command, output_write)
        os.close(output_write)
        self._poll = select.poll()
        for fd in (0, self._output, self._wakeup):
            self._poll.register(fd, select.POLLIN)

    def run(self) -> int:
        """Return the command's code once its whole tree has ended."""
        _tell(f"started {self._pid}")
        while not self._finished():
            for fd, _ in self._poll.poll(self._timeout_ms()):
                if fd == 0:
                    self._read_control()
                elif fd == self._output:
                    self._copy_output()
                else:
                    os.read(self._wakeup, _READ_BYTES)
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._kill()
            self._reap()
        self._kill()
        self._copy_output(to_the_end=True)
        assert self._code is not None
        return self._code

    def _finished(self) -> bool:
        """As in a container, the end of the first process ends the rest; only a stop gives the rest its grace."""
        return self._code is not None and (self._kill_at is None or not self._signal_tree(0))

    def _timeout_ms(self) -> float | None:
        if self._kill_at is None:
            return None
        # With the command gone, grandchildren end without telling us on systems that have no reaper.
        longest = 50.0 if self._code is not None else 1000.0
        return min(longest, max(0.0, (self._kill_at - time.monotonic()) * 1000 + 1))

    def _read_control(self) -> None:
        data = os.read(0, _READ_BYTES)
        if not data:
            self._poll.unregister(0)
            self._stop(_ORPHAN_GRACE_S)
            return
        *lines, self._control = (self._control + data).split(b"\n")
        for line in lines:
            self._stop(float(line.removeprefix(b"stop ")))

    def _stop(self, grace_s: float) -> None:
        deadline = time.monotonic() + grace_s
        if self._kill_at is None:
            self._signal_tree(signal.SIGTERM)
        self._kill_at = min(self._kill_at or deadline, deadline)

    def _kill(self) -> None:
        for _ in range(_KILL_ROUNDS):
            self._reap()
            if not self._signal_tree(signal.SIGKILL):
                return
            time.sleep(0.005)

    def _signal_tree(self, number: int) -> int:
        """Signal every living descendant (0 only looks); how many there were."""
        found = 0
        for pid in _descendants(self._pid):
            try:
                os.kill(pid, number)
                found += 1
            except (ProcessLookupError, PermissionError):  # one that is not ours cannot be waited for
                continue
        return found

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid:
                self._code = os.waitstatus_to_exitcode(status)

    def _copy_output(self, to_the_end: bool = False) -> None:
        while True:
            try:
                data = os.read(self._output, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                if not to_the_end:
                    self._poll.unregister(self._output)
                return
            self._log.write(data)
            if not to_the_end:
                return  # one block a turn, so that a flood of output cannot hold up a stop


def _spawn(command: list[str], output: int) -> int:
    """Fork and execute; the child's failure to execute comes back through a pipe and is raised here as OSError."""
    report, report_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # somebody may kill the leash itself
            for inherited in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM):
                signal.signal(inherited, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.execvp(command[0], command)
        except OSError as error:
            os.write(report_write, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(report_write)
    failure = os.read(report, 16)
    os.close(report)
    if failure:
        number = int(failure)
        raise OSError(number, os.strerror(number), command[0])
    return pid


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere the process group and parents are all there is to go by."""
    if sys.platform != "linux":
        return
    import ctypes  # here, because nothing else needs its import time

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _descendants(group: int) -> set[int]:
    """Every living process of the group, and every living process under this one."""
    children: dict[int, list[int]] = {}
    found: set[int] = set()
    for pid, parent, its_group in _living():
        children.setdefault(parent, []).append(pid)
        if its_group == group:
            found.add(pid)
    generation = [os.getpid(), *found]
    while generation:
        generation = [pid for parent in generation for pid in children.get(parent, ())]
        found.update(generation)
    return found


def _living() -> list[tuple[int, int, int]]:
    """Process id, parent and process group of every process that is not a zombie."""
    if not os.path.isdir("/proc/self"):  # noqa: PTH112 - as above
        with os.popen("ps -A -o pid=,ppid=,pgid=,stat=") as listing:
            rows = [line.split() for line in listing]
        return [(int(pid), int(parent), int(group)) for pid, parent, group, state in rows if state[0] != "Z"]
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - as above
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123 - as above
                    state, parent, group = stat.read().rpartition(b")")[2].split()[:3]
            except OSError:  # ended meanwhile
                continue
            if state != b"Z":
                found.append((int(name), int(parent), int(group)))
    return found


def _tell(line: str) -> None:
    try:
        os.write(1, line.encode() + b"\n")
    except OSError:  # the server is gone; its end of stdin says so
        return


def main() -> None:
    """Run the command of the argument list."""
    log_file, max_bytes, *command = sys.argv[1:]
    try:
        leash = Leash(command, LogFile(log_file, int(max_bytes)))
    except OSError as error:
        _tell(f"failed {error.strerror}: {error.filename}")
        return
    _tell(f"ended {leash.run()}")


if __name__ == "__main__":
    main()
