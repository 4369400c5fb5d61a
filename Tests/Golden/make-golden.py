#!/usr/bin/env python3
"""Makes the golden files beside it: a tiny repository of format version 1, and chunk boundaries.

Written from Specs/repository-format.md with nothing but Python's standard library, so that it
checks the Swift code instead of repeating it, and reads as a second description of the format.
Run it by hand. A change of any file it makes is a change of the format: it needs a new version.

    python3 Tests/Golden/make-golden.py
"""

import base64
import hashlib
import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent


def sha256(data):
    return hashlib.sha256(data).digest()


# --- JSON: no white space, keys in a fixed order, only what must be escaped is (RFC 8785) ---------


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def document(members):
    """One line whose last member is the SHA-256 of everything before that member."""
    body = canonical(members)[:-1]
    return body + b',"checksum":"' + sha256(body).hex().encode() + b'"}\n'


def text_or_base64(key, data):
    """Names, targets and paths are bytes: text where they are UTF-8, else base 64."""
    try:
        return {key: data.decode()}
    except UnicodeDecodeError:
        return {key + "Base64": base64.b64encode(data).decode()}


# --- Entries: the lines of a listing, by name; a directory is a file that holds its listing -------


def content(size, chunks, levels=0):
    member = {"size": size}
    if levels:  # the chunks are lists of chunk IDs, of this many levels
        member["levels"] = levels
    member["chunks"] = [chunk.hex() for chunk in chunks]
    return {"content": member}


def metadata(mode, uid, gid, seconds, nanoseconds):
    return {"mode": f"{mode:04o}", "uid": uid, "gid": gid, "mtime": [seconds, nanoseconds]}


def entry(name, kind, common, own=None):
    return {**text_or_base64("name", name), "type": kind, **common, **(own or {})}


FILE_CHUNKS = [b"varve\n", b"golden " * 100]
USUAL = metadata(0o644, 1000, 1000, 1795463701, 123456789)

LISTING = b"".join(
    canonical(line) + b"\n"
    for line in [
        entry(b"\x01\"\\\n", "fifo", metadata(0o600, 0, 0, 0, 0)),
        entry(b"console", "characterDevice", USUAL, {"device": [5, 1]}),
        entry(b"data", "file", USUAL, content(706, [sha256(chunk) for chunk in FILE_CHUNKS])),
        entry(b"disk", "blockDevice", USUAL, {"device": [259, 4294967295]}),
        entry(b"empty", "file", metadata(0o4755, 0, 4294967295, -1, 999999999), content(0, [])),
        entry(b"image", "file", USUAL, content(2**40, [sha256(b"list 1"), sha256(b"list 2")], 2)),
        entry(b"link", "symlink", USUAL, {"target": "../é"}),
        entry(b"link2", "symlink", USUAL, text_or_base64("target", b"\xff/x")),
        entry(b"socket", "socket", USUAL),
        entry("ü".encode(), "directory", metadata(0o1777, 1, 2, -62135596800, 0), content(0, [])),
        entry(b"\xff\xfe", "file", USUAL, content(6, [sha256(FILE_CHUNKS[0])])),
    ]
)

# Extended attributes, by name, and hard links: what most entries lack stands behind the rest.


def attribute(name, value=None, stored=None):
    """Small values stand in the entry; `stored` is a large one, a chunk like any other."""
    if stored is None:
        own = text_or_base64("value", value)
    else:
        own = content(len(stored), [sha256(stored)])
    return {**text_or_base64("name", name), **own}


def xattrs(*attributes):
    return {"xattrs": list(attributes)}


