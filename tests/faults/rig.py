"""What the fault tests share: the daemon, a client, the load, and the spool read as files.

The spool is read here by its format, not by the program under test, so that both must agree.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICE = os.environ.get("TRUST_SERVICE_BIN", os.path.join(ROOT, "target/release/trust-service"))
LOAD = os.environ.get("TRUST_LOAD_BIN", os.path.join(ROOT, "tests/load/target/release/trust-load"))

STATUS = "/v1/trust/status"
VALIDATE = "/v1/certificates/validate"


class Failed(Exception):
    """The test cannot go on."""


def arguments(about, port, **more):
    """The options of every script, and `more`: a default each, of the type that is asked for."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=port, help="where the daemon listens")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the run")
    for name, default in more.items():
        option = "--" + name.replace("_", "-")
        if isinstance(default, bool):
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=type(default), default=default)
    options = parser.parse_args()
    needed = [SERVICE] if "conns" not in more else [SERVICE, LOAD]
    for program in needed:
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is not there: build it, or set TRUST_SERVICE_BIN and TRUST_LOAD_BIN")
    os.nice(5)
    return options


class Scratch:
    """A fresh folder, which goes when all went well."""

    def __init__(self, name, keep):
        self.path = tempfile.mkdtemp(prefix=f"trust-faults-{name}-")
        self.keep = keep

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def end(self, good):
        if good and not self.keep:
            shutil.rmtree(self.path)
        else:
            print(f"kept: {self.path}")


class Verdicts:
    """One line for each case, and the exit code."""

    def __init__(self):
        self.bad = 0

    def say(self, good, case, text):
        self.bad += not good
        print(f"{'ok  ' if good else 'FAIL'}  {case:<34} {text}", flush=True)
        return good

    def code(self):
        return 1 if self.bad else 0


class Daemon:
    """`trust-service dev`, perhaps under strace, which then runs beside it and not above it."""

    def __init__(self, folder, port, strace=None, limit=None, outputs=None):
        self.folder, self.port = folder, port
        os.makedirs(folder, exist_ok=True)
        self.out, self.err = (outputs or folder) + ".out", (outputs or folder) + ".err"
        command = [SERVICE, "dev", "--dir", folder, "--listen", f"127.0.0.1:{port}"]
        if strace:
            # -D: the daemon is our child, so that its exit code is its own.
            command = ["strace", "-D", "-f", *strace, "--", *command]
        if limit:
            command = ["prlimit", f"--nofile={limit}", "--", *command]
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.pid = self.process.pid

    def serves(self, within=30):
        """Waits until it says that it serves. False where it ended before, or did neither."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if "serving on" in read(self.out):
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.01)
        return False

    def must_serve(self, within=30):
        if not self.serves(within):
            raise Failed(f"it does not serve: code {self.process.poll()}, {self.said()!r}")
        return self

    def said(self):
        return read(self.err).strip()

    def panicked(self):
        return "panicked" in self.said()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        return self.process.wait()

    def stop(self, within=60):
        """Asks it to end. Its code; none where it did not end in time and was killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    @property
    def spool(self):
        return spool_of(self.folder)


def spool_of(folder):
    return os.path.join(folder, "state/audit/spool")


class Gone(Exception):
    """The connection ended, or no answer came in time."""


