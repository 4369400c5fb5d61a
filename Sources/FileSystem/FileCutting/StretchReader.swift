import Chunking
package import FileHandles

/// Reads any stretch of a file. Safe to use from several threads at once.
package struct StretchReader: Sendable {
    let handle: FileHandle
    let status: FileStatus
    let cutter: ChunkCutter
    /// How long a stretch is that does not end with the file.
    package let stretchInBytes: Int

    /// Reads a stretch, and looks for the marks in it: for who does not know where chunks begin.
    package func readAhead(at offset: UInt64) throws(SystemCallError) -> FileStretch {
        try read(at: offset, markedBy: cutter)
    }

    func read(
        at offset: UInt64, markedBy cutter: ChunkCutter? = nil
    ) throws(SystemCallError) -> FileStretch {
        try FileStretch(
            roomInBytes: self.cutter.maximumInBytes, mostInBytes: stretchInBytes, at: offset,
            markedBy: cutter
        ) { buffer throws(SystemCallError) in try handle.read(into: buffer, at: offset) }
    }

    /// How far it is worth reading ahead from somewhere: to the next hole, or to where the file
    /// ended at first.
    package func endOfData(from offset: UInt64) -> UInt64 {
        guard status.lacksBlocks, offset < status.sizeInBytes else { return status.sizeInBytes }
        return min(handle.nextHole(from: offset), status.sizeInBytes)
    }
}