ACL = bytes.fromhex("02000000" "01000600ffffffff" "0200040001000000" "20000400ffffffff")
ATTRIBUTES = b"".join(
    canonical(line) + b"\n"
    for line in [
        entry(b"a", "file", USUAL, {**content(6, [sha256(FILE_CHUNKS[0])]), **xattrs(
            attribute(b"security.capability", bytes.fromhex("0100000200040000") + bytes(12)),
            attribute(b"system.posix_acl_access", ACL),
            attribute(b"user.big", stored=b"b" * 5000),
            attribute(b"user.comment", "caf\u00e9 \"1\"\n".encode()),
            attribute(b"user.empty", b""),
            attribute(b"user.\xff", b"\x00"),
        )}),
        entry(b"b", "file", USUAL, {
            **content(6, [sha256(FILE_CHUNKS[0])]),
            **xattrs(attribute(b"user.x", b"1")), "hardLink": "a",
        }),
        entry(b"c", "directory", USUAL, {
            **content(0, []), **xattrs(attribute(b"system.posix_acl_default", ACL)),
        }),
        entry(b"d", "symlink", USUAL, {
            "target": "a", **xattrs(attribute(b"trusted.t", b"2")), "hardLink": "c/\u00e9/l",
        }),
        entry(b"e", "fifo", USUAL, text_or_base64("hardLink", b"c/\xff")),
        entry(b"f", "characterDevice", USUAL, {"device": [1, 3], "hardLink": "c/null"}),
        entry(b"g", "file", USUAL, {
            **content(6, [sha256(FILE_CHUNKS[0])]), "hardLink": "a", "holes": True,
        }),
    ]
)

# Flags stand behind everything else.

FLAGS = b"".join(
    canonical(line) + b"\n"
    for line in [
        entry(b"a", "file", USUAL, {
            **content(6, [sha256(FILE_CHUNKS[0])]), **xattrs(attribute(b"user.x", b"1")),
            "holes": True, "flags": ["immutable"],
        }),
        entry(b"b", "file", USUAL, {
            **content(6, [sha256(FILE_CHUNKS[0])]), "hardLink": "a", "flags": ["immutable"],
        }),
        entry(b"c", "directory", USUAL, {**content(0, []), "flags": [
            "appendOnly", "compressed", "directorySynchronous", "immutable", "journaled",
            "noAccessTime", "noCompression", "noCopyOnWrite", "noDump", "noTail",
            "secureDeletion", "synchronous", "topDirectory", "undeletable",
        ]}),
    ]
)

# Birth times stand behind flags, with entries of any type.

BIRTH_TIMES = b"".join(
    canonical(line) + b"\n"
    for line in [
        entry(b"a", "file", USUAL, {
            **content(6, [sha256(FILE_CHUNKS[0])]), "holes": True, "flags": ["noDump"],
            "created": [1_700_000_000, 123_456_789],
        }),
        entry(b"b", "file", USUAL, {
            **content(6, [sha256(FILE_CHUNKS[0])]), "hardLink": "a", "created": [0, 0],
        }),
        entry(b"c", "directory", USUAL, {**content(0, []), "created": [-1, 999_999_999]}),
        entry(b"d", "symlink", USUAL, {"target": "a", "created": [1, 2]}),
        entry(b"e", "fifo", USUAL, {"created": [3, 4]}),
        entry(b"f", "characterDevice", USUAL, {"device": [1, 3], "created": [5, 6]}),
    ]
)

# --- Pack: magic, blocks, trailer, footer; all numbers little-endian ------------------------------

STORED, ZSTD = 0, 1
DATA, METADATA = 0, 1
SESSION = bytes.fromhex("5e551000000000000000000000000001")
NONCE = bytes.fromhex("00ce0000000000000000000000000002")


def block_records(blocks):
    """(offset, stored length, plain length, codec, kind) of each block, one behind the other."""
    records, offset = [], 8
    for stored_length, chunks, codec, kind in blocks:
        plain_length = sum(length for _, length in chunks)
        records.append((offset, stored_length, plain_length, codec, kind))
        offset += stored_length
    return records


