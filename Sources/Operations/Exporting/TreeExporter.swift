// Walks through the listings of a tree in order, on the calling thread: makes the headers, leaves
// out what is known to be unreadable, and plans the data, one segment of the stream at a time.

import ChunkStorage
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TarFormat
import WorkerThreads

/// Feeds a pipeline with a tree.
final class TreeExporter {
    private let reader: TreeReader
    private let names: OwnerNames
    private let settings: ExportSettings
    private let results: ExportResults
    private let pipeline: ExportPipeline
    private var planner: ExportPlanner
    private var zeros = ZeroChunks()
    private var links: LinkTargets
    private let top: (entry: Entry, path: [UInt8])

    /// - Parameters:
    ///   - entry: what to export.
    ///   - path: where it is in the snapshot.
    init(
        _ entry: Entry, at path: [UInt8], _ loader: ChunkLoader, _ names: OwnerNames,
        _ settings: ExportSettings, _ results: ExportResults, _ pipeline: ExportPipeline
    ) {
        reader = TreeReader(loader)
        top = (entry, path)
        links = LinkTargets(reader, top: entry, path: path)
        self.names = names
        self.settings = settings
        self.results = results
        self.pipeline = pipeline
        planner = ExportPlanner(segmentInBytes: settings.segmentInBytes)
    }

    /// Exports a directory with names that count from it, anything else by its own name.
    func export() throws {
        let (entry, path) = top
        if case .directory(let listing) = entry.kind {
            let member = [UInt8(ascii: ".")]
            try add(entry, .directory, member, path)
            try export(listing, member: member, path: path)
        } else {
            try export(entry, member: entry.name.bytes, path: path)
        }
        try addSegment()
    }

    /// - Parameter member: the directory's path in the stream.
    private func export(_ listing: Content, member: [UInt8], path: [UInt8]) throws {
        do {
            try reader.forEachEntry(of: listing, path: path) { entry in
                try settings.cancellation.check()
                let slash = UInt8(ascii: "/")
                try export(
                    entry, member: member + [slash] + entry.name.bytes,
                    path: path.isEmpty ? entry.name.bytes : path + [slash] + entry.name.bytes)
            }
        } catch let error as RepositoryError where error.code == .damaged {
            results.damage(path, "\(error)")
        }
    }

    private func export(_ entry: Entry, member: [UInt8], path: [UInt8]) throws {
        if let first = entry.hardLink, let target = try links.target(first, for: member) {
            return try add(entry, .hardLink(target: target), member, path)
        }
        switch entry.kind {
        case .file(let content): try export(entry, content, member, path)
        case .directory(let listing):
            try add(entry, .directory, member, path)
            try export(listing, member: member, path: path)
        case .symlink(let target): try add(entry, .symlink(target: target), member, path)
        case .fifo: try add(entry, .fifo, member, path)
        case .characterDevice(let number):
            try add(entry, .characterDevice(number), member, path)
        case .blockDevice(let number): try add(entry, .blockDevice(number), member, path)
        case .socket:
            links.noteMissing(member)
            results.fail(path, "is a socket, which cannot be in a tar stream")
        }
    }

    /// Adds a member without data.
    private func add(
        _ entry: Entry, _ kind: TarMember.Kind, _ member: [UInt8], _ path: [UInt8]
    ) throws {
        planner.add(try makeMember(entry, kind, member, path), path: path)
        if planner.isFull { try addSegment() }
    }

    private func export(
        _ entry: Entry, _ content: Content, _ member: [UInt8], _ path: [UInt8]
    ) throws {
        let map: SparseMap
        do {
            map = try survey(content)
        } catch let error as RepositoryError where error.code == .damaged {
            links.noteMissing(member)
            results.damage(path, "\(error)")
            return
        }
        let kind: TarMember.Kind =
            map.hasHoles ? .sparseFile(map) : .file(sizeInBytes: content.sizeInBytes)
        let header = try makeMember(entry, kind, member, path)
        if map.dataInBytes == 0, !map.hasHoles {
            planner.add(header, path: path)
        } else {
            try plan(ExportFile(header, path: path), content, map)
        }
        if planner.isFull { try addSegment() }
    }

