/// What a file or a folder has been told about itself, as `chattr` tells it, and as far as it means
/// the same on another disk. How the file system lays something out is none of it.
package struct FileFlags: OptionSet, Hashable, Sendable {
    /// One bit for each flag, by its position in `words`.
    package let rawValue: UInt16

    /// Flags by their bits; others than those of `words` are dropped.
    package init(rawValue: UInt16) {
        self.rawValue = rawValue & (1 << Self.words.count - 1)
    }

    /// Can only be added to.
    package static let appendOnly = Self(rawValue: 1 << 0)
    /// Is compressed by the file system.
    package static let compressed = Self(rawValue: 1 << 1)
    /// A folder whose changes are written at once.
    package static let directorySynchronous = Self(rawValue: 1 << 2)
    /// Cannot be changed, renamed, linked or removed.
    package static let immutable = Self(rawValue: 1 << 3)
    /// Its data goes through the journal.
    package static let journaled = Self(rawValue: 1 << 4)
    /// Its access time stays.
    package static let noAccessTime = Self(rawValue: 1 << 5)
    /// Is not compressed by the file system.
    package static let noCompression = Self(rawValue: 1 << 6)
    /// Is overwritten in place.
    package static let noCopyOnWrite = Self(rawValue: 1 << 7)
    /// `dump` leaves it out.
    package static let noDump = Self(rawValue: 1 << 8)
    /// Its tail has blocks of its own.
    package static let noTail = Self(rawValue: 1 << 9)
    /// Is overwritten when it is removed.
    package static let secureDeletion = Self(rawValue: 1 << 10)
    /// Its changes are written at once.
    package static let synchronous = Self(rawValue: 1 << 11)
    /// A folder whose folders are spread over the disk.
    package static let topDirectory = Self(rawValue: 1 << 12)
    /// Is kept when it is removed.
    package static let undeletable = Self(rawValue: 1 << 13)

    /// The words of the format, ascending; the position of each is that of its bit.
    package static let words: [StaticString] = [
        "appendOnly", "compressed", "directorySynchronous", "immutable", "journaled",
        "noAccessTime", "noCompression", "noCopyOnWrite", "noDump", "noTail", "secureDeletion",
        "synchronous", "topDirectory", "undeletable",
    ]

    /// Those with which nothing more can be done to a file or in a folder.
    package static let locking: Self = [.appendOnly, .immutable]

    /// The words for these flags, ascending.
    package var words: [StaticString] {
        Self.words.indices.filter { rawValue & (1 << $0) != 0 }.map { Self.words[$0] }
    }
}
