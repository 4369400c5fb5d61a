import FileHandles
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How many threads should look at directories. One that is not used sleeps, so that what waits for
/// an answer gets many; a head that has to move is not sent to and fro.
package enum ReaderCount {
    /// No more than this: each may have files open.
    package static let most = 64
    /// Of a disk that turns.
    static let spinning = 2
    /// Of anything that answers from afar, or by a program.
    static let remote = 32
    /// Of other disks, by the number of processors: where everything is in memory, more than these
    /// would only be in one another's way.
    static let local = 2...8

    /// With so few processors the scanner and whoever takes what it finds keep all of them busy,
    /// and readers are worth it only where it has to wait.
    private static let fewProcessors = 2

    /// What is usual for a file system.
    struct Choice: Equatable {
        let count: Int
        /// Whether they sleep until the scanner has had to wait.
        var sleepsAtFirst = false
    }

    /// By the file system of the first source, and the disk that it is on.
    static func usual(for sources: [SnapshotSource]) -> Choice {
        guard let source = sources.first else { return Choice(count: 1) }
        return usual(
            source.folder.fileSystemKind, processors: processorCount(),
            isSpinning: isSpinning(device: source.status.device))
    }

    /// - Parameter isSpinning: whether the disk turns; `nil` when nobody can tell, as of a file
    ///   system in memory, or on several disks.
    static func usual(_ kind: FileSystemKind, processors: Int, isSpinning: Bool?) -> Choice {
        switch kind {
        case .local, .layered:
            Choice(
                count: isSpinning == true
                    ? spinning : min(max(processors, local.lowerBound), local.upperBound),
                sleepsAtFirst: processors <= fewProcessors)
        case .network, .userSpace, .unknown: Choice(count: remote)
        case .generated: Choice(count: 1)
        }
    }

    /// Whether a file system lies on a disk that turns, by what Linux says of the disk.
    /// - Parameters:
    ///   - device: the number of the file system.
    ///   - system: the folder in which the kernel shows disks by their numbers.
    /// - Returns: `nil` when nothing says so, as for file systems that are on no disk of their own.
    static func isSpinning(device: UInt64, in system: String = "/sys/dev/block") -> Bool? {
        // The encoding of glibc's gnu_dev_major and gnu_dev_minor, which are macros to Swift.
        let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
        let minor = device & 0xFF | (device >> 12) & 0xFFFF_FF00
        // A part of a disk shows what is said of the whole in the folder above.
        for place in ["queue", "../queue"] {
            let path = "\(system)/\(major):\(minor)/\(place)/rotational"
            guard let file = try? FileHandle.open(path: Array(path.utf8), flags: O_RDONLY) else {
                continue
            }
            var digit = UInt8(ascii: "0")
            let count = withUnsafeMutableBytes(of: &digit) { try? file.read(into: $0, at: 0) }
            if count == 1 { return digit == UInt8(ascii: "1") }
        }
        return nil
    }
}
