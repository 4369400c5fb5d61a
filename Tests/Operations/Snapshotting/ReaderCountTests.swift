import FileHandles
import TestSupport
import Testing

@testable import Snapshotting

struct ReaderCountTests {
    private struct Case {
        let kind: FileSystemKind
        let processors: Int
        let isSpinning: Bool?
        let count: Int
        var sleepsAtFirst = false
    }

    private static let cases = [
        Case(kind: .local, processors: 1, isSpinning: false, count: 2, sleepsAtFirst: true),
        Case(kind: .local, processors: 2, isSpinning: true, count: 2, sleepsAtFirst: true),
        Case(kind: .local, processors: 2, isSpinning: nil, count: 2, sleepsAtFirst: true),
        Case(kind: .local, processors: 3, isSpinning: nil, count: 3),
        Case(kind: .local, processors: 4, isSpinning: false, count: 4),
        Case(kind: .local, processors: 64, isSpinning: false, count: 8),
        Case(kind: .local, processors: 64, isSpinning: true, count: 2),
        Case(kind: .layered, processors: 2, isSpinning: nil, count: 2, sleepsAtFirst: true),
        Case(kind: .layered, processors: 5, isSpinning: nil, count: 5),
        Case(kind: .layered, processors: 8, isSpinning: true, count: 2),
        Case(kind: .network, processors: 2, isSpinning: nil, count: 32),
        Case(kind: .userSpace, processors: 2, isSpinning: nil, count: 32),
        Case(kind: .unknown, processors: 1, isSpinning: nil, count: 32),
        Case(kind: .generated, processors: 8, isSpinning: nil, count: 1),
    ]

    @Test(arguments: cases)
    private func `disks that turn get few, what is far away many`(_ example: Case) {
        let choice = ReaderCount.usual(
            example.kind, processors: example.processors, isSpinning: example.isSpinning)
        #expect(choice.count == example.count)
        #expect(choice.sleepsAtFirst == example.sleepsAtFirst)
    }

    @Test func `a part of a disk is as the whole`() throws {
        let temporary = try TemporaryDirectory()
        let system = DiskPath(temporary.path)
        for (name, digit) in [("disk", "1"), ("other", "0")] {
            let disk = system.appending(name)
            for folder in ["", "/part", "/queue"] {
                try system.appending(name + folder).makeDirectory()
            }
            try disk.appending("queue/rotational").write(Array("\(digit)\n".utf8))
        }
        for (name, target) in [("8:0", "disk"), ("8:1", "disk/part"), ("259:300", "other/part")] {
            try system.appending(name).makeLink(to: Array(target.utf8))
        }
        func isSpinning(_ major: UInt64, _ minor: UInt64) -> Bool? {
            let device = major << 8 | minor & 0xFF | (minor & ~0xFF) << 12
            return ReaderCount.isSpinning(device: device, in: system.text)
        }
        #expect(isSpinning(8, 0) == true)
        #expect(isSpinning(8, 1) == true)
        #expect(isSpinning(259, 300) == false)
        #expect(isSpinning(0, 45) == nil)
    }
}
