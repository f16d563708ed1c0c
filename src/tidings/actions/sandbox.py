"""The program of an action's own process; it knows the standard library alone, and is started as a script.

It reads one line of JSON (the source, the function, its arguments, the limits), loads what an action may import, and then gives up
everything else: the kernel lets it compute, allocate, tell the time, read and write the pipes it was given, and end. Opening a file, a
socket or a process fails with EPERM, whatever the code does to get there. Only then is the action's own source read.

Over the pipes it asks its parent for HTTP requests, one line out and one line in, and says its result or what went wrong.
"""

import builtins
import ctypes
import json
import linecache
import os
import platform
import resource
import struct
import sys
import traceback
from typing import Any

MODULES = tuple(
    """
    _strptime base64 binascii bisect calendar collections collections.abc copy dataclasses datetime decimal enum fractions functools
    hashlib heapq hmac html itertools json locale math operator random re statistics string textwrap time typing unicodedata urllib.parse
    uuid encodings.ascii encodings.latin_1 encodings.idna stringprep
    """.split()  # noqa: SIM905
)
"""What is loaded beforehand; an action may import those without a ``_``, and nothing else."""
X86_64 = (
    0xC000003E,
    "0 1 3 5 8 9 10 11 12 13 14 15 24 25 28 35 39 60 96 98 100 131 186 201 202 219 228 229 230 231 273 318 334",
)
AARCH64 = (
    0xC00000B7,
    "63 64 57 80 62 222 226 215 214 134 135 139 124 216 233 101 172 93 169 165 153 132 178 98 128 113 114 115 94 99 278 293",
)
"""The architecture's number for the kernel, and its numbers of: read, write, close, fstat, lseek, mmap, mprotect, munmap, brk, signals,
sched_yield, mremap, madvise, sleeping, getpid, exit, telling the time and its costs, futex,
exit_group, set_robust_list, getrandom, rseq."""
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000


def main() -> None:
    """Run the action that the first line names."""
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    os.closerange(3, 1 << 20)  # whoever starts a process closes what it holds, unless another start comes in between
    asked = json.loads(inward.readline())
    names = ["json", *MODULES]
    for name in names:
        __import__(name)
    limit(asked["memory"], asked["seconds"])
    shut()
    sys.stdout = sys.stderr
    outward.write(json.dumps(attempt(asked, inward, outward)).encode() + b"\n")
    outward.flush()


def attempt(asked: Any, inward: Any, outward: Any) -> dict[str, Any]:
    """Run it; gives ``{"value": …}``, or ``{"reason": …, "detail": …}``."""
    file, source = asked["file"], asked["source"]
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # a fault shows its lines
    space = {"__name__": asked["module"], "__builtins__": offered()}
    try:
        exec(compile(source, file, "exec"), space)  # noqa: S102  (it is what this process is for)
        arguments = asked["arguments"] | ({"http": Http(inward, outward)} if asked["http"] else {})
        value = space[asked["function"]](**arguments)
    except MemoryError:
        return {"reason": f"it took more than {asked['memory'] >> 20} MB of memory"}
    except BaseException as fault:
        return told(fault, file)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as fault:
        return {"reason": f"what it returned is no JSON: {fault}"[:300]}
    return {"value": value}


def told(fault: BaseException, file: str) -> dict[str, Any]:
    """Say what went wrong and where; the traceback begins in the action's own file."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    own = [frame for frame in traceback.extract_tb(trace) if frame.filename == file]
    place = f"{file}:{own[-1].lineno}: " if own else ""
    words = "".join(traceback.format_exception_only(fault)).strip()
    lines = traceback.format_exception(type(fault), fault, trace, chain=False)
    return {"reason": f"{place}{words}"[:300], "detail": "".join(lines)[-3500:]}


def offered() -> dict[str, Any]:
    """The builtins of an action: imports are those that are allowed, with a plain word about all others."""
    allowed = sorted({name for name in MODULES if not name.startswith(("_", "encodings", "stringprep"))} | {"json"})
    roots = {name.partition(".")[0] for name in allowed}

    def importing(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if level or (name.partition(".")[0] not in roots and name not in MODULES):  # datetime itself asks for _strptime
            raise ImportError(f"an action can't import {name}; it may import {', '.join(allowed)}")
        return __import__(name, globals, locals, fromlist, level)

    hidden = ("open", "input", "breakpoint", "help", "exit", "quit")
    names = {name: value for name, value in vars(builtins).items() if name not in hidden}
    return names | {"__import__": importing}


class HttpError(Exception):
    """The request could not be made, or was not answered."""


class Answer:
    """What came back: ``status``, ``headers`` (names in lower case), ``text``, and `json`."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text

    def json(self) -> Any:
        """Read the text as JSON."""
        return _read(self.text)


class Http:
    """The guarded way out: the parent makes the requests."""

    def __init__(self, inward: Any, outward: Any) -> None:
        self._inward, self._outward = inward, outward
        self.Error = HttpError

    def request(self, method: str, url: str, *, headers: Any = None, json: Any = None, body: str = "") -> Answer:
        """Make a request, with ``json`` or a text as its ``body``; raises ``http.Error``."""
        asked = {"method": method, "url": url, "headers": dict(headers or {}), "body": body}
        if json is not None:
            asked |= {"body": _json(json), "type": "application/json"}
        self._outward.write(_json({"http": asked}).encode() + b"\n")
        self._outward.flush()
        answer = _read(self._inward.readline())
        if "error" in answer:
            raise HttpError(answer["error"])
        return Answer(answer["status"], answer["headers"], answer["text"])

    def get(self, url: str, **more: Any) -> Answer:
        """GET."""
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> Answer:
        """POST."""
        return self.request("POST", url, **more)


_json, _read = json.dumps, json.loads


def limit(memory: int, seconds: float) -> None:
    """Bound what it may take; it goes down with whoever started it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    processor = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))


def shut() -> None:
    """Give up everything but computing; raises OSError where this system can't."""
    machines = {"x86_64": X86_64, "AMD64": X86_64, "aarch64": AARCH64, "arm64": AARCH64}
    if sys.platform != "linux" or platform.machine() not in machines:
        raise OSError(f"actions run on Linux on x86-64 and ARM64; this is {sys.platform} on {platform.machine()}")
    architecture, calls = machines[platform.machine()]
    program = [_put(0x20, 4), _jump(0x15, architecture, 1, 0), _put(0x06, _KILL), _put(0x20, 0)]
    program += [_jump(0x35, 0x40000000, 0, 1), _put(0x06, _REFUSE)]  # numbers of another interface of the same machine
    for number in calls.split():
        program += [_jump(0x15, int(number), 0, 1), _put(0x06, _ALLOW)]
    program.append(_put(0x06, _REFUSE))
    code = ctypes.create_string_buffer(b"".join(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: SIGKILL
    for step in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(Program(len(program), ctypes.addressof(code))), 0, 0)):
        if library.prctl(*step):
            raise OSError(ctypes.get_errno(), "the kernel does not shut the action in (PR_SET_SECCOMP)")


def _put(code: int, value: int) -> bytes:
    return struct.pack("HBBI", code, 0, 0, value)


def _jump(code: int, value: int, true: int, false: int) -> bytes:
    return struct.pack("HBBI", code, true, false, value)


if __name__ == "__main__":
    main()
