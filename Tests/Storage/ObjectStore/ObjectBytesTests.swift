import ObjectStore
import Testing

struct ObjectBytesTests {
    private final class Owner {
        let onRelease: () -> Void
        init(_ onRelease: @escaping () -> Void) { self.onRelease = onRelease }
        deinit { onRelease() }
    }

    private struct Refusal: Error, Equatable {}

    @Test(arguments: [0, 1, 5, 16])
    func onlyWhatWasFilledCounts(count: Int) {
        let bytes = ObjectBytes(capacity: 16) { memory in
            for index in 0..<count { memory[index] = UInt8(index) }
            return count
        }
        #expect(bytes.count == count)
        #expect(bytes.bytes.elementsEqual((0..<count).map { UInt8($0) }))
    }

    @Test func piecesAreCopiedOneBehindTheOther() {
        let bytes = ObjectBytes(copying: ObjectBody(parts: [[], [1, 2], [], [3], []]))
        withExtendedLifetime(bytes) { #expect(bytes.bytes.elementsEqual([1, 2, 3])) }
        #expect(ObjectBytes(copying: ObjectBody(parts: [])).count == 0)
    }

    @Test func aFailureToFillIsPassedOn() {
        #expect(throws: Refusal()) {
            try ObjectBytes(capacity: 8) { _ throws(Refusal) in throw Refusal() }
        }
    }

    @Test func memoryOfAnotherLivesAsLongAsItIsShown() {
        var isReleased = false
        var owner: Owner? = Owner { isReleased = true }
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        var bytes: ObjectBytes? = ObjectBytes(bytes: empty, owner: owner!)
        owner = nil
        #expect(!isReleased)
        #expect(bytes?.count == 0)
        bytes = nil
        #expect(isReleased)
    }

    @Test func aBodyHasTheSizeOfAllItsParts() {
        #expect(ObjectBody(parts: []).sizeInBytes == 0)
        #expect(ObjectBody(parts: [[1], [], [2, 3]]).sizeInBytes == 3)
        #expect(ObjectBody([1, 2]).parts == [[1, 2]])
    }
}
