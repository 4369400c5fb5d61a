import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel

/// Writes down what a prune is about to delete, so that an object which is missing later can be
/// explained (Specs/repository-format.md).
struct PruneJournal {
    /// For so long journals are kept, in seconds: a quarter of a year.
    static let ageInSeconds: Int64 = 90 * 24 * 60 * 60

    /// Why a pack goes.
    enum Reason: String {
        case unused = "nothing needs what it holds"
        case repacked = "what is needed of it was copied"
        case earlier = "condemned by an earlier prune"
    }

    let time: Timestamp
    let session: SessionID
    let nonce: Nonce

    /// Writes the journal; to be called before anything is deleted.
    func write(
        _ packs: [(id: PackID, reason: Reason)], to store: any ObjectStore
    ) throws(StoreError) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.plain("varve-prune")
        writer.key("version")
        writer.number(FormatLimits.version)
        writer.key("time")
        writer.string(CalendarTime.iso8601(time))
        writer.key("session")
        writer.string("\(session)")
        writer.key("packs")
        writer.beginArray()
        for pack in packs.sorted(by: { $0.id < $1.id }) {
            writer.beginObject()
            writer.key("id")
            writer.string("\(pack.id)")
            writer.key("reason")
            writer.string(pack.reason.rawValue)
            writer.endObject()
        }
        writer.endArray()
        let bytes = DocumentCodec.finish(&writer, hash: SHA256.digest)
        try store.put(ObjectKey(ObjectNames.prune(nonce, time: time)), ObjectBody(bytes))
    }
}