class Client:
    """One connection that asks one thing at a time."""

    def __init__(self, daemon, timeout=10, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(os.path.join(daemon.folder, "ca.pem"))
        context.load_cert_chain(
            os.path.join(daemon.folder, "client.pem"), os.path.join(daemon.folder, "client.key")
        )
        if version:
            context.maximum_version = version
        self.rest = b""
        self.certificate = read_bytes(os.path.join(daemon.folder, "certificates/valid.cer"))
        try:
            plain = socket.create_connection(("127.0.0.1", daemon.port), timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.port = plain.getsockname()[1]
            self.socket = context.wrap_socket(plain, server_hostname="localhost")
        except OSError as error:
            raise Gone(str(error)) from error

    def ask(self, number=0, path=None):
        """Asks for the status, or every third time for a verdict. Gives the status and the Audit-Id."""
        head = "Host: localhost\r\n"
        if path or number % 3:
            request = f"GET {path or STATUS} HTTP/1.1\r\n{head}\r\n".encode()
        else:
            head += f"Content-Type: application/pkix-cert\r\nContent-Length: {len(self.certificate)}\r\n"
            request = f"POST {VALIDATE} HTTP/1.1\r\n{head}\r\n".encode() + self.certificate
        try:
            self.socket.sendall(request)
            return self.answer()
        except OSError as error:
            raise Gone(str(error)) from error

    def answer(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        length = int(fields.get("content-length", 0))
        while len(self.rest) < length:
            self.more()
        self.body, self.rest = self.rest[:length], self.rest[length:]
        return int(lines[0].split(" ")[1]), fields.get("audit-id")

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise Gone("closed")
        self.rest += piece

    def close(self):
        self.socket.close()


def asks_until(daemon, within=15):
    """Asks on new connections until an answer comes. Its Audit-Id, and after how many seconds; or none."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        try:
            client = Client(daemon, timeout=3)
            status, found = client.ask(1)
            client.close()
            if status == 200:
                return found, time.monotonic() - began
        except Gone:
            pass
        time.sleep(0.05)
    return None, within


def ask_in_turn(daemon, clients, requests):
    """Each of some connections asks so often, one thing at a time, over TLS 1.2. The Audit-Ids that came, by port."""
    received = {}

    def ask():
        client = Client(daemon, timeout=60, version=ssl.TLSVersion.TLSv1_2)
        received[client.port] = [client.ask(number)[1] for number in range(requests)]
        client.close()

    together([ask] * clients)
    return received


def together(bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def nearly_full(folder, port, conns, left):
    """A daemon's folder whose one segment has less than `left` bytes to go. The daemon has ended."""
    daemon = Daemon(folder, port).must_serve()
    segment = os.path.join(daemon.spool, segments(daemon.spool)[0])
    size = os.path.getsize(segment)

    def room():
        return size - len(read_bytes(segment).rstrip(b"\0"))

    filling = Load(daemon, folder + ".acks", conns, rate=2000)
    while room() > 400_000:
        time.sleep(0.02)
    filling.end()
    client = Client(daemon)
    while room() > left:
        client.ask(1)
    client.close()
    if daemon.stop() != 0 or len(segments(daemon.spool)) != 1:
        raise Failed("the segment was not left nearly full")
    return folder


class Load:
    """`trust-load keepalive`, twice: most connections ask for the status and a quarter for verdicts."""

    def __init__(self, daemon, acks, conns=64, seconds=600, rate=None):
        folder = daemon.folder
        common = [LOAD, "keepalive", "--connect", f"127.0.0.1:{daemon.port}"]
        common += ["--cert", f"{folder}/client.pem", "--key", f"{folder}/client.key"]
        common += ["--warmup", "0", "--duration", str(seconds), "--ack-log", acks]
        asked = [
            (conns - conns // 4, 3, ["--path", STATUS]),
            (conns // 4, 1, ["--path", VALIDATE, "--method", "POST", "--content-type", "application/pkix-cert",
                             "--body", f"{folder}/certificates/valid.cer"]),
        ]
        self.processes = []
        for count, quarters, more in asked:
            if rate:
                more = [*more, "--rate", str(max(1, rate * quarters // 4))]
            self.processes.append(subprocess.Popen(
                [*common, "--conns", str(count), *more],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            ))

    def end(self):
        """Ends it; what was received by now is in the log."""
        for process in self.processes:
            process.kill()
            process.communicate()

    def reports(self):
        """Waits for its own end."""
        return [json.loads(process.communicate()[0]) for process in self.processes]


def batches(daemon, lines, outs, seconds):
    """Sends the file of lines as batches, one after the other for each of `outs`, which get the answers of the first."""
    folder, end = daemon.folder, time.monotonic() + seconds
    reports = []

    def run(out):
        command = [LOAD, "batch", "--connect", f"127.0.0.1:{daemon.port}", "--cert", f"{folder}/client.pem"]
        command += ["--key", f"{folder}/client.key", "--path", "/v1/certificates/validate-batch", "--method", "POST"]
        command += ["--content-type", "application/x-ndjson", "--body", lines, "--timeout", "60", "--out"]
        while time.monotonic() < end:
            done = subprocess.run([*command, out], capture_output=True, text=True, check=False)
            reports.append(json.loads(done.stdout) if done.stdout.startswith("{") else {"complete": False})
            out = "/dev/null"

    together([lambda out=out: run(out) for out in outs])
    return reports


def acknowledged(path):
    """The Audit-Ids of the answers in an ack log, each with its status."""
    acks = {}
    for line in read(path).splitlines():
        found, _, status = line.partition(" ")
        acks[found] = status
    acks.pop("-", None)
    return acks


ID = re.compile(rb'"id":"([0-9a-f-]{36})"')


def data_of(path):
    """The bytes of a segment up to where a line would begin with a zero."""
    bytes_ = read_bytes(path)
    end = 0
    while end < len(bytes_) and bytes_[end] != 0:
        line = bytes_.find(b"\n", end)
        if line < 0:
            break
        end = line + 1
    return bytes_[:end]


def segments(spool):
    if not os.path.isdir(spool):
        return []
    return sorted(name for name in os.listdir(spool) if name.endswith(".log"))


class Spool:
    """The ids of all records in a spool; segments that are followed by another are read once."""

    def __init__(self, folder):
        self.folder, self.done, self.old = folder, set(), set()

    def ids(self):
        names = segments(self.folder)
        for name in names[:-1]:
            if name not in self.done:
                self.done.add(name)
                self.old.update(self.of(name))
        return self.old | self.of(names[-1]) if names else set()

    def of(self, name):
        lines = data_of(os.path.join(self.folder, name)).splitlines()
        return {found.group(1).decode() for found in map(ID.search, lines) if found}


def records(spool):
    """All records, parsed."""
    for name in segments(spool):
        for line in data_of(os.path.join(spool, name)).splitlines():
            yield json.loads(line)


def missing(acks, spool):
    """The acknowledged ids that no record has."""
    return sorted(set(acks) - Spool(spool).ids())


def verify(spool):
    """What `audit verify` says: whether all is good, and its words."""
    done = subprocess.run([SERVICE, "audit", "verify", spool], capture_output=True, text=True, check=False)
    said = " ".join((done.stdout + done.stderr).split())
    return done.returncode == 0 and said.startswith("good"), said


def torn_files(spool):
    return [name for name in os.listdir(spool) if name.startswith("torn-")] if os.path.isdir(spool) else []


def remove(path):
    if os.path.exists(path):
        os.remove(path)


def read(path):
    return read_bytes(path).decode("utf-8", "replace")


def read_bytes(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