def trailer(blocks):
    """`blocks` are (stored length, [(chunk ID, plain length)], codec, kind)."""
    chunks = [chunk for block in blocks for chunk in block[1]]
    result = SESSION + NONCE + struct.pack("<II8x", len(blocks), len(chunks))
    for record, block in zip(block_records(blocks), blocks):
        offset, stored, plain, codec, kind = record
        result += struct.pack("<IIIIBBxx", offset, stored, plain, len(block[1]), codec, kind)
    for chunk_id, length in chunks:
        result += chunk_id + struct.pack("<I", length)
    return result


def footer(trailer_bytes):
    return sha256(trailer_bytes) + struct.pack("<I4x", len(trailer_bytes)) + b"VARVEEP\x01"


def identified(chunks):
    return [(sha256(chunk), len(chunk)) for chunk in chunks]


PACK_BLOCKS = [
    (sum(map(len, FILE_CHUNKS)), identified(FILE_CHUNKS), STORED, DATA),
    (len(LISTING), identified([LISTING]), STORED, METADATA),
]
PACK = b"VARVEPK\x01" + b"".join(FILE_CHUNKS) + LISTING
PACK += trailer(PACK_BLOCKS) + footer(trailer(PACK_BLOCKS))

# --- Index table: header, packs, blocks, filter, radix array, chunks ------------------------------


