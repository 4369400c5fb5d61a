/// Decides which index tables a writer merges into the one that it is about to write.
///
/// Size-tiered: a tier spans a factor of four, and once a tier would hold four tables they become
/// one of the next tier. A merge that takes place anyway takes in whatever further tables its
/// result has grown to: each table less is a request less for whoever opens the repository, and
/// costs none here. So a merge leaves no table of its result's tier or below; there are at most
/// three tables a tier, O(log n) in all, and each entry is written again about log4(n) times
/// (Specs/decisions/0004-lay-out-the-index.md).
enum TableMerging {
    private static let fanIn = 4
    /// Tables below this size are all in the first tier.
    private static let firstTierInChunks = 256
    /// A merged table has at most this many chunks: bounds the memory and the upload of a merge.
    static let mostChunks = 1024 * 1024

    /// The positions of the tables to merge with a new one.
    /// - Parameters:
    ///   - newChunks: the number of chunks that the new table has by itself.
    ///   - sizes: the numbers of chunks of the existing tables.
    static func choose(newChunks: Int, sizes: [Int]) -> [Int] {
        let order = sizes.indices.sorted { sizes[$0] < sizes[$1] }
        var chosen: [Int] = []
        var total = newChunks
        var next = 0
        while true {
            let tier = tier(total)
            var candidates: [Int] = []
            while next < order.count, Self.tier(sizes[order[next]]) <= tier {
                candidates.append(order[next])
                next += 1
            }
            let sum = candidates.reduce(0) { $0 + sizes[$1] }
            let fewest = chosen.isEmpty ? fanIn - 1 : 1
            guard candidates.count >= fewest, total + sum <= mostChunks else { return chosen }
            chosen += candidates
            total += sum
        }
    }

    private static func tier(_ chunks: Int) -> Int {
        var tier = 0
        var limit = firstTierInChunks
        while chunks > limit {
            limit *= fanIn
            tier += 1
        }
        return tier
    }
}
