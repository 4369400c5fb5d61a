import FileHandles
import TestSupport
import Testing

@testable import Snapshotting

struct ReaderCountTests {
    private static let cases: [(FileSystemKind, Int, Bool?, Int)] = [
        (.local, 2, true, 2), (.local, 64, true, 2), (.local, 1, false, 2), (.local, 4, false, 4),
        (.local, 64, false, 8), (.local, 2, nil, 2), (.layered, 5, nil, 5), (.layered, 8, true, 2),
        (.network, 2, nil, 32), (.userSpace, 2, nil, 32), (.unknown, 1, nil, 32),
        (.generated, 8, nil, 1),
    ]

    @Test(arguments: cases)
    func `disks that turn get few, what is far away many`(
        _ kind: FileSystemKind, _ processors: Int, _ isSpinning: Bool?, _ count: Int
    ) {
        #expect(
            ReaderCount.usual(kind, processors: processors, isSpinning: isSpinning) == count)
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
