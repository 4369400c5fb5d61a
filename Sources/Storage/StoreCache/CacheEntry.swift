import Cryptography
import ObjectStore
import SnapshotModel

/// The local file around bytes whose name is no hash.
///
/// Layout: magic (8 bytes), length of the label (2, little-endian), label, content, and the
/// SHA-256 of all before it. So a file that is torn, damaged, or that of another object, is found
/// out.
enum CacheEntry {
    private static let magic = Array("VARVECE\u{1}".utf8)
    private static let fixedLength = magic.count + 2

    /// How much longer the file is than its content.
    static func overhead(_ label: String) -> Int {
        fixedLength + label.utf8.count + Digest256.byteCount
    }

    /// The pieces of the file; the content is one of them.
    static func encode(
        _ label: String, _ content: UnsafeRawBufferPointer
    ) -> (
        header: [UInt8], trailer: [UInt8]
    ) {
        var header = magic
        // Labels are an object's name and two numbers.
        let length = UInt16(label.utf8.count)
        header += [UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)]
        header += Array(label.utf8)
        var hash = SHA256()
        header.withUnsafeBytes { hash.update($0) }
        hash.update(content)
        var trailer: [UInt8] = []
        hash.finish().append(to: &trailer)
        return (header, trailer)
    }

    /// The content of a file.
    /// - Returns: a view of the file's bytes; `nil` when they are not what was written for the
    ///   label.
    static func decode(_ file: ObjectBytes, _ label: String) -> ObjectBytes? {
        let bytes = file.bytes
        guard bytes.count >= overhead(label) else { return nil }
        let header = fixedLength + label.utf8.count
        let end = bytes.count - Digest256.byteCount
        let length = UInt16(bytes[magic.count]) | UInt16(bytes[magic.count + 1]) << 8
        guard bytes.starts(with: magic), Int(length) == label.utf8.count,
            bytes[fixedLength..<header].elementsEqual(label.utf8)
        else { return nil }
        let covered = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        // The file is longer than its trailer, so there is an address.
        guard SHA256.digest(of: covered) == Digest256(loading: bytes.baseAddress! + end) else {
            return nil
        }
        return ObjectBytes(
            bytes: UnsafeRawBufferPointer(rebasing: bytes[header..<end]), owner: file)
    }
}
