// Writes the headers of a tar stream: ustar, with pax extended headers (POSIX.1-2001) where a value
// does not fit into its field, and GNU tar's sparse format 1.0 for files with holes. Pure: members
// in, bytes out. Specs/decisions/0023-write-tar-ourselves.md says why and what readers make of it.

import SnapshotModel

/// Encodes what stands around the data of a tar stream.
package enum TarEncoder {
    /// Headers and data are made of records of this size.
    package static let recordInBytes = 512
    /// A stream is filled up to a multiple of this: what POSIX wants of a tape's blocks, and what
    /// some readers wait for.
    package static let blockInBytes = 20 * recordInBytes

    /// Everything that stands in front of a member's data.
    /// - Returns: a multiple of `recordInBytes`.
    package static func header(of member: TarMember) -> [UInt8] {
        let path = path(of: member)
        let map: [UInt8]
        if case .sparseFile(let sparse) = member.kind { map = sparse.encoded } else { map = [] }
        let size = member.dataInBytes + UInt64(map.count)
        var header = UstarHeader(
            mode: member.metadata.mode, type: type(of: member.kind), sizeInBytes: size)
        var records = PaxRecords()
        appendTexts(of: member, path, &header, &records)
        if size > UstarHeader.largestSize { records.append("size", "\(size)") }
        appendNumbers(of: member.metadata, &header, &records)
        if case .sparseFile(let sparse) = member.kind { append(sparse, &records) }
        for attribute in member.attributes {
            records.append(PaxRecords.key(ofAttribute: attribute.name), attribute.value)
        }
        return extendedHeader(records, of: member) + header.finish() + map
    }

    /// What fills data up to whole records: as many NULs as that takes.
    package static func padding(behind dataInBytes: UInt64) -> [UInt8] {
        let last = Int(dataInBytes % UInt64(recordInBytes))
        return [UInt8](repeating: 0, count: last == 0 ? 0 : recordInBytes - last)
    }

    /// The end of a stream: two empty records, and what fills it up to a whole block.
    /// - Parameter writtenInBytes: what was written before; a multiple of `recordInBytes`.
    package static func end(behind writtenInBytes: UInt64) -> [UInt8] {
        let least = 2 * recordInBytes
        let last = Int((writtenInBytes + UInt64(least)) % UInt64(blockInBytes))
        return [UInt8](repeating: 0, count: least + (last == 0 ? 0 : blockInBytes - last))
    }

    private static func path(of member: TarMember) -> [UInt8] {
        guard member.kind == .directory, member.path.last != UInt8(ascii: "/") else {
            return member.path
        }
        return member.path + [UInt8(ascii: "/")]
    }

    private static func type(of kind: TarMember.Kind) -> Character {
        switch kind {
        case .file, .sparseFile: "0"
        case .hardLink: "1"
        case .symlink: "2"
        case .characterDevice: "3"
        case .blockDevice: "4"
        case .directory: "5"
        case .fifo: "6"
        }
    }

    /// Paths and names of owners.
    ///
    /// What is not ASCII gets a record, which says that it is UTF-8. Bytes that are no UTF-8 go
    /// into the header's own fields, which have no encoding, as long as they fit: GNU tar warns of
    /// `hdrcharset`, though it then does the right thing, and other readers need it.
    private static func appendTexts(
        of member: TarMember, _ path: [UInt8], _ header: inout UstarHeader,
        _ records: inout PaxRecords
    ) {
        var texts: [(key: String, value: [UInt8])] = []
        if case .sparseFile = member.kind {
            // Readers that do not know the format make a file of the map under this name.
            _ = header.put(path: sparsePath(path))
            texts.append(("GNU.sparse.name", path))
        } else if !header.put(path: path) || isTextBeyondASCII(path) {
            texts.append(("path", path))
        }
        switch member.kind {
        case .symlink(let target), .hardLink(let target):
            header.put(link: target)
            if target.count > UstarHeader.linkLength || isTextBeyondASCII(target) {
                texts.append(("linkpath", target))
            }
        case .characterDevice(let number), .blockDevice(let number): header.put(number)
        default: break
        }
        header.put(userName: member.userName, groupName: member.groupName)
        for (key, name) in [("uname", member.userName), ("gname", member.groupName)] {
            let bytes = Array(name.utf8)
            if bytes.count > UstarHeader.ownerLength || isTextBeyondASCII(bytes) {
                texts.append((key, bytes))
            }
        }
        // It applies to the records behind it.
        if !texts.allSatisfy({ isUTF8($0.value) }) { records.append("hdrcharset", "BINARY") }
        for (key, value) in texts { records.append(key, value) }
    }

    private static func appendNumbers(
        of metadata: Metadata, _ header: inout UstarHeader, _ records: inout PaxRecords
    ) {
        let (user, group) = (UInt64(metadata.userID), UInt64(metadata.groupID))
        header.put(userID: user, groupID: group)
        if user > UstarHeader.largestNumber { records.append("uid", "\(user)") }
        if group > UstarHeader.largestNumber { records.append("gid", "\(group)") }
        let time = metadata.modified
        header.put(seconds: time.seconds)
        let isWhole = time.nanoseconds == 0 && time.seconds >= 0
        if !isWhole || UInt64(time.seconds) > UstarHeader.largestSize {
            records.append("mtime", PaxRecords.text(of: time))
        }
    }

    private static func append(_ map: SparseMap, _ records: inout PaxRecords) {
        records.append("GNU.sparse.major", "1")
        records.append("GNU.sparse.minor", "0")
        records.append("GNU.sparse.realsize", "\(map.sizeInBytes)")
    }

    /// The records as a member of their own, in front of the one that they are about.
    private static func extendedHeader(_ records: PaxRecords, of member: TarMember) -> [UInt8] {
        if records.isEmpty { return [] }
        let size = UInt64(records.bytes.count)
        var header = UstarHeader(mode: 0o644, type: "x", sizeInBytes: size)
        // Only readers that do not know these headers see the name.
        _ = header.put(path: Array("./PaxHeaders/".utf8) + lastComponent(member.path).prefix(80))
        header.put(seconds: member.metadata.modified.seconds)
        return header.finish() + records.bytes + padding(behind: size)
    }

    private static func sparsePath(_ path: [UInt8]) -> [UInt8] {
        Array("./GNUSparseFile.0/".utf8) + lastComponent(path).prefix(80)
    }

    private static func lastComponent(_ path: [UInt8]) -> ArraySlice<UInt8> {
        path.split(separator: UInt8(ascii: "/")).last ?? []
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    private static func isTextBeyondASCII(_ bytes: [UInt8]) -> Bool {
        bytes.contains { $0 > 0x7F } && isUTF8(bytes)
    }
}
