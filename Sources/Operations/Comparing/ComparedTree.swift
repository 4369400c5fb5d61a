package import SnapshotModel

/// The entries of a folder, one by one.
package protocol EntryStream: AnyObject {
    /// The next entry, strictly ascending by name; `nil` behind the last one. After an error it is
    /// not asked again.
    func next() throws -> Entry?
}

/// A tree that can be compared, for one thread.
///
/// Errors are `RepositoryError` `.damaged` and `SystemCallError` for what cannot be read; anything
/// else ends the comparison.
package protocol ComparedTree: AnyObject {
    /// The entries of a folder.
    /// - Parameters:
    ///   - listing: what the folder's entry has.
    ///   - path: of the folder, from the compared one on.
    func entries(of listing: Content, path: [UInt8]) throws -> any EntryStream

    /// Whether a file of this tree, whose content is not known, has these bytes.
    /// - Parameter path: of the file; its size is that of the content.
    func has(_ content: Content, path: [UInt8]) throws -> Bool

    /// The hash of the names of a file's chunks: equal for equal bytes, whatever tree they are in.
    /// - Parameter content: of the file, if it is known.
    func digest(of content: Content, path: [UInt8]) throws -> Digest256
}

extension Content {
    /// Content of which only the size is known; no listing can hold such a one.
    package static func unknown(sizeInBytes: UInt64) -> Self {
        // What is empty is known.
        Self(sizeInBytes: sizeInBytes, levels: 0, chunks: [])
    }

    /// The listing of a folder that has none.
    package static let unlisted = unknown(sizeInBytes: .max)

    /// Whether the bytes are known.
    package var isKnown: Bool { sizeInBytes == 0 || !chunks.isEmpty }
}

/// A stream of which the next entry can be seen without taking it.
final class PeekedStream {
    private let stream: any EntryStream
    private var head: Entry?
    private var isAhead = false

    init(_ stream: any EntryStream) { self.stream = stream }

    func peek() throws -> Entry? {
        if !isAhead {
            head = try stream.next()
            isAhead = true
        }
        return head
    }

    /// Passes over the entry that was seen.
    func pop() {
        // The end stays the end.
        if head != nil { isAhead = false }
    }
}
