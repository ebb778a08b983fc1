"""Reads what `strace -f -yy` wrote: each system call with the moments at which it began and at which it returned.

A moment is the number of a line. strace stops a thread before a call and after it, and writes a line at each stop
before the thread may go on; so a call whose line says that it began had not begun when an earlier line was written.
"""

import re
import time

BEGAN = re.compile(r"^(\d+) +(?:[\d:.]+ )?(\w+)\((.*)$", re.S)
RESUMED = re.compile(r"^(\d+) +(?:[\d:.]+ )?<\.\.\. (\w+) resumed>(.*)$", re.S)
RETURNED = re.compile(r"\) += (-?\d+|\?)(.*)$", re.S)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?', re.S)
ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{2}|.)", re.S)
PLAIN = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f", '"': '"', "\\": "\\"}


class Call:
    """One system call."""

    def __init__(self, thread, name, began):
        self.thread, self.name, self.began = thread, name, began
        self.text, self.returned, self.result, self.note = "", None, None, ""
        self.bytes = None

    @property
    def target(self):
        """What the first argument's descriptor is, as strace says it: a path, or `TCP:[from->to]`."""
        found = re.match(r"-?\d+<(.*?)>(?:,|$|\))", self.text, re.S)
        return found.group(1) if found else ""

    @property
    def injected(self):
        return "INJECTED" in self.note

    def sent(self):
        """The bytes that a write took: as many of its buffers as it says."""
        if self.bytes is not None:
            return self.bytes
        whole = b""
        for text, cut in STRING.findall(self.text.split(">", 1)[1]):
            if cut:
                raise ValueError(f"line {self.began}: a buffer was not written out whole; raise strace's -s")
            whole += unescape(text)
        self.bytes = whole[: max(self.result or 0, 0)]
        return self.bytes


class Answer:
    """An answer that left: when its first byte was given to the kernel, and when its request had been read."""

    def __init__(self, began, read, found=None):
        self.began, self.read, self.id = began, read, found


def answers(all_calls, port):
    """The records of application data that went out to the client at `port`, in order. TLS 1.2 only: see `order`."""
    out, origin, reads, found = b"", [], [], []
    for call in all_calls:
        if call.target.startswith("TCP") and call.target.endswith(f":{port}]") and (call.result or 0) > 0:
            if call.name in WRITES:
                origin.append((len(out), call.began))
                out += call.sent()
            elif call.name in READS:
                reads.append(call.returned)
    at = 0
    while at + 5 <= len(out):
        if out[at] == APPLICATION_DATA:
            began = max(moment for offset, moment in origin if offset <= at)
            found.append(Answer(began, max((moment for moment in reads if moment < began), default=0)))
        at += 5 + int.from_bytes(out[at + 3 : at + 5], "big")
    return found


READS = {"read", "readv", "recvfrom", "recvmsg"}
WRITES = {"write", "writev", "sendto", "sendmsg"}
APPLICATION_DATA = 23


def wait_for_end(path, pid, within=30):
    """Until the end of the process `pid` stands in the trace: strace, beside it, writes that last."""
    last = re.compile(rb"^%d +(?:[\d:.]+ )?\+\+\+ (?:exited|killed)" % pid, re.M)
    end = time.monotonic() + within
    while time.monotonic() < end:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            if last.search(file.read()):
                return
        time.sleep(0.05)
    raise TimeoutError(f"{path} does not end")


def unescape(text):
    def one(found):
        code = found.group(1)
        if code[0] in "01234567":
            return chr(int(code, 8))
        return chr(int(code[1:], 16)) if code[0] == "x" else PLAIN[code]

    if not text.replace("\\0", ""):
        return bytes(len(text) // 2)
    return ESCAPE.sub(one, text).encode("latin-1")


def calls(path):
    """All calls, in the order in which they began."""
    found, waiting = [], {}
    with open(path, encoding="latin-1", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if match := RESUMED.match(line):
                call = waiting.pop(match.group(1), None)
                if call is None:
                    continue
                call.text += match.group(3)
            elif match := BEGAN.match(line):
                call = Call(match.group(1), match.group(2), number)
                found.append(call)
                call.text = match.group(3)
                if call.text.endswith("<unfinished ...>"):
                    call.text = call.text.removesuffix("<unfinished ...>")
                    waiting[call.thread] = call
                    continue
            else:
                continue
            if end := RETURNED.search(call.text):
                call.returned, call.note = number, end.group(2)
                call.result = None if end.group(1) == "?" else int(end.group(1))
                call.text = call.text[: end.start()].rstrip()
    return found
