package import ObjectStore
package import RepositoryFormat
package import SnapshotModel

/// A part of a pack as it lies in the store.
package struct StoredBytes: Sendable {
    /// The pack.
    package let pack: PackID
    /// Where the part begins, in bytes from the start of the pack.
    package let offset: UInt64
    /// The bytes; fewer than were asked for where the pack ends too early.
    package let object: ObjectBytes

    /// A part of a pack.
    package init(pack: PackID, offset: UInt64, object: ObjectBytes) {
        self.pack = pack
        self.offset = offset
        self.object = object
    }

    /// The stored bytes of a block of the same pack, valid for as long as `object` lives.
    /// - Returns: `nil` when the part does not hold the block as a whole.
    package func bytes(of block: BlockRecord) -> UnsafeRawBufferPointer? {
        guard UInt64(block.offset) >= offset, block.end <= offset + UInt64(object.count) else {
            return nil
        }
        let start = Int(UInt64(block.offset) - offset)
        return UnsafeRawBufferPointer(
            rebasing: object.bytes[start..<start + Int(block.storedLength)])
    }
}

/// Parts of packs that were read lately, bounded in bytes, for one thread.
struct StoredWindows {
    private let capacityInBytes: Int
    /// The part that was used last is the last one.
    private var windows: [StoredBytes] = []
    private var sizeInBytes = 0

    init(capacityInBytes: Int) { self.capacityInBytes = capacityInBytes }

    /// The part that holds a block.
    mutating func window(of block: BlockRecord, in pack: PackID) -> StoredBytes? {
        let found = windows.lastIndex { $0.pack == pack && $0.bytes(of: block) != nil }
        guard let found else { return nil }
        let window = windows.remove(at: found)
        windows.append(window)
        return window
    }

    /// Keeps a part, and gives up those that were not used for the longest time.
    mutating func insert(_ window: StoredBytes) {
        windows.append(window)
        sizeInBytes += window.object.count
        while sizeInBytes > capacityInBytes, windows.count > 1 {
            sizeInBytes -= windows.removeFirst().object.count
        }
    }
}
