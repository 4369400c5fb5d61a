/// What a store knows of the bytes of an object whose name is a hash.
package enum ObjectProof: Sendable {
    /// Nothing.
    case none
    /// They have that hash.
    case hashed
    /// They had that hash, and were an object of their kind, not long ago, and the file that they
    /// come from has not been touched since.
    case remembered
}

/// The bytes of an object in memory: on the heap, or mapped from a file.
package final class ObjectBytes: @unchecked Sendable {
    // @unchecked: the memory is never written to, and `owner` keeps it alive.

    /// The bytes, valid for as long as this object lives.
    package let bytes: UnsafeRawBufferPointer
    /// What the store knows of the bytes.
    package let proof: ObjectProof
    private let owner: AnyObject?
    private let release: (@Sendable () -> Void)?
    private let isAllocated: Bool

    /// Shows memory that `owner` keeps alive.
    /// - Parameter release: what `releasePages` does; `nil` for memory that cannot be released.
    package init(
        bytes: UnsafeRawBufferPointer, owner: AnyObject, proof: ObjectProof = .none,
        release: (@Sendable () -> Void)? = nil
    ) {
        self.bytes = bytes
        self.proof = proof
        self.owner = owner
        self.release = release
        isAllocated = false
    }

    /// Allocates `count` bytes and lets `fill` write them.
    /// - Parameter fill: returns how many bytes it has written; only those count.
    package init<Failure: Error>(
        capacity: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        do throws(Failure) {
            let count = try fill(memory)
            bytes = UnsafeRawBufferPointer(rebasing: memory[0..<count])
        } catch {
            memory.deallocate()
            throw error
        }
        owner = nil
        release = nil
        proof = .none
        // Also of no bytes: allocating none gives an address that wants to be freed.
        isAllocated = true
    }

    /// Copies bytes.
    package convenience init(copying source: some Collection<UInt8>) {
        self.init(capacity: source.count) { memory in
            memory.copyBytes(from: source)
            return source.count
        }
    }

    /// Copies the pieces of a body, one behind the other.
    package convenience init(copying body: ObjectBody) {
        self.init(capacity: body.sizeInBytes) { memory in
            var offset = 0
            for part in body.parts {
                UnsafeMutableRawBufferPointer(rebasing: memory[offset...]).copyBytes(from: part)
                offset += part.count
            }
            return offset
        }
    }

    deinit {
        if isAllocated { bytes.deallocate() }
    }

    /// Says that the bytes are not needed for a while. Those that a file backs stop counting as
    /// memory of this process until they are touched again; all stay valid.
    package func releasePages() { release?() }

    /// A copy of the bytes, for small objects that are compared or decoded.
    package func copy() -> [UInt8] { withExtendedLifetime(self) { Array(bytes) } }

    /// The number of bytes.
    package var count: Int { bytes.count }
}

/// The body of an object to be written: pieces that are sent one behind the other, uncopied.
package struct ObjectBody: Sendable {
    /// The pieces in order.
    package let parts: [[UInt8]]
    /// The size of the whole object.
    package let sizeInBytes: Int
    /// The SHA-256 of the whole object in lower-case hexadecimal digits, where the maker knows it:
    /// a store that wants it then need not compute it again.
    package let sha256: String?

    /// A body of several pieces.
    package init(parts: [[UInt8]], sha256: String? = nil) {
        self.parts = parts
        self.sha256 = sha256
        sizeInBytes = parts.reduce(0) { $0 + $1.count }
    }

    /// A body of one piece.
    package init(_ bytes: [UInt8], sha256: String? = nil) {
        self.init(parts: [bytes], sha256: sha256)
    }
}