def index_table(packs):
    """`packs` are (pack ID, size in bytes, blocks as for `trailer`)."""
    pack_part, block_part, entries, block_count = b"", b"", [], 0
    for number, (pack_id, size, blocks) in enumerate(sorted(packs)):
        pack_part += pack_id + struct.pack("<QII", size, block_count, len(blocks))
        for record, block in zip(block_records(blocks), blocks):
            offset, stored, plain, codec, kind = record
            block_part += struct.pack("<IIIIBBxx", offset, stored, plain, number, codec, kind)
            position = 0
            for chunk_id, length in block[1]:
                entries.append((chunk_id, block_count, position, length))
                position += length
            block_count += 1
    entries.sort()
    # The filter has 10 bits a chunk in blocks of 512; the second word of an ID picks the block,
    # nine bits each of the third word, the lowest first, pick six bits in it.
    filter_count = max(1, (len(entries) * 10 + 511) // 512)
    bloom = bytearray(64 * filter_count)
    for chunk_id, *_ in entries:
        _, second, third, _ = struct.unpack(">QQQQ", chunk_id)
        block = second * filter_count >> 64
        for probe in range(6):
            bit = third >> 9 * probe & 511
            bloom[64 * block + bit // 8] |= 1 << bit % 8
    # The radix array tells how many IDs begin with smaller bits, for every value of the first
    # bits, and how many there are; about eight IDs share a value.
    bits = 0
    while len(entries) >> bits > 8:
        bits += 1
    firsts = [int.from_bytes(chunk_id[:8], "big") >> 64 - bits for chunk_id, *_ in entries]
    radix = [sum(first < value for first in firsts) for value in range(2**bits + 1)]
    header = b"VARVEIX\x01" + SESSION + NONCE
    header += struct.pack("<QIIB7x", len(entries), len(packs), block_count, bits)
    header += struct.pack("<I12x", filter_count)
    return b"".join(
        [header, pack_part, block_part, bytes(bloom), struct.pack(f"<{len(radix)}I", *radix)]
        + [chunk_id + struct.pack("<III", *rest) for chunk_id, *rest in entries]
    )


# A second pack, of compressed blocks that are not shown; it has the first pack's first chunk too.
OTHER_CHUNKS = [(sha256(b"chunk %d" % number), 1000 + number) for number in range(60)]
OTHER_BLOCKS = [
    (30000, OTHER_CHUNKS[:40], ZSTD, DATA),
    (5000, OTHER_CHUNKS[40:] + identified(FILE_CHUNKS[:1]), ZSTD, METADATA),
]
OTHER_SIZE = 8 + 35000 + len(trailer(OTHER_BLOCKS)) + 48
TABLE = index_table(
    [(sha256(PACK), len(PACK), PACK_BLOCKS), (sha256(b"other pack"), OTHER_SIZE, OTHER_BLOCKS)]
)

# --- Plain documents ------------------------------------------------------------------------------


def sizes(average):
    return {"minimum": average // 4, "average": average, "maximum": average * 4}


DESCRIPTION = document(
    {
        "format": "varve",
        "version": 1,
        "id": "00112233445566778899aabbccddeeff",
        "created": "2026-11-23T19:55:01Z",
        "chunking": {
            "algorithm": "gear-1",
            "general": sizes(16 * 1024),
            "opaque": sizes(512 * 1024),
            "page": 8 * 1024,
        },
    }
)

ROOT = {**metadata(0o755, 1000, 1000, 1795463700, 0), **content(len(LISTING), [sha256(LISTING)])}
MANIFEST = document(
    {
        "format": "varve-snapshot",
        "version": 1,
        "id": "0123456789abcdef0123456789abcdef",
        "time": "2026-11-23T19:55:01.123456789Z",
        "session": SESSION.hex(),
        "nonce": NONCE.hex(),
        "host": "lake",
        "user": "ann",
        "paths": ["/home/ann/é", {"base64": base64.b64encode(b"/home/\xff").decode()}],
        "tags": ["daily", "quote\"d"],
        "description": "tab\tand line\n",
        "parent": "fedcba9876543210fedcba9876543210",
        "root": ROOT,
        "rootID": sha256(canonical(ROOT)).hex(),
        "files": 4,
        "directories": 2,
        "others": 6,
        "bytes": 2**40 + 712,
        "newBytes": 706,
        "uploadedBytes": len(PACK) + len(TABLE),
        "requests": {"put": 2, "get": 3, "head": 4, "list": 5, "delete": 6},
        "users": {"0": "root", "1000": "ann"},
        "groups": {"1000": "staff"},
        "unreadable": {
            "count": 2,
            "paths": [
                {"path": "/home/ann/é/x", "reason": "permission denied"},
                {"pathBase64": base64.b64encode(b"/home/\xff/y").decode(), "reason": "gone"},
            ],
        },
        "tool": "varve 1.0.0",
    }
)

ATTRIBUTE_ROOT = {
    **metadata(0o755, 1000, 1000, 1795463700, 0),
    **content(len(ATTRIBUTES), [sha256(ATTRIBUTES)]),
    **xattrs(attribute(b"system.posix_acl_default", ACL), attribute(b"user.root", b"yes")),
}
ATTRIBUTE_MANIFEST = document(
    {
        "format": "varve-snapshot",
        "version": 1,
        "id": "0123456789abcdef0123456789abcdef",
        "time": "2026-11-23T19:55:01.123456789Z",
        "session": SESSION.hex(),
        "nonce": NONCE.hex(),
        "host": "",
        "user": "",
        "paths": ["/"],
        "tags": [],
        "description": "",
        "root": ATTRIBUTE_ROOT,
        "rootID": sha256(canonical(ATTRIBUTE_ROOT)).hex(),
        "files": 2,
        "directories": 2,
        "others": 3,
        "bytes": 12,
        "newBytes": 0,
        "uploadedBytes": 0,
        "requests": {"put": 0, "get": 0, "head": 0, "list": 0, "delete": 0},
        "users": {},
        "groups": {},
        "unreadable": {"count": 0, "paths": []},
        "tool": "",
    }
)

# --- Chunk boundaries: a gear hash with normalised chunking (FastCDC) -----------------------------

WORD = 2**64 - 1


def splitmix64(seed):
    while True:
        seed = seed + 0x9E3779B97F4A7C15 & WORD
        word = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & WORD
        word = (word ^ word >> 27) * 0x94D049BB133111EB & WORD
        yield word ^ word >> 31


def words(seed, count):
    return [word for word, _ in zip(splitmix64(seed), range(count))]


GEAR = words(int.from_bytes(b"varve/g1", "big"), 256)


def chunk_lengths(data, minimum, average, maximum):
    """The hash starts at each chunk's minimum; a boundary needs zeros in its top bits: two more
    than the average asks for while the chunk is below it, two fewer from there on."""
    bits = average.bit_length() - 1
    lengths, start = [], 0
    while start < len(data):
        hash_, length = 0, min(minimum, len(data) - start)
        while length < min(maximum, len(data) - start):
            zeros = bits + 2 if length < average else bits - 2
            hash_ = (hash_ << 1) + GEAR[data[start + length]] & WORD
            length += 1
            if hash_ >> 64 - zeros == 0:
                break
        lengths.append(length)
        start += length
    return lengths


def boundary_case(seed, count, mask, average):
    """Bytes of little-endian words of a seed, each byte masked: 255 leaves them as they are."""
    data = b"".join(struct.pack("<Q", word) for word in words(seed, -(-count // 8)))[:count]
    parameters = sizes(average)
    return {
        "seed": seed,
        "count": count,
        "mask": mask,
        **parameters,
        "lengths": chunk_lengths(bytes(byte & mask for byte in data), **parameters),
    }


# --- Markers: what writers and pruners tell one another -------------------------------------------

OTHER_SESSION = bytes.fromhex("5e551000000000000000000000000002")
ACT = bytes.fromhex("c0dec0de000000000000000000000003")


def marker_list(magic, names):
    """The pruner's session, and names in ascending order."""
    body = magic + SESSION + struct.pack("<Q", len(names)) + b"".join(sorted(names))
    return body + sha256(body)


CONDEMNED = marker_list(b"VARVECD\x01", [sha256(PACK), sha256(b"other pack")])
SEALED = marker_list(b"VARVESE\x01", [OTHER_SESSION, SESSION])
SWEPT = marker_list(b"VARVESE\x01", [])
SESSION_RECORD = document(
    {
        "format": "varve-session", "version": 1, "id": SESSION.hex(), "host": "lake \"n\u00f6rd\"",
        "process": 4711, "tool": "varve 0.1.0", "purpose": "snapshot",
    }
)
DEATH_RECORD = document(
    {
        "format": "varve-dead-session", "version": 1, "session": SESSION.hex(),
        "declaredBy": OTHER_SESSION.hex(), "reason": "its lease is 0: it looks after itself",
    }
)
MARKER_NAMES = "".join(
    f"indexes/{name}\n"
    for name in [
        f"session.{SESSION.hex()}.21600", f"session.{OTHER_SESSION.hex()}.0",
        f"closed.{SESSION.hex()}", f"dead.{SESSION.hex()}", f"condemned.{ACT.hex()}",
        f"sealed.{ACT.hex()}", f"swept.{ACT.hex()}",
    ]
) + "".join(f"{folder}/prune.{SESSION.hex()}\n" for folder in ["snapshots", "forgotten"])

BOUNDARIES = {
    "gear": [f"{word:016x}" for word in GEAR],
    "cases": [
        boundary_case(1, 300_000, 255, 4096),
        boundary_case(2, 20_000, 255, 64),
        boundary_case(3, 200_000, 3, 1024),
        boundary_case(4, 150_000, 0, 4096),
        boundary_case(5, 400_000, 255, 16384),
    ],
}

for name, data in {
    "description.json": DESCRIPTION,
    "manifest.json": MANIFEST,
    "listing.jsonl": LISTING,
    "attributes.jsonl": ATTRIBUTES,
    "flags.jsonl": FLAGS,
    "birth-times.jsonl": BIRTH_TIMES,
    "attributes-manifest.json": ATTRIBUTE_MANIFEST,
    "stored.pack": PACK,
    "two-packs.index": TABLE,
    "condemned.marker": CONDEMNED,
    "sealed.marker": SEALED,
    "swept.marker": SWEPT,
    "session.json": SESSION_RECORD,
    "dead-session.json": DEATH_RECORD,
    "marker-names.txt": MARKER_NAMES.encode(),
    "chunk-boundaries.json": json.dumps(BOUNDARIES, indent=1).encode() + b"\n",
}.items():
    (FOLDER / name).write_bytes(data)
    print(f"{sha256(data).hex()}  {name}")
