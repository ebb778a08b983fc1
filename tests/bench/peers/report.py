#!/usr/bin/env python3
"""Medians of the rounds, their ratios, and what makes a figure doubtful: report.py LINES.jsonl RESULT.json"""
import collections
import json
import statistics
import sys

# name, scenario, field, unit of the field, digits, whether more is better
COLUMNS = [
    ("16 conns, requests/s", "keepalive-16", "rps", 1, 0, True),
    ("16 conns, p50 ms", "keepalive-16", "p50_us", 1000, 2, False),
    ("16 conns, p99 ms", "keepalive-16", "p99_us", 1000, 2, False),
    ("256 conns, requests/s", "keepalive-256", "rps", 1, 0, True),
    ("256 conns, p50 ms", "keepalive-256", "p50_us", 1000, 2, False),
    ("256 conns, p99 ms", "keepalive-256", "p99_us", 1000, 2, False),
    ("3000/s, p50 ms", "rate-3000", "p50_us", 1000, 2, False),
    ("3000/s, p99 ms", "rate-3000", "p99_us", 1000, 2, False),
    ("full handshakes/s", "full", "rps", 1, 0, True),
    ("resumed handshakes/s", "resumed", "rps", 1, 0, True),
    ("CPU us/request, 16 conns", "keepalive-16", "us_per_request", 1, 1, False),
    ("CPU us/request, 256 conns", "keepalive-256", "us_per_request", 1, 1, False),
    ("CPU us/full handshake", "full", "us_per_request", 1, 0, False),
    ("2000 tokens, requests/s", "tokens-2000", "rps", 1, 0, True),
    ("2000 tokens, p99 ms", "tokens-2000", "p99_us", 1000, 2, False),
    ("2000 tokens, CPU us/request", "tokens-2000", "us_per_request", 1, 1, False),
    ("2000 tokens, RSS MiB", "tokens-2000", "rss_kib", 1024, 1, False),
    ("20000 tokens, requests/s", "tokens-20000", "rps", 1, 0, True),
    ("20000 tokens, p99 ms", "tokens-20000", "p99_us", 1000, 2, False),
    ("20000 tokens, CPU us/request", "tokens-20000", "us_per_request", 1, 1, False),
    ("20000 tokens, RSS MiB", "tokens-20000", "rss_kib", 1024, 1, False),
    ("RSS MiB, idle", "keepalive-16", "idle_rss_kib", 1024, 1, False),
    ("RSS MiB, 256 conns", "keepalive-256", "rss_kib", 1024, 1, False),
]


def main():
    lines = [json.loads(line) for line in open(sys.argv[1])]
    if not lines:
        sys.exit("nothing was measured")
    runs = collections.defaultdict(list)
    for line in lines:
        if good(line["report"]):
            runs[line["peer"], line["scenario"]].append(line)
    peers = list(dict.fromkeys(line["peer"] for line in lines))
    # Ratios are against ours, or against the first where ours is not there.
    base = "ours" if "ours" in peers else peers[0]

    result = {"base": base, "rounds": max(line["round"] for line in lines), "medians": {}, "ratios": {}, "doubts": doubts(lines)}
    for peer in peers:
        result["medians"][peer] = {column[0]: median(runs, peer, column) for column in COLUMNS}
    for peer in peers:
        ours, theirs = result["medians"][base], result["medians"][peer]
        result["ratios"][peer] = {name: round(theirs[name] / ours[name], 2) if theirs[name] and ours[name] else None for name in theirs}
    with open(sys.argv[2], "w") as out:
        json.dump(result, out, indent=1)
        out.write("\n")
    show(result, peers, base)
    print(f"\n{sys.argv[2]}")
    sys.exit(0 if all(good(line["report"]) for line in lines) else 1)


def good(report):
    """Refusals are fast: a run with one of them says nothing about the work it was meant to measure, and is not counted."""
    return report["requests"] > 0 and set(report["statuses"]) == {"200"}


def field(line, name):
    if name in line:
        return line[name]
    report = line["report"]
    return report[name] if name in report else (report["server"] or {}).get(name)


def median(runs, peer, column):
    _, scenario, name, unit, digits, _ = column
    values = [value for value in (field(line, name) for line in runs[peer, scenario]) if value is not None]
    return round(statistics.median(values) / unit, digits) if values else None


def show(result, peers, base):
    others = [peer for peer in peers if peer != base]
    print(f"{'median of ' + str(result['rounds']):28}" + "".join(f"{peer:>12}" for peer in peers) + "".join(f"{peer + '/' + base:>16}" for peer in others))
    for name, *_, more_is_better in COLUMNS:
        if all(result["medians"][peer][name] is None for peer in peers):
            continue
        values = "".join(f"{text(result['medians'][peer][name]):>12}" for peer in peers)
        ratios = "".join(f"{text(result['ratios'][peer][name]):>16}" for peer in others)
        print(f"{name:28}{values}{ratios}  {'more' if more_is_better else 'less'} is better")
    for doubt in result["doubts"]:
        print("note:", doubt)


def text(value):
    return "-" if value is None else f"{value:g}" if isinstance(value, float) and value < 1000 else f"{value:.0f}"


def doubts(lines):
    found, waited = [], collections.defaultdict(list)
    for line in lines:
        report, run = line["report"], f"{line['peer']}, {line['scenario']}, round {line['round']}"
        server = report["server"] or {}
        if not good(report):
            found.append(f"{run}: NOT COUNTED, for its answers were {report['statuses'] or 'none'}, errors {report['errors'] or 'none'}")
            continue
        if report["errors"]:
            found.append(f"{run}: {report['errors']}")
        if report["client_cpu_percent"] > 90:
            found.append(f"{run}: the client's core was at {report['client_cpu_percent']} %: it may have been the limit")
        elif report["rate"] is None and server.get("cpu_percent", 100) < 80:
            waited[line["peer"]].append(server["cpu_percent"])
        if report["backlog"] > (report["rate"] or 0) / 10:
            found.append(f"{run}: {report['backlog']} requests were due and never sent")
    for peer, percents in waited.items():
        found.append(f"{peer}: in {len(percents)} closed loops its core was at {min(percents)} to {max(percents)} %: it waited, or something else used the machine")
    return found


main()
