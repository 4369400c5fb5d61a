// What the scanner sees of one directory while others look ahead of it: the statuses of its
// entries, some hundred at a time, and the directories among them, opened. Nothing is decided here;
// whoever looks, the scanner gets the same. Read next: ReadAhead, which shares the work out.

import FileHandles
import FileTree

/// What the system tells about an entry.
typealias FoundStatus = Result<FileStatus, SystemCallError>

/// A directory as it was opened.
struct OpenFolder: Sendable {
    /// Names that are read ahead; a directory with more is the scanner's to read.
    private static let mostNames = 4096

    let directory: FileHandle
    let status: FileStatus
    /// `nil` when they were not read ahead, or cannot be.
    private(set) var names: SortedNames?
    /// Of the first names.
    private(set) var statuses: [FoundStatus] = []

    /// Opens a directory.
    init(
        _ name: [UInt8], in parent: FileHandle, _ detail: FileStatus.Detail
    ) throws(SystemCallError) {
        directory = try parent.openDirectory(name: name)
        status = try directory.status(detail)
    }

    /// Opens a directory and looks at its entries.
    /// - Parameter device: the file system to stay on; `nil` for any.
    static func readAhead(
        _ name: [UInt8], in parent: FileHandle, _ detail: FileStatus.Detail, device: UInt64?
    ) -> Result<OpenFolder, SystemCallError> {
        do throws(SystemCallError) {
            var folder = try OpenFolder(name, in: parent, detail)
            if let device, folder.status.device != device { return .success(folder) }
            // What goes wrong here goes wrong again when the scanner tries, who tells.
            folder.names = try? SortedNames(of: folder.directory, most: mostNames)
            if let names = folder.names {
                folder.statuses = FolderWalk.look(folder.directory, names, from: 0, detail)
            }
            return .success(folder)
        } catch {
            return .failure(error)
        }
    }
}

/// The statuses of a directory's entries and the directories among them, read ahead of the scanner.
struct FolderWalk {
    /// So many entries are looked at in one go.
    static let mostStatuses = 256

    private let directory: FileHandle
    private let names: SortedNames
    private let detail: FileStatus.Detail
    private let device: UInt64?
    private let ahead: ReadAhead
    /// The position of the first of `statuses`.
    private var start: Int
    private var statuses: [FoundStatus]
    /// The next ones, in order.
    private var coming: [Reading<[FoundStatus]>] = []
    /// Where those begin that nobody has asked for yet.
    private var asked: Int
    private var folders: [(position: Int, reading: Reading<Result<OpenFolder, SystemCallError>>)] =
        []
    /// Which entry may be the next one of `folders`.
    private var lookedAt: Int

    /// - Parameters:
    ///   - start: the position of the first name that is asked for.
    ///   - statuses: those of the names from there on, as far as they are known.
    ///   - device: the file system to stay on; `nil` for any.
    init(
        _ directory: FileHandle, _ names: SortedNames, from start: Int,
        _ statuses: [FoundStatus], _ detail: FileStatus.Detail, device: UInt64?, _ ahead: ReadAhead
    ) {
        self.directory = directory
        self.names = names
        self.detail = detail
        self.device = device
        self.ahead = ahead
        self.start = start
        self.statuses = statuses
        asked = start + statuses.count
        lookedAt = start
        ask()
    }

    /// Looks at entries, as many as go together.
    static func look(
        _ directory: FileHandle, _ names: SortedNames, from start: Int,
        _ detail: FileStatus.Detail
    ) -> [FoundStatus] {
        let end = min(names.count, start + mostStatuses)
        return (start..<end).map { look(directory, names, at: $0, detail) }
    }

    /// Looks at an entry.
    static func look(
        _ directory: FileHandle, _ names: SortedNames, at position: Int,
        _ detail: FileStatus.Detail
    ) -> FoundStatus {
        names.withName(position) { name in
            do throws(SystemCallError) {
                return .success(try directory.status(ofTerminated: name, detail))
            } catch {
                return .failure(error)
            }
        }
    }

    private mutating func ask() {
        var readings: [Reading<[FoundStatus]>] = []
        while coming.count + readings.count < ahead.width, asked < names.count {
            let (directory, names, start, detail) = (directory, names, asked, detail)
            readings.append(Reading { Self.look(directory, names, from: start, detail) })
            asked = min(names.count, asked + Self.mostStatuses)
        }
        coming += readings
        ahead.add(readings)
    }

    /// What the system tells about an entry; asked for in ascending order of positions.
    /// - Parameter isTaken: whether a directory is to be gone into.
    mutating func status(
        _ position: Int, isTaken: (_ name: [UInt8], FileStatus) -> Bool
    ) throws(SystemCallError) -> FileStatus {
        if position == start + statuses.count {
            start = position
            statuses = ahead.value(of: coming.removeFirst())
            ask()
        }
        // Several at a time, for each time may wake a reader.
        if lookedAt < start + statuses.count, folders.count * 2 <= ahead.width {
            readFolders(from: position, isTaken)
        }
        return try statuses[position - start].get()
    }

    /// Has directories read that come next.
    private mutating func readFolders(
        from position: Int, _ isTaken: (_ name: [UInt8], FileStatus) -> Bool
    ) {
        lookedAt = max(lookedAt, position)
        var readings: [Reading<Result<OpenFolder, SystemCallError>>] = []
        while folders.count < ahead.width, lookedAt < start + statuses.count {
            defer { lookedAt += 1 }
            guard case .success(let status) = statuses[lookedAt - start],
                status.kind == .directory
            else { continue }
            let (name, directory, device) = (names[lookedAt], directory, device)
            let detail = detail
            guard isTaken(name, status) else { continue }
            let reading = Reading {
                OpenFolder.readAhead(name, in: directory, detail, device: device)
            }
            folders.append((lookedAt, reading))
            // The scanner is about to read the one where it is.
            if lookedAt > position { readings.append(reading) }
        }
        ahead.add(readings)
    }

    /// Opens the directory at a position, whose status was asked for last.
    /// - Returns: `nil` when it is the caller's to open.
    mutating func openFolder(_ position: Int) -> Reading<Result<OpenFolder, SystemCallError>>? {
        while let first = folders.first, first.position <= position {
            folders.removeFirst()
            if first.position == position { return first.reading }
        }
        return nil
    }
}
