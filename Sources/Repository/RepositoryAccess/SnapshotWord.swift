import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel

/// A word that names a snapshot by its ID, or by the first digits of one.
struct SnapshotWord: Sendable {
    /// Fewer digits are too likely a slip.
    private static let shortestPrefix = 4
    /// The ID and what stands behind it in the name of a manifest.
    private static let endOfNameInBytes = 32 + ".json".utf8.count

    let text: String
    /// Whether it names one of those that are forgotten.
    let isForgotten: Bool

    init(_ text: String, isForgotten: Bool = false) {
        self.text = text
        self.isForgotten = isForgotten
    }

    /// What it names, for people.
    var kind: String { isForgotten ? "forgotten snapshot" : "snapshot" }

    /// Whether a manifest's name has an ID that begins like this.
    func names(_ key: ObjectKey) -> Bool {
        // A word of digits never reaches into what stands behind the ID.
        key.description.utf8.suffix(Self.endOfNameInBytes).starts(with: text.utf8)
    }

    /// Makes sure that it has the form of an ID.
    /// - Parameter other: another word that would do; empty when there is none.
    /// - Throws: `RepositoryError` `.noSnapshot`.
    func check(or other: String = "") throws(RepositoryError) {
        let isHexadecimal = text.utf8.allSatisfy { Hexadecimal.digit($0) != nil }
        if text.utf8.count >= Self.shortestPrefix, isHexadecimal { return }
        let forms = "an ID" + (other.isEmpty ? " or " : ", ") + "a prefix of one with 4 digits"
        throw noSnapshot("not \(forms)" + (other.isEmpty ? "" : ", or \(other)"))
    }

    /// It names nothing.
    func noSnapshot(_ cause: String) -> RepositoryError {
        RepositoryError(
            .noSnapshot, "cannot find \(kind) \"\(text)\"", cause: cause,
            remedy: isForgotten
                ? "varve list --forgotten, which shows all that can be brought back"
                : "varve list")
    }
}
