// Objects in a bucket of an S3-compatible store. One call of the store is one request, except that
// a listing takes one for each page and a deletion one for each batch. What sends a request, signs
// it and puts wrong settings right is S3Client; what repeats it is RetryingExchange.

import Cryptography
import HTTPTransport
package import ObjectStore
import SnapshotModel
import WorkerThreads

/// The store of one root path in one bucket.
package final class S3Store: ObjectStore {
    /// Larger objects are not read as a whole: the largest that varve writes are index tables of
    /// some 60 MB.
    private static let wholeLimitInBytes = 1024 * 1024 * 1024
    /// Room for a server that answers a range by the whole pack.
    private static let rangeLimitInBytes = 64 * 1024 * 1024

    package let location: String
    private let client: S3Client
    private let exchange: any S3Exchange
    private let root: RootPath
    private let storageClass: String?
    private let encryption: String?
    /// Memory of parts of packs.
    private let pool = MemoryPool.forBodies()

    /// A store.
    /// - Parameters:
    ///   - client: knows the bucket.
    ///   - exchange: what the calls go through: the client itself, or what repeats them.
    package init(
        _ client: S3Client, through exchange: any S3Exchange, root: RootPath,
        storageClass: String? = nil, serverSideEncryption: String? = nil
    ) {
        self.client = client
        self.exchange = exchange
        self.root = root
        self.storageClass = storageClass
        encryption = serverSideEncryption
        let endpoint = client.endpoint
        location =
            "s3://\(endpoint.bucket)" + (root.description.isEmpty ? "" : "/\(root)")
            + " at \(endpoint.url(.bound).authority)"
    }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        var call = call(.put, .put, key)
        call.body = body.parts
        call.payloadHash = body.sha256 ?? Self.hash(body)
        if let storageClass, key.description.hasPrefix("packs/") {
            call.fields.append("x-amz-storage-class", storageClass)
        }
        if let encryption {
            call.fields.append("x-amz-server-side-encryption", encryption)
        }
        do {
            let date = try exchange.perform(call).fields["date"].flatMap(HTTPDate.parse)
            return date.map { StoreTime(seconds: $0) }
        } catch {
            throw explain(error, of: call).storeError(of: call)
        }
    }

    /// A failure for which an option of the user is the likely cause: stores that do not have it
    /// call it an invalid argument, if anything.
    private func explain(_ failure: S3Failure, of call: S3Call) -> S3Failure {
        let options = [
            ("x-amz-storage-class", "--storage-class"),
            ("x-amz-server-side-encryption", "--server-side-encryption"),
        ].compactMap { name, option in call.fields[name].map { "\(option) \($0)" } }
        guard !options.isEmpty, failure.status == 400,
            ["InvalidArgument", "InvalidRequest", ""].contains(failure.word)
        else { return failure }
        return S3Failure(
            .misconfigured, word: failure.word, status: failure.status, cause: failure.cause,
            remedy: "leave out \(options.joined(separator: " or ")): the store may not have it")
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        var call = call(.get, .get, key)
        switch range {
        case .whole:
            call.answerLimitInBytes = Self.wholeLimitInBytes
        case .from(_, let length), .last(let length):
            if length == 0 { return try nothing(of: call, range) }
            call.fields.append("range", Self.field(range))
            call.answerLimitInBytes = max(length, Self.rangeLimitInBytes)
        }
        do {
            return try RangedExchange(exchange).perform(call, range)
        } catch {
            guard error.code == .invalidRange, case .last(let length) = range else {
                throw error.storeError(of: call)
            }
            let size = try head(key)
            // The last bytes of nothing are none; a range cannot say that.
            if size == 0 { return ObjectBytes(copying: []) }
            // As rclone does, which refuses to give more than there is.
            if size < UInt64(length) { return try get(key, .whole) }
            throw error.storeError(of: call)
        }
    }

    package func get(
        _ key: ObjectKey, _ range: PartedRange, to receiver: any PartReceiver
    ) throws(StoreError) {
        if range.parts.isEmpty { return }
        var call = call(.get, .get, key)
        call.fields.append(
            "range", Self.field(.from(offset: range.offset, length: range.length)))
        call.answerLimitInBytes = max(range.length, Self.rangeLimitInBytes)
        do {
            try RangedExchange(exchange).perform(call, range, to: receiver, pool: pool)
        } catch {
            throw error.storeError(of: call)
        }
    }

    /// No bytes of an object, which no range can ask for.
    private func nothing(
        of call: S3Call, _ range: ObjectRange
    ) throws(StoreError) -> ObjectBytes {
        let size = try size(S3Call(.head, .head, key: call.key, subject: call.subject))
        if case .from(let offset, _) = range, offset >= size {
            throw StoreError(
                .invalidRange, .get, call.subject, cause: "the object has \(size) bytes only")
        }
        return ObjectBytes(copying: [])
    }

    private static func field(_ range: ObjectRange) -> String {
        switch range {
        case .whole: return "bytes=0-"
        case .from(let offset, let length):
            let (last, isTooLarge) = offset.addingReportingOverflow(UInt64(length) - 1)
            return "bytes=\(offset)-\(isTooLarge ? UInt64.max : last)"
        case .last(let length): return "bytes=-\(length)"
        }
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        try size(call(.head, .head, key))
    }

    private func size(_ call: S3Call) throws(StoreError) -> UInt64 {
        let response = try perform(call)
        guard let text = response.fields["content-length"], let size = UInt64(text) else {
            throw S3Failure.badAnswer("the answer to a HEAD has no length").storeError(of: call)
        }
        return size
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try list(prefix: prefix, behind: nil)
    }

    package func list(
        prefix: String, after key: ObjectKey
    ) throws(StoreError) -> [ListedObject] {
        // MinIO refuses to begin behind a name without the prefix, and others begin anywhere.
        let isWithin = key.description.hasPrefix(prefix)
        return try list(prefix: prefix, behind: isWithin ? key : nil).filter { $0.key > key }
    }

    private func list(
        prefix: String, behind key: ObjectKey?
    ) throws(StoreError) -> [ListedObject] {
        let whole = root.prefix + prefix
        let subject = prefix.isEmpty ? location : prefix
        do {
            let lister = Lister(exchange: exchange, session: client.session)
            let after = key.map { root.prefix + $0.description }
            return try lister.list(prefix: whole, after: after, subject: subject)
                .compactMap { item -> ListedObject? in
                    // By bytes: for characters an accent behind a slash belongs to it.
                    guard item.key.utf8.starts(with: whole.utf8) else { return nil }
                    let name = item.key.utf8.dropFirst(root.prefix.utf8.count)
                    return ObjectKey(listed: String(decoding: name, as: UTF8.self))
                        .map { key in
                            ListedObject(
                                key: key, sizeInBytes: item.sizeInBytes, modified: item.modified)
                        }
                }
                // Not every server lists in the order of bytes.
                .sorted { $0.key < $1.key }
        } catch {
            throw error.storeError(of: S3Call(.list, .get, subject: subject))
        }
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        let subject =
            keys.count == 1 ? keys[0].description : "\(keys.count) objects in \(location)"
        do {
            try Deleter(exchange: exchange, session: client.session)
                .delete(keys.map { root.prefix + $0.description }, subject: subject)
        } catch {
            throw error.storeError(of: S3Call(.delete, .post, subject: subject))
        }
    }

    private func call(
        _ operation: StoreError.Operation, _ method: HTTPMethod, _ key: ObjectKey
    ) -> S3Call {
        S3Call(
            operation, method, key: root.prefix + key.description, subject: key.description)
    }

    private func perform(_ call: S3Call) throws(StoreError) -> HTTPResponse {
        do {
            return try exchange.perform(call)
        } catch {
            throw error.storeError(of: call)
        }
    }

    private static func hash(_ body: ObjectBody) -> String {
        var hash = SHA256()
        for part in body.parts { part.withUnsafeBytes { hash.update($0) } }
        return hash.finish().hexadecimal
    }
}
