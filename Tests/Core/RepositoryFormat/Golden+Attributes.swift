import RepositoryFormat
import SnapshotModel
import TestSupport

/// Entries with extended attributes and hard links, as make-golden.py has them, too.
extension Golden {
    private static let metadata = Metadata(
        mode: 0o644, userID: 1000, groupID: 1000,
        modified: Timestamp(seconds: 1_795_463_701, nanoseconds: 123_456_789))

    /// An access control list: the owner, the user 1, and all others.
    private static let accessList: [UInt8] = [
        2, 0, 0, 0, 1, 0, 6, 0, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 4, 0, 1, 0, 0, 0, 0x20, 0, 4, 0, 0xFF,
        0xFF, 0xFF, 0xFF,
    ]

    static let attributeEntries: [Entry] = {
        let small = Content(sizeInBytes: 6, levels: 0, chunks: [chunkID(of: fileChunks[0])])
        return [
            entry("a", .file(small), fileAttributes),
            entry("b", .file(small), [attribute("user.x", [0x31])], "a"),
            entry(
                "c", .directory(.empty), [attribute("system.posix_acl_default", accessList)]),
            entry(
                "d", .symlink(target: [0x61]), [attribute("trusted.t", [0x32])],
                TreePath(Array("c/é/l".utf8))),
            entry("e", .fifo, [], TreePath([0x63, 0x2F, 0xFF])),
            entry("f", .characterDevice(DeviceNumber(major: 1, minor: 3)), [], "c/null"),
            Entry(
                name: FileName("g"), kind: .file(small), metadata: metadata,
                hardLink: TreePath([0x61]), hasHoles: true),
        ]
    }()

    private static let fileAttributes: [ExtendedAttribute] = {
        let big = [UInt8](repeating: UInt8(ascii: "b"), count: 5000)
        let content = Content(sizeInBytes: 5000, levels: 0, chunks: [chunkID(of: big)])
        return [
            attribute(
                "security.capability", [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14)),
            attribute("system.posix_acl_access", accessList),
            ExtendedAttribute(name: Array("user.big".utf8), value: .content(content)),
            attribute("user.comment", Array("café \"1\"\n".utf8)),
            attribute("user.empty", []),
            ExtendedAttribute(name: Array("user.".utf8) + [0xFF], value: .inline([0])),
        ]
    }()

    /// Entries with flags.
    static let flagEntries: [Entry] = {
        let small = Content(sizeInBytes: 6, levels: 0, chunks: [chunkID(of: fileChunks[0])])
        return [
            Entry(
                name: FileName("a"), kind: .file(small), metadata: metadata,
                extendedAttributes: [attribute("user.x", [0x31])], hasHoles: true,
                flags: .immutable),
            Entry(
                name: FileName("b"), kind: .file(small), metadata: metadata,
                hardLink: TreePath([0x61]), flags: .immutable),
            Entry(
                name: FileName("c"), kind: .directory(.empty), metadata: metadata,
                flags: [
                    .appendOnly, .compressed, .directorySynchronous, .immutable, .journaled,
                    .noAccessTime, .noCompression, .noCopyOnWrite, .noDump, .noTail,
                    .secureDeletion, .synchronous, .topDirectory, .undeletable,
                ]),
        ]
    }()

    /// Entries with birth times.
    static let birthTimeEntries: [Entry] = {
        let small = Content(sizeInBytes: 6, levels: 0, chunks: [chunkID(of: fileChunks[0])])
        func entry(
            _ name: String, _ kind: EntryKind, created seconds: Int64, _ nanoseconds: UInt32,
            hardLink: TreePath? = nil, hasHoles: Bool = false, flags: FileFlags = []
        ) -> Entry {
            Entry(
                name: FileName(name), kind: kind, metadata: metadata, hardLink: hardLink,
                hasHoles: hasHoles, flags: flags,
                created: Timestamp(seconds: seconds, nanoseconds: nanoseconds))
        }
        return [
            entry(
                "a", .file(small), created: 1_700_000_000, 123_456_789, hasHoles: true,
                flags: .noDump),
            entry("b", .file(small), created: 0, 0, hardLink: TreePath([0x61])),
            entry("c", .directory(.empty), created: -1, 999_999_999),
            entry("d", .symlink(target: [0x61]), created: 1, 2),
            entry("e", .fifo, created: 3, 4),
            entry("f", .characterDevice(DeviceNumber(major: 1, minor: 3)), created: 5, 6),
        ]
    }()

    static func attributeManifest() throws -> Manifest {
        let listing = try goldenFile("attributes.jsonl")
        let root = RootEntry(
            content: Content(
                sizeInBytes: UInt64(listing.count), levels: 0, chunks: [chunkID(of: listing)]),
            metadata: Metadata(
                mode: 0o755, userID: 1000, groupID: 1000,
                modified: Timestamp(seconds: 1_795_463_700, nanoseconds: 0)),
            extendedAttributes: [
                attribute("system.posix_acl_default", accessList),
                attribute("user.root", Array("yes".utf8)),
            ])
        let bits = RandomBits(high: 0x0123_4567_89AB_CDEF, low: 0x0123_4567_89AB_CDEF)
        var manifest = Manifest(
            id: SnapshotID(bits), time: metadata.modified, session: session, nonce: nonce,
            root: root)
        manifest.paths = [Array("/".utf8)]
        manifest.counts = TreeCounts(files: 2, directories: 2, others: 3, bytes: 12)
        return manifest
    }

    private static func attribute(_ name: String, _ value: [UInt8]) -> ExtendedAttribute {
        ExtendedAttribute(name: Array(name.utf8), value: .inline(value))
    }

    private static func entry(
        _ name: String, _ kind: EntryKind, _ attributes: [ExtendedAttribute], _ link: String
    ) -> Entry {
        entry(name, kind, attributes, TreePath(Array(link.utf8)))
    }

    private static func entry(
        _ name: String, _ kind: EntryKind, _ attributes: [ExtendedAttribute],
        _ link: TreePath? = nil
    ) -> Entry {
        Entry(
            name: FileName(name), kind: kind, metadata: metadata, extendedAttributes: attributes,
            hardLink: link)
    }
}
