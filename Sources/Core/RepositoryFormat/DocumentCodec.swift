// The plain JSON documents: `varve.json` and the manifests. Each is one line of canonical JSON
// whose last member is the SHA-256 of everything before it, so that no flipped bit and no edit by
// hand goes unseen (Specs/repository-format.md section 8).

package import SnapshotModel

/// Encodes and decodes the plain JSON documents of a repository.
package enum DocumentCodec {
    /// SHA-256, passed in because this module has no cryptography.
    package typealias Hash = PackLayout.Hash

    private static let checksumKey = Array(",\"checksum\":\"".utf8)
    private static let documentEnd = Array("\"}\n".utf8)

    /// The bytes of `varve.json`.
    package static func encode(_ description: RepositoryDescription, hash: Hash) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.plain("varve")
        writer.key("version")
        writer.number(FormatLimits.version)
        writer.key("id")
        writer.string("\(description.id)")
        writer.key("created")
        writer.string(CalendarTime.iso8601(description.created))
        writer.key("chunking")
        append(description.chunking, to: &writer)
        return finish(&writer, hash: hash)
    }

    /// Decodes `varve.json`.
    /// - Throws: `.unsupported` for a newer version or an encrypted repository, else `.malformed`,
    ///   `.checksumMismatch`, `.limitExceeded`.
    package static func decodeDescription(
        _ bytes: UnsafeRawBufferPointer, hash: Hash
    ) throws(FormatError) -> RepositoryDescription {
        var reader = try begin(bytes, format: "varve", structure: "description", hash: hash)
        var id: RepositoryID?
        var created: Timestamp?
        var chunking: ChunkingParameters?
        while let key = try reader.nextKey() {
            switch key {
            case "id": id = RepositoryID(hexadecimal: try reader.string())
            case "created": created = CalendarTime.parse(iso8601: try reader.string())
            case "chunking": chunking = try decodeChunking(&reader)
            case "encryption":
                throw FormatError(
                    .unsupported, in: "description", at: reader.position,
                    "the repository is encrypted")
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        guard let id, let created, let chunking else {
            throw reader.malformed("id, created or chunking is missing")
        }
        return RepositoryDescription(id: id, created: created, chunking: chunking)
    }

    private static func append(_ chunking: ChunkingParameters, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("algorithm")
        writer.plain("gear-1")
        for (isOpaque, sizes) in [(false, chunking.general), (true, chunking.opaque)] {
            writer.key(isOpaque ? "opaque" : "general")
            writer.beginObject()
            writer.key("minimum")
            writer.number(UInt64(sizes.minimum))
            writer.key("average")
            writer.number(UInt64(sizes.average))
            writer.key("maximum")
            writer.number(UInt64(sizes.maximum))
            writer.endObject()
        }
        writer.key("page")
        writer.number(UInt64(chunking.pageSizeInBytes))
        writer.endObject()
    }

    private static func decodeChunking(
        _ reader: inout JSONReader
    ) throws(FormatError) -> ChunkingParameters {
        var general: ChunkSizes?
        var opaque: ChunkSizes?
        var page: Int?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "algorithm":
                guard try reader.string() == "gear-1" else {
                    throw FormatError(
                        .unsupported, in: "description", at: reader.position, "chunking algorithm")
                }
            case "general": general = try decodeSizes(&reader)
            case "opaque": opaque = try decodeSizes(&reader)
            case "page": page = try reader.integer()
            default: try reader.skipValue()
            }
        }
        guard let general, let opaque, let page,
            (512...FormatLimits.chunkInBytes).contains(page), page & (page - 1) == 0
        else { throw reader.malformed("chunking parameters") }
        return ChunkingParameters(general: general, opaque: opaque, pageSizeInBytes: page)
    }

    private static func decodeSizes(_ reader: inout JSONReader) throws(FormatError) -> ChunkSizes {
        var minimum = 0
        var average = 0
        var maximum = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "minimum": minimum = try reader.integer()
            case "average": average = try reader.integer()
            case "maximum": maximum = try reader.integer()
            default: try reader.skipValue()
            }
        }
        let isPowerOfTwo = average > 0 && average & (average - 1) == 0
        guard minimum >= 64, minimum <= average, average <= maximum, isPowerOfTwo,
            maximum <= FormatLimits.chunkInBytes
        else { throw reader.malformed("chunk sizes") }
        return ChunkSizes(minimum: minimum, average: average, maximum: maximum)
    }

    /// Appends the checksum and closes the document.
    package static func finish(_ writer: inout JSONWriter, hash: Hash) -> [UInt8] {
        var bytes = writer.bytes
        let digest = bytes.withUnsafeBytes(hash)
        bytes.append(contentsOf: checksumKey)
        digest.appendHexadecimal(to: &bytes)
        bytes.append(contentsOf: documentEnd)
        return bytes
    }

    /// Checks size, format, version and checksum.
    /// - Returns: a reader behind the version, before the next key. The version is looked at first,
    ///   so that a document of a newer format is called that and not damaged.
    static func begin(
        _ bytes: UnsafeRawBufferPointer, format: String, structure name: StaticString, hash: Hash
    ) throws(FormatError) -> JSONReader {
        let structure = name.description
        guard bytes.count <= FormatLimits.documentInBytes else {
            throw FormatError(.limitExceeded, in: structure, at: 0, "\(bytes.count) bytes")
        }
        guard bytes.last == UInt8(ascii: "\n") else {
            throw FormatError(.malformed, in: structure, at: bytes.count, "no line feed at the end")
        }
        let line = UnsafeRawBufferPointer(rebasing: bytes.dropLast())
        var reader = JSONReader(line, structure: name)
        try reader.beginObject()
        guard let first = try reader.nextKey(), "format" ~= first, try reader.string() == format,
            let second = try reader.nextKey(), "version" ~= second
        else { throw reader.malformed("does not begin with format \"\(format)\" and version") }
        let version = try reader.unsigned()
        guard version == FormatLimits.version else {
            throw FormatError(
                .unsupported, in: structure, at: reader.position,
                "format version \(version), this tool knows \(FormatLimits.version)")
        }
        try verifyChecksum(bytes, structure: structure, hash: hash)
        return reader
    }

    private static func verifyChecksum(
        _ bytes: UnsafeRawBufferPointer, structure: String, hash: Hash
    ) throws(FormatError) {
        let tail = checksumKey.count + 2 * Digest256.byteCount + documentEnd.count
        let start = bytes.count - tail
        guard start > 0, bytes[start..<start + checksumKey.count].elementsEqual(checksumKey) else {
            throw FormatError(.malformed, in: structure, at: max(0, start), "checksum is missing")
        }
        let digits = start + checksumKey.count..<bytes.count - documentEnd.count
        let found = Digest256(hexadecimal: UnsafeRawBufferPointer(rebasing: bytes[digits]))
        let expected = hash(UnsafeRawBufferPointer(rebasing: bytes[0..<start]))
        guard found == expected else {
            throw FormatError(.checksumMismatch, in: structure, at: start, "checksum differs")
        }
    }
}