    /// Looks at the lengths of all chunks, and finds the holes.
    /// - Throws: `RepositoryError` `.damaged` when something is known to be missing.
    private func survey(_ content: Content) throws -> SparseMap {
        var finder = HoleFinder()
        try reader.loader.forEachChunk(of: content) { id in
            let length = try reader.loader.locations(of: id)[0].length
            finder.append(length: length, isZero: zeros.contains(id, length: length))
            if finder.sizeInBytes > content.sizeInBytes {
                throw Self.wrongSize("\(finder.sizeInBytes) bytes", content)
            }
        }
        guard finder.sizeInBytes == content.sizeInBytes else {
            throw Self.wrongSize("\(finder.sizeInBytes) bytes", content)
        }
        return finder.finish()
    }

    /// Wants all chunks that are not in holes; a large file goes on in further segments.
    private func plan(_ file: ExportFile, _ content: Content, _ map: SparseMap) throws {
        if planner.shouldCut(before: map.dataInBytes) { try addSegment() }
        planner.begin(file, sizeInBytes: map.dataInBytes)
        var stretches = map.stretches[...]
        var offset: UInt64 = 0
        do {
            try reader.loader.forEachChunk(of: content) { id in
                let locations = try reader.loader.locations(of: id)
                let start = offset
                offset += UInt64(locations[0].length)
                // Invariant: no stretch that is left ends before the chunk.
                guard let stretch = stretches.first, stretch.offset <= start else { return }
                if stretch.end <= offset { stretches.removeFirst() }
                if stretch.end < offset {
                    // A hole begins; its first zeros may belong to the stretch.
                    planner.add(zeros: stretch.end - start)
                    return
                }
                if planner.isFull {
                    try settings.cancellation.check()
                    try addSegment()
                }
                planner.want(id, locations)
            }
        } catch let error as RepositoryError where error.code == .damaged {
            // It could be read a moment ago; what is missing is filled up.
            file.fail("\(error)")
        }
        planner.end()
    }

    private static func wrongSize(_ found: String, _ content: Content) -> RepositoryError {
        RepositoryError(
            .damaged, "cannot read content", cause: "\(found), expected \(content.sizeInBytes)",
            remedy: "varve check")
    }

    private func makeMember(
        _ entry: Entry, _ kind: TarMember.Kind, _ path: [UInt8], _ snapshotPath: [UInt8]
    ) throws -> TarMember {
        if entry.hasUnknownKeys {
            results.fail(
                snapshotPath, "has metadata that this version of varve cannot export")
        }
        var member = TarMember(path: path, kind: kind, metadata: entry.metadata)
        member.userName = names.users[entry.metadata.userID] ?? ""
        member.groupName = names.groups[entry.metadata.groupID] ?? ""
        // What a link leads to has them already.
        if case .hardLink = kind { return member }
        for attribute in entry.extendedAttributes {
            guard let value = try load(attribute, of: snapshotPath) else { continue }
            member.attributes.append(TarMember.Attribute(name: attribute.name, value: value))
        }
        return member
    }

    /// - Returns: `nil` when the value cannot be had, which is reported.
    private func load(_ attribute: ExtendedAttribute, of path: [UInt8]) throws -> [UInt8]? {
        let content: Content
        switch attribute.value {
        case .inline(let bytes): return bytes
        case .content(let large): content = large
        }
        let name = DisplayText.escape(attribute.name)
        guard content.sizeInBytes <= UInt64(FormatLimits.chunkInBytes) else {
            results.fail(path, "the attribute \(name) is too large for a tar stream")
            return nil
        }
        var value: [UInt8] = []
        do {
            try reader.loader.read(content) { value += $0 }
            return value
        } catch let error as RepositoryError where error.code == .damaged {
            results.damage(path, "the attribute \(name) is missing: \(error)")
            return nil
        }
    }

    private func addSegment() throws {
        if planner.isEmpty { return }
        let segment = planner.cut(
            gapInBytes: settings.gapInBytes, partInBytes: settings.partInBytes)
        try pipeline.add(segment)
    }
}
