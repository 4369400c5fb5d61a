import ChunkStorage
import FileCutting
import FileHandles
import FileTree
import RepositoryFormat
import SnapshotModel

/// Large files and streams: one worker cuts them into segments, which any worker may hash and
/// compress. Workers that have nothing else to do read stretches of the file ahead of it.
extension FileWorker {
    func readLarge(_ handle: FileHandle, _ status: FileStatus) throws(SystemCallError) -> Content {
        handle.adviseSequential()
        var reader = try LargeFileReader(handle, status, cutters)
        return try content(of: &reader)
    }

    /// Reads what comes in segments.
    /// - Returns: the content; less than that once the run is to stop.
    func content(of reader: inout LargeFileReader) throws(SystemCallError) -> Content {
        var pieces = PieceQueue(ContentBuilder(listsTo: metadata))
        let file = queue.openFile()
        defer { queue.closeFile(file) }
        let stretches = reader.stretches
        while watch.goesOn() {
            while !queue.mayRead(file, having: pieces.count) { settle(&pieces) }
            let piece = try reader.next { offset throws(SystemCallError) in
                if let reading = queue.takeAhead(file, at: offset) {
                    return try reading.wait().get()
                }
                if let stretches { queue.offer(file, offer(behind: offset, of: stretches)) }
                return nil
            }
            guard let piece else { break }
            add(piece, to: &pieces)
        }
        while pieces.count > 0 { settle(&pieces) }
        return pieces.content.finish()
    }

    private func add(_ piece: LargeFileReader.Piece, to pieces: inout PieceQueue) {
        switch piece {
        case .chunks(let bytes):
            let segment = FileSegment(bytes)
            queue.push(segment)
            pieces.append(.segment(segment))
            progress.add(readBytes: segment.sizeInBytes)
        case .zeros(let count, let length):
            let id = cutters.withZeros(length) { data.save($0) }
            pieces.append(.zeros(id: id, count: count, length: length))
        }
    }

    /// What others may read while this worker reads at `offset` itself.
    private func offer(behind offset: UInt64, of stretches: StretchReader) -> AheadBoard.Offer {
        let next = offset + UInt64(stretches.stretchInBytes)
        return AheadBoard.Offer(
            next: next, end: stretches.endOfData(from: next), stepInBytes: stretches.stretchInBytes
        ) { offset in
            Result { () throws(SystemCallError) in try stretches.readAhead(at: offset) }
        }
    }

    /// Gets the first piece done: by helping with any segment that waits, else by waiting.
    private func settle(_ pieces: inout PieceQueue) {
        while !pieces.isFirstReady, let segment = queue.popSegment() { segment.process(data) }
        pieces.takeFirst()
    }
}

/// The pieces of one large file that are not in its content yet, in order.
private struct PieceQueue {
    enum Piece {
        case segment(FileSegment)
        case zeros(id: ChunkID, count: Int, length: Int)
    }

    private var pieces: [Piece] = []
    var content: ContentBuilder

    init(_ content: ContentBuilder) { self.content = content }

    var count: Int { pieces.count }

    var isFirstReady: Bool {
        if case .segment(let segment) = pieces.first { return segment.isProcessed }
        return true
    }

    mutating func append(_ piece: Piece) { pieces.append(piece) }

    mutating func takeFirst() {
        switch pieces.removeFirst() {
        case .segment(let segment): segment.append(to: &content)
        case .zeros(let id, let count, let length):
            for _ in 0..<count { content.append(id, sizeInBytes: length) }
        }
    }
}
