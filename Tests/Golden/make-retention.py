#!/usr/bin/env python3
"""Makes retention.json: histories, policies, and what is kept of them with the reasons.

Written from Specs/retention.md with Python's datetime and zoneinfo, so that it checks the Swift code
instead of repeating it. Run it by hand; it needs the system's zones.

    python3 Tests/Golden/make-retention.py
"""

import json
import pathlib
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

FOLDER = pathlib.Path(__file__).parent
# Names of slots; %G and %V are the year and week of ISO 8601.
SLOTS = {
    "minutely": "%Y-%m-%d %H:%M",
    "hourly": "%Y-%m-%d %H",
    "daily": "%Y-%m-%d",
    "weekly": "%G-W%V",
    "monthly": "%Y-%m",
    "yearly": "%Y",
}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def iso(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def changes_of(zone, first, last):
    """The offsets of a zone, with the moments from which on they hold."""
    result = []
    hour = first
    while hour <= last:
        offset = int(hour.astimezone(zone).utcoffset().total_seconds())
        if not result or result[-1][1] != offset:
            # Zones change on half hours at the finest; look for the moment within the hour.
            moment = hour
            if result:
                while int((moment - timedelta(minutes=1)).astimezone(zone).utcoffset()
                          .total_seconds()) == offset:
                    moment -= timedelta(minutes=1)
            result.append([int(moment.timestamp()), offset])
        hour += timedelta(hours=1)
    return result


def ago(span, moment, zone):
    """So long before a moment: calendar units by the local clock, then real hours."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    number, hours = "", 0
    for letter in span:
        if letter.isdigit():
            number += letter
            continue
        count, number = int(number), ""
        if letter in "ym":
            month = local.year * 12 + local.month - 1 - count * (12 if letter == "y" else 1)
            day = local.day
            while True:
                try:
                    local = local.replace(year=month // 12, month=month % 12 + 1, day=day)
                    break
                except ValueError:
                    day -= 1
        elif letter in "wd":
            local -= timedelta(days=count * (7 if letter == "w" else 1))
        else:
            hours = count
    if span.endswith("h") and len([c for c in span if c.isalpha()]) == 1:
        return moment - timedelta(hours=hours)
    both = [local.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1)]
    return min(both) - timedelta(hours=hours)


def decide(group, policy, tags, now, zone):
    """The reasons for each snapshot of one group."""
    reasons = {snapshot["id"]: [] for snapshot in group}
    group = sorted(group, key=lambda one: (one["moment"], one["id"]), reverse=True)

    def most(rule):
        return len(group) if policy[rule] == "all" else int(policy[rule])

    if "last" in policy:
        for place, snapshot in enumerate(group[: most("last")], start=1):
            reasons[snapshot["id"]].append(f"last {place}")
    if "within" in policy:
        past = [snapshot["moment"] for snapshot in group if snapshot["moment"] <= now]
        start = ago(policy["within"], max(past), zone) if past else None
        for snapshot in group:
            if start is None or snapshot["moment"] > start:
                reasons[snapshot["id"]].append(f"within {policy['within']}")
    for rule, form in SLOTS.items():
        if rule not in policy:
            continue
        newest = {}
        for snapshot in group:
            newest.setdefault(snapshot["moment"].astimezone(zone).strftime(form), snapshot)
        for name, snapshot in list(newest.items())[: most(rule)]:
            reasons[snapshot["id"]].append(f"{rule} {name}")
    for snapshot in group:
        for tag in sorted(set(tags) & set(snapshot["tags"])):
            reasons[snapshot["id"]].append(f"tag {tag}")
    return reasons


def case(
    name, zone_name, moments, policy, tags=(), group_by="host,path", now="2100-01-01T00:00:00"
):
    rng = random.Random(name)
    zone = ZoneInfo(zone_name)
    snapshots = []
    for moment in moments:
        snapshots.append({
            "id": f"{rng.getrandbits(128):032x}", "time": iso(moment), "moment": moment,
            "host": rng.choice(["lake", "shore"]),
            "paths": rng.choice([["/a"], ["/b", "/a"], ["/a", "/b"]]),
            "tags": rng.choice([[], [], ["keep"], ["keep", "first"]]),
        })
    groups = {}
    for snapshot in snapshots:
        key = (
            snapshot["host"] if "host" in group_by else None,
            tuple(sorted(snapshot["paths"])) if "path" in group_by else None,
        )
        groups.setdefault(key, []).append(snapshot)
    decided = [decide(group, policy, tags, utc(now), zone) for group in groups.values()]
    reasons = {key: value for group in decided for key, value in group.items()}
    rng.shuffle(snapshots)
    span = [min(moments) - timedelta(days=800), max(moments) + timedelta(days=2)]
    return {
        "name": name, "zone": zone_name, "changes": changes_of(zone, *span),
        "policy": policy, "tags": list(tags), "groupBy": group_by, "now": now + "Z",
        "snapshots": [
            {key: value for key, value in one.items() if key != "moment"} for one in snapshots],
        "reasons": dict(sorted(reasons.items())),
        "emptied": sum(not any(group.values()) for group in decided),
    }


def every(first, step, count):
    return [utc(first) + index * step for index in range(count)]


def cases():
    minutes = lambda count: timedelta(minutes=count)
    yield case(
        "a year of days and more in Berlin", "Europe/Berlin",
        every("2025-09-01T03:17:00", timedelta(hours=43), 220),
        {"last": "3", "daily": "7", "weekly": "5", "monthly": "12", "yearly": "all"}, ["first"])
    yield case(
        "the night in Berlin that has an hour more", "Europe/Berlin",
        every("2026-10-24T20:00:00", minutes(20), 36),
        {"hourly": "5", "minutely": "3", "within": "2h"}, group_by="")
    yield case(
        "the night in Berlin that has an hour less", "Europe/Berlin",
        every("2026-03-27T20:00:00", minutes(75), 40),
        {"hourly": "5", "daily": "2", "within": "1d"}, group_by="host")
    yield case(
        "half an hour more on Lord Howe Island", "Australia/Lord_Howe",
        every("2026-04-04T11:00:00", minutes(10), 40), {"hourly": "all", "daily": "all"},
        group_by="")
    yield case(
        "half an hour less on Lord Howe Island", "Australia/Lord_Howe",
        every("2026-10-03T11:00:00", minutes(55), 40), {"hourly": "3", "within": "1d3h"},
        group_by="path")
    yield case(
        "weeks at the turn of the year, some of them empty, snapshots from the future",
        "America/New_York", every("2024-12-20T05:00:00", timedelta(days=9, hours=5), 60),
        {"weekly": "20", "within": "6m2w"}, group_by="host", now="2026-03-31T12:00:00")
    yield case(
        "only snapshots that have the tag", "Asia/Kolkata", every("2026-11-01T00:00:00", timedelta(days=1), 7),
        {}, ["first", "nobody has this"])


lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases())
(FOLDER / "retention.json").write_text('{"cases":[\n' + lines + "\n]}\n")
