import SnapshotModel
import TestSupport
import Testing

struct ValueTests {
    @Test func metadataKeepsTheLowTwelveBitsOfTheMode() {
        let time = Timestamp(seconds: 0, nanoseconds: 0)
        let metadata = Metadata(mode: 0o104_755, userID: 1, groupID: 2, modified: time)
        #expect(metadata.mode == 0o4755)
    }

    @Test(arguments: seeds(count: 4))
    func momentsAreOrderedBySecondsThenNanoseconds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let left = generator.timestamp()
            let seconds = generator.oneIn(2) ? left.seconds : generator.timestamp().seconds
            let right = Timestamp(
                seconds: seconds, nanoseconds: generator.timestamp().nanoseconds)
            let isLess = (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
            #expect((left < right) == isLess)
        }
    }

    @Test func onlyFilesAndDirectoriesHaveContent() {
        let content = Content(sizeInBytes: 3, levels: 0, chunks: [])
        let device = DeviceNumber(major: 1, minor: 2)
        #expect(EntryKind.file(content).content == content)
        #expect(EntryKind.directory(content).content == content)
        let others: [EntryKind] = [
            .symlink(target: [1]), .fifo, .socket, .characterDevice(device), .blockDevice(device),
        ]
        #expect(others.allSatisfy { $0.content == nil })
    }

    @Test(arguments: [(4 * 1024, 512 * 1024), (16 * 1024, 512 * 1024), (1 << 22, 1 << 22)])
    func theAverageDecidesTheOtherSizes(average: Int, opaqueAverage: Int) {
        let parameters = ChunkingParameters(averageInBytes: average)
        #expect(
            parameters.general
                == ChunkSizes(minimum: average / 4, average: average, maximum: average * 4))
        #expect(parameters.opaque == ChunkSizes(average: opaqueAverage))
        #expect(parameters.pageSizeInBytes == 8 * 1024)
        #expect(parameters.largestChunkInBytes == opaqueAverage * 4)
    }

    @Test func countsAddUpMemberByMember() {
        var counts = TreeCounts(files: 1, directories: 2, others: 3, bytes: 4)
        counts += TreeCounts(files: 10, directories: 20, others: 30, bytes: 40)
        #expect(counts == TreeCounts(files: 11, directories: 22, others: 33, bytes: 44))
    }
}
