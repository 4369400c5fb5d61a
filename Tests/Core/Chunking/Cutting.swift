import Chunking

/// Cuts all of `bytes`, showing the cutter no more than `window` bytes at once.
func cut(_ bytes: [UInt8], with cutter: ChunkCutter, window: Int? = nil) -> [ArraySlice<UInt8>] {
    var chunks: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + (window ?? bytes.count))
        let length = bytes[start..<end].withUnsafeBytes { cutter.length(of: $0) }
        guard length > 0 else { return chunks }
        chunks.append(bytes[start..<start + length])
        start += length
    }
    return chunks
}

/// A cutter with the proportions that repositories have.
func cutter(average: Int) -> ChunkCutter {
    ChunkCutter(minimum: average / 4, average: average, maximum: average * 4)
}
