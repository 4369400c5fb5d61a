import FileHandles
import FileTree
import SnapshotModel
import StatCaching

// The extended attributes and flags of everything that no worker opens.

extension TreeScanner {
    /// The attributes of a directory that is open, or could not be opened.
    /// - Parameters:
    ///   - status: the directory's.
    ///   - cached: what the stat cache has of it, if nothing but content differs.
    func attributes(
        of candidate: ScanCandidate, _ status: FileStatus, _ directory: FileHandle?,
        _ cached: StatCacheEntry?
    ) -> ScannedAttributes {
        if let cached, let known, cached.hasAttributes(ofDirectory: status) {
            let attributes = cached.extendedAttributes
            if known.isAllKnown || attributes.allSatisfy(known.isKnown) {
                return .known(attributes, cached.flags)
            }
        }
        return directory.map(readAttributes) ?? readAttributes(of: candidate)
    }

    /// Reads the attributes of a directory.
    func readAttributes(of directory: FileHandle) -> ScannedAttributes {
        report(AttributeReading(of: directory, .format), directory.path)
    }

    /// Reads the attributes of an entry that no worker opens.
    func readAttributes(of candidate: ScanCandidate) -> ScannedAttributes {
        let reading = AttributeReading(
            of: candidate.openName, candidate.status.kind, in: candidate.directory, .format)
        return report(reading, candidate.path)
    }

    private func report(_ reading: AttributeReading, _ path: [UInt8]) -> ScannedAttributes {
        if let problem = reading.problem {
            report(.unreadable(UnreadablePath(path: path, reason: problem)))
        }
        return .read(reading)
    }
}
