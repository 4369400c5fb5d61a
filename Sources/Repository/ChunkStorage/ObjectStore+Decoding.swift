package import ObjectStore
import RepositoryFormat

extension ObjectStore {
    /// Reads a whole object and makes sense of it. When there is none in it, the object is read once
    /// more: a local copy, or what stands between, may have garbled it.
    /// - Parameters:
    ///   - isMapped: whether the bytes are for random access.
    ///   - decode: makes sense of the bytes.
    /// - Throws: `StoreError`; what `decode` throws, in the end.
    package func load<Value>(
        _ key: ObjectKey, isMapped: Bool = false, decode: (ObjectBytes) throws -> Value
    ) throws -> Value {
        func read() throws -> ObjectBytes { isMapped ? try map(key) : try get(key, .whole) }
        do {
            return try decode(try read())
        } catch let error as FormatError where error.code != .unsupported {
            _ = distrust(key)
            return try decode(try read())
        }
    }
}
